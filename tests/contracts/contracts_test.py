#!/usr/bin/env python3
"""Tests tools/contracts.py: mistakes are found with file and line, every contract of api/ is well-formed, the generated C++ of
the sample equals the golden files (`--update` rewrites them). Ends with `N passed, N failed`."""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
HEAD = 'syntax = "proto3";\npackage a.b;\n'
RULES = 'option (route) = "GET /x"; option (access) = "user"; option (audit) = false;'

# Contract text and what the generator must say about it.
MISTAKES = {
    "no route": (HEAD + "message M {}\nservice S {\n/// Doc.\nrpc F(M) returns (M) {}\n}\n", "x.proto:6: S.F does not say (route)"),
    "no comment": (HEAD + "message M {}\nservice S { rpc F(M) returns (M) { %s } }\n" % RULES, "S.F has no comment"),
    "unknown access": (HEAD + 'message M {}\nservice S {\n/// D.\nrpc F(M) returns (M) { option (route) = "GET /x"; option (access) = "all"; option (audit) = true; } }\n', "access is one of"),
    "unknown option": (HEAD + 'message M {}\nservice S {\n/// D.\nrpc F(M) returns (M) { option (rout) = "GET /x"; } }\n', "unknown option rout"),
    "unknown type": (HEAD + "message M { Thing t = 1; }\n", "x.proto:3: unknown type Thing"),
    "hole without field": (HEAD + 'message M {}\nservice S {\n/// D.\nrpc F(M) returns (M) { option (route) = "GET /x/{id}"; option (access) = "user"; option (audit) = false; } }\n', "M has no field for the hole {id}"),
    "same route twice": (HEAD + "message M {}\nservice S {\n/// D.\nrpc F(M) returns (M) { %s }\n/// D.\nrpc G(M) returns (M) { %s } }\n" % (RULES, RULES), "is the route of S.F too"),
    "audited inline": (HEAD + 'message M {}\nservice S {\n/// D.\nrpc F(M) returns (M) { option (route) = "GET /x"; option (access) = "user"; option (audit) = true; option (run) = "inline"; } }\n', "neither audited nor raw"),
    "enum from one": (HEAD + "enum E { A = 1; }\n", "the first value must be 0"),
    "field twice": (HEAD + "message M { string a = 1; string a = 2; }\n", "two fields a"),
    "required number": (HEAD + "message M { int32 a = 1 [(required) = true]; }\nservice S {}\n", "a required number is declared optional"),
    "garbage": (HEAD + "message M { string a = 1 }\n", "x.proto:3: expected ';'"),
    "proto2": ('syntax = "proto2";\npackage a;\n', "only proto3"),
}


def generate(*arguments):
    return subprocess.run([sys.executable, str(ROOT / "tools/contracts.py"), *map(str, arguments)], capture_output=True, text=True)


def main():
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, (text, expected) in MISTAKES.items():
            (folder / "x.proto").write_text(text)
            done = generate("cpp", folder / "x.proto", folder / "x.h", folder / "x.cc")
            results[name] = "" if done.returncode == 1 and expected in done.stderr else f"expected {expected!r}, got {done.stderr!r}"
        done = generate("cpp", ROOT / "src/http/contract_sample.proto", folder / "s.h", folder / "s.cc")
        for file, golden in (("s.h", "contract_sample.h.golden"), ("s.cc", "contract_sample.cc.golden")):
            text = (folder / file).read_text() if done.returncode == 0 else done.stderr
            if "--update" in sys.argv:
                (HERE / golden).write_text(text)
            results[golden] = "" if (HERE / golden).exists() and (HERE / golden).read_text() == text else "differs; read the change, then --update"
        contracts = sorted((ROOT / "api").glob("*.proto"))
        done = generate("openapi", folder / "openapi.json", *contracts)
        results["openapi"] = done.stderr
        if not done.stderr:
            document = json.loads((folder / "openapi.json").read_text())
            references = {part.split('"')[0] for part in json.dumps(document).split('"$ref": "#/components/schemas/')[1:]}
            missing = references - set(document["components"]["schemas"])
            results["openapi references"] = f"undefined: {sorted(missing)}" if missing else ""
        routes = generate("routes", *contracts).stdout.split("\n")
        shapes = [" ".join(line.split()[:2]) for line in routes if line]
        twice = {shape for shape in shapes if shapes.count(shape) > 1}
        results["no route in two contracts"] = f"{sorted(twice)}" if twice else ""
    failed = {name: why for name, why in results.items() if why}
    for name, why in failed.items():
        print(f"FAILED {name}: {why}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


main()
