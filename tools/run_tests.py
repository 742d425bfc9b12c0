#!/usr/bin/env python3
"""Runs the suites whose name holds FILTER: run_tests.py --build build/release [--clients] [FILTER [CASE]].

Each suite is a row of SUITES or a gtest program build/.../tests/*_test (suite `unit/<room>`). A suite is a command that ends with
a line `N passed, N failed`; its own filter is appended when CASE is given. The last line sums up; exit 1 when anything failed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"(\d+) passed, (\d+) failed\s*$")
SUITE_SECONDS_MAX = 900

# name, command (in {} the build folder), needs (a path that must exist, else the suite is skipped and says so), with --clients only
SUITES = [
    ("layering", ["python3", "tests/layering/layering.py"], None, False),
    ("contracts", ["python3", "tests/contracts/contracts_test.py"], None, False),
    ("sql", ["{}/crannog-conformance", "sql-tests", "tests/sql"], "{}/crannog-conformance", False),
    ("delta/corpora", ["{}/crannog-conformance", "delta", "../shared/corpora/delta"], "../shared/corpora/delta", False),
    ("http", ["python3", "tests/harness/http_text.py", "--crannog", "{}/crannog"], "{}/crannog", False),
    ("limits", ["python3", "tests/harness/limits_test.py", "--crannog", "{}/crannog"], "{}/crannog", False),
    ("routes", ["python3", "tests/harness/route_walk.py", "--crannog", "{}/crannog"], "{}/crannog", False),
    ("kill", ["python3", "tests/harness/kill_loop.py", "--crannog", "{}/crannog", "--rounds", "5"], "{}/crannog", False),
    ("clients/core", ["{venv}", "tests/harness/run_pytest.py", "--crannog", "{}/crannog", "tests/clients/core"], "{venv}", False),
]


def unit_suites(build):
    for program in sorted((build / "tests").glob("*_test")):
        yield f"unit/{program.name.removesuffix('_test')}", [str(program)], None, False


def counts(output, status):
    found = SUMMARY.search(output.rstrip().rsplit("\n", 1)[-1]) if output.strip() else None
    if found:
        return int(found.group(1)), int(found.group(2))
    passed = re.search(r"\[  PASSED  \] (\d+) tests?", output)
    failed = re.search(r"\[  FAILED  \] (\d+) tests?", output)
    if passed:
        return int(passed.group(1)), int(failed.group(1)) if failed else (0 if status == 0 else 1)
    return 0, 1


def run(name, command, case):
    if case:
        command = command + ([f"--gtest_filter=*{case}*"] if name.startswith("unit/") else [case])
    start = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SUITE_SECONDS_MAX,
                              env={k: v for k, v in os.environ.items() if not k.startswith("CRANNOG_")})
        output, status = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(errors="replace") + "\nthe suite took too long", 1
    passed, failed = counts(output, status)
    if status != 0 and failed == 0:
        failed = 1
    if failed:
        print(output.rstrip())
    print(f"{name}: {passed} passed, {failed} failed ({time.monotonic() - start:.1f} s)", flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--clients", action="store_true")
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("case", nargs="?", default="")
    arguments = parser.parse_args()
    build = (ROOT / arguments.build).resolve()
    venv = ROOT / ".deps/venv/bin/python"
    passed = failed = 0
    for name, command, needs, clients_only in [*unit_suites(build), *SUITES]:
        if arguments.filter not in name or (clients_only and not arguments.clients):
            continue

        def fill(text):
            return text.replace("{venv}", str(venv)).replace("{}", str(build))
        if needs and not (ROOT / fill(needs)).exists():
            print(f"{name}: skipped, {fill(needs)} is not there")
            continue
        done = run(name, [fill(word) for word in command], arguments.case)
        passed, failed = passed + done[0], failed + done[1]
    if passed + failed == 0:
        print(f"no suite or no test is called {arguments.filter}", file=sys.stderr)
        failed = 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
