#!/usr/bin/env python3
"""Checks every #include under src/ against tests/layering/rooms.txt, and that heavy headers stay in .cc files.

A service includes another only by a header that its README names or that ends with _service.h. Ends with `N passed, N failed`.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
HEAVY = re.compile(r"^(duckdb|grpcpp|grpc|google/protobuf|boost|simdjson|curl|sqlite3|libpq|openssl|thrift)\b")
# Headers inside an adapter that only its own .cc files include.
ADAPTERS = re.compile(r"^(server/(connection|http_session|io_thread|request_parser|web_socket_session)|engine/duckdb/.*|connect/.*|"
                      r"services/spark/.*|store/.*_connection)\.h$")


def rooms():
    out = {}
    for line in (ROOT / "tests/layering/rooms.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            room, allowed = line.split(":")
            out[room] = set(allowed.split())
    return out


def public_headers(service):
    readme = ROOT / "src/services" / service / "README.md"
    return set(re.findall(r"\b(\w+\.h)\b", readme.read_text())) if readme.exists() else set()


def check(path, allowed):
    relative = path.relative_to(ROOT / "src")
    room = relative.parts[0]
    problems = []
    if room not in allowed:
        return [f"src/{relative}: the room {room} is not in tests/layering/rooms.txt"]
    for quote, target in INCLUDE.findall(path.read_text(errors="replace")):
        parts = target.split("/")
        if quote == "\"" and len(parts) > 1 and not target.endswith(".pb.h"):
            other = parts[0]
            is_own = other == room or other == "api" and "api" not in allowed
            if not is_own and other in allowed and "*" not in allowed[room] and other not in allowed[room]:
                problems.append(f"src/{relative} includes {target}: {room} may use only {', '.join(sorted(allowed[room])) or 'nothing'}")
            if room == other == "services" and parts[1] != relative.parts[1] and not parts[-1].endswith("_service.h") \
                    and parts[-1] not in public_headers(parts[1]):
                problems.append(f"src/{relative} includes {target}: not a public header of the service {parts[1]}")
        if path.suffix == ".h" and HEAVY.match(target) and not ADAPTERS.match(str(relative)) and not relative.name.startswith("test_"):
            problems.append(f"src/{relative} includes {target}: heavy headers stay in .cc files of their adapter")
    return problems


def main():
    allowed = rooms()
    problems, files = [], [p for p in sorted((ROOT / "src").rglob("*")) if p.suffix in (".h", ".cc")]
    bad = 0
    for path in files:
        found = check(path, allowed)
        bad += bool(found)
        problems += found
    for problem in problems:
        print("FAILED", problem)
    print(f"{len(files) - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


main()
