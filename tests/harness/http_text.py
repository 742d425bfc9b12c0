#!/usr/bin/env python3
"""Runs the text tests tests/http/**/*.http against real servers: http_text.py --crannog BINARY [FILTER].

A file is a list of cases; every file gets a server of its own. `#` begins a comment line.

  @server --flag value         flags of this file's server (before the first case)
  === what the case shows
  @as NAME | @anonymous        who asks: a token captured before; without this line the administrator
  @restart | @kill             ends the server (SIGTERM or SIGKILL) and starts it again before the case
  POST /path?query             the request, then headers, an empty line and the body
  Header: value

  {"a": "{{captured}}"}
  --- 200                      the expected status, then expected headers, an empty line and the expected body
  Content-Type: application/json

  {"id": "{id=string}", "n": 1, "...": "..."}

Expected JSON matches exactly, but: "...": "..." lets an object have more members, a last element "..." a list more elements;
"{any}" "{string}" "{int}" "{number}" "{bool}" "{/regex/}" match such a value, "{name=string}" keeps it for {{name}} later.
An expected header value is a regular expression; `Name: absent` wants none. No body expects anything.
A body that is no JSON is compared as text; `/regex/` searches it. The suite ends with `N passed, N failed`.
"""
import argparse
import http.client
import json
import pathlib
import re
import ssl
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from crannog_server import CrannogServer  # noqa: E402

