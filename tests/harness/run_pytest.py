#!/usr/bin/env python3
"""Runs pytest and ends with `N passed, N failed`: run_pytest.py --crannog BINARY FOLDER [FILTER]. Started by the venv's python."""
import os
import pathlib
import sys

import pytest


class Count:
    passed = failed = 0

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.passed += 1
        elif report.failed:
            self.failed += 1

    def pytest_collectreport(self, report):
        self.failed += report.failed


def main():
    binary, folder, *rest = sys.argv[2:]
    os.environ["CRANNOG_BINARY"] = str(pathlib.Path(binary).resolve())
    # A developer's own Databricks profile must not reach the tests.
    for name in [n for n in os.environ if n.startswith("DATABRICKS_")]:
        del os.environ[name]
    os.environ["DATABRICKS_CONFIG_FILE"] = os.devnull
    count = Count()
    arguments = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", folder] + (["-k", rest[0]] if rest else [])
    arguments.remove("-x")
    pytest.main(arguments, plugins=[count])
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


main()
