#!/usr/bin/env python3
"""Writes the documentation that follows from data into docs/reference/: settings, coverage of Databricks endpoints, OpenAPI."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs/reference"


def run(*arguments):
    subprocess.run([sys.executable, *map(str, arguments)], check=True, cwd=ROOT)


def main():
    REFERENCE.mkdir(parents=True, exist_ok=True)
    contracts = sorted((ROOT / "api").glob("*.proto"))
    run("tools/generate_settings.py", "markdown", REFERENCE / "settings.md")
    run("tools/contracts.py", "coverage", REFERENCE / "coverage.md", "api/known_paths.txt", *contracts)
    run("tools/contracts.py", "openapi", REFERENCE / "openapi.json", *contracts)
    print("docs/reference is up to date")


main()