KINDS = {"any": lambda v: True, "string": lambda v: isinstance(v, str), "bool": lambda v: isinstance(v, bool),
         "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
         "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)}
HOLE = re.compile(r"\{(?:([a-z_]\w*)=)?(any|string|bool|int|number|/.*/)\}", re.S)


class Case:
    def __init__(self, name, line):
        self.name, self.line = name, line
        self.actor, self.before = "token", None
        self.method = self.path = self.body = None
        self.headers, self.status, self.expected_headers, self.expected_body = [], None, [], None


class TestFileError(Exception):
    pass


def message(lines):
    """Headers up to an empty line, then the body."""
    headers = []
    for index, (number, line) in enumerate(lines):
        if not line.strip():
            body = "\n".join(text for _, text in lines[index + 1:]).strip("\n")
            return headers, body or None
        if ":" not in line:
            raise TestFileError(f"line {number}: expected a header, found {line!r}")
        name, value = line.split(":", 1)
        headers.append((name.strip(), value.strip()))
    return headers, None


def parse(text):
    flags, cases, lines = [], [], [(n, t) for n, t in enumerate(text.splitlines(), 1) if not t.startswith("#")]
    blocks, current = [], None
    for number, line in lines:
        if line.startswith("=== "):
            current = (line[4:].strip(), number, [])
            blocks.append(current)
        elif current:
            current[2].append((number, line))
        elif line.startswith("@server"):
            flags += line.split()[1:]
        elif line.strip():
            raise TestFileError(f"line {number}: text before the first case")
    for name, number, content in blocks:
        case = Case(name, number)
        split = [i for i, (_, line) in enumerate(content) if re.match(r"--- \d{3}\s*$", line)]
        if len(split) != 1:
            raise TestFileError(f"line {number}: case needs one line `--- STATUS`")
        request, answer = content[:split[0]], content[split[0] + 1:]
        case.status = int(content[split[0]][1][4:])
        while request and (request[0][1].startswith("@") or not request[0][1].strip()):
            words = request.pop(0)[1].split()
            if not words:
                continue
            if words[0] == "@as":
                case.actor = words[1]
            elif words[0] == "@anonymous":
                case.actor = None
            elif words[0] in ("@restart", "@kill"):
                case.before = words[0][1:]
            else:
                raise TestFileError(f"line {number}: unknown {words[0]}")
        if not request:
            raise TestFileError(f"line {number}: case has no request")
        case.method, case.path = request[0][1].split(" ", 1)
        case.headers, case.body = message(request[1:])
        case.expected_headers, case.expected_body = message(answer)
        cases.append(case)
    return flags, cases


def fill(text, values):
    def value(found):
        if found.group(1) not in values:
            raise TestFileError(f"nothing is known as {{{{{found.group(1)}}}}}")
        known = values[found.group(1)]
        return known if isinstance(known, str) else json.dumps(known)
    return re.sub(r"\{\{(\w+)\}\}", value, text)


def differences(expected, actual, values, where="body"):
    if isinstance(expected, str):
        hole = HOLE.fullmatch(expected)
        if hole:
            name, kind = hole.groups()
            fits = (isinstance(actual, str) and re.search(kind[1:-1], actual)) if kind[0] == "/" else KINDS[kind](actual)
            if not fits:
                return [f"{where}: expected {kind}, got {json.dumps(actual)}"]
            if name:
                values[name] = actual
            return []
    if isinstance(expected, dict) and isinstance(actual, dict):
        out = []
        for key, value in expected.items():
            if key == "...":
                continue
            out += differences(value, actual[key], values, f"{where}.{key}") if key in actual else [f"{where}.{key}: missing"]
        if "..." not in expected:
            out += [f"{where}.{key}: not expected, is {json.dumps(actual[key])}" for key in actual if key not in expected]
        return out
    if isinstance(expected, list) and isinstance(actual, list):
        more = bool(expected) and expected[-1] == "..."
        wanted = expected[:-1] if more else expected
        if len(actual) < len(wanted) or (len(actual) > len(wanted) and not more):
            return [f"{where}: expected {len(wanted)} elements, got {len(actual)}: {json.dumps(actual)}"]
        return [d for i, value in enumerate(wanted) for d in differences(value, actual[i], values, f"{where}[{i}]")]
    same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    return [] if same else [f"{where}: expected {json.dumps(expected)}, got {json.dumps(actual)}"]


def send(server, case, values):
    host = server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=60)
    headers = [(n, fill(v, values)) for n, v in case.headers]
    if case.actor and not any(n.lower() == "authorization" for n, _ in headers):
        headers.append(("Authorization", "Bearer " + str(values[case.actor])))
    body = fill(case.body, values).encode() if case.body is not None else None
    connection.putrequest(case.method, fill(case.path, values), skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None and not any(n.lower() in ("content-length", "transfer-encoding") for n, _ in headers):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    return answer, text


def check(case, answer, text, values):
    out = []
    if answer.status != case.status:
        out.append(f"status: expected {case.status}, got {answer.status}")
    for name, pattern in case.expected_headers:
        value = answer.headers.get(name)
        if pattern == "absent":
            out += [f"{name}: expected none, got {value}"] if value is not None else []
        elif value is None or not re.search(fill(pattern, values), value):
            out.append(f"{name}: expected {pattern}, got {value}")
    if case.expected_body is not None:
        wanted = fill(case.expected_body, values)
        try:
            expected = json.loads(wanted)
        except ValueError:
            found = re.search(wanted[1:-1], text, re.S) if len(wanted) > 2 and wanted[0] == wanted[-1] == "/" else wanted == text.strip()
            out += [] if found else [f"body: expected {wanted!r}, got {text!r}"]
        else:
            try:
                out += differences(expected, json.loads(text), values)
            except ValueError:
                out.append(f"body: expected JSON, got {text!r}")
    if out:
        out.append(f"answer: {answer.status} {text[:2000]}")
    return out


def run_file(path, binary, base):
    flags, cases = parse(path.read_text())
    passed = failed = 0
    server = CrannogServer(binary, *flags)
    with server:
        values = {"token": server.token, "url": server.url}
        for case in cases:
            try:
                if case.before:
                    server.stop() if case.before == "restart" else server.kill()
                    server.start()
                problems = check(case, *send(server, case, values), values)
            except (OSError, http.client.HTTPException, TestFileError, KeyError, RuntimeError, ssl.SSLError) as failure:
                problems = [f"{type(failure).__name__}: {failure}"]
            passed, failed = passed + (not problems), failed + bool(problems)
            if problems:
                print(f"FAILED {path.relative_to(base)}:{case.line} {case.name}")
                print("  " + "\n  ".join(problems))
        if failed:
            print("  server log: " + server.log()[-1500:].replace("\n", "\n    "))
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crannog", required=True)
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    base = pathlib.Path(__file__).resolve().parent.parent / "http"
    passed = failed = 0
    for path in sorted(base.rglob("*.http")):
        if arguments.filter not in str(path.relative_to(base)):
            continue
        try:
            done = run_file(path, arguments.crannog, base)
        except (TestFileError, RuntimeError) as failure:
            print(f"FAILED {path.relative_to(base)}: {failure}")
            done = (0, 1)
        passed, failed = passed + done[0], failed + done[1]
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
