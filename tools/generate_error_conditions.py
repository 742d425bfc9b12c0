#!/usr/bin/env python3
"""Writes the table of error conditions: Spark's own (from the pinned jar) and ours (api/error_conditions.json).

Usage: generate_error_conditions.py SPARK_JSON OUTPUT. One line per condition, sorted by name:
{"NAME", "SQLSTATE", "message template"}; a sub-condition is "NAME.SUB" and its template includes the parent's.
"""
import json
import pathlib
import sys


def c_string(text):
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif 32 <= byte < 127 and char != "?":
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def rows(conditions):
    for name, condition in conditions.items():
        state = condition.get("sqlState", "")
        message = "\n".join(condition["message"])
        yield name, state, message
        for sub, child in condition.get("subClass", {}).items():
            yield f"{name}.{sub}", child.get("sqlState", state), message + " " + "\n".join(child["message"])


def main():
    spark, output = sys.argv[1:]
    own = pathlib.Path(__file__).resolve().parent.parent / "api/error_conditions.json"
    table = {}
    for source in (spark, own):
        for name, state, message in rows(json.loads(pathlib.Path(source).read_text())):
            table[name] = (state, message)
    lines = [f"{{{c_string(n)}, {c_string(s)}, {c_string(m)}}}," for n, (s, m) in sorted(table.items())]
    pathlib.Path(output).write_text("\n".join(lines) + "\n")


main()
