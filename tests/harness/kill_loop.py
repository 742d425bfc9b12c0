#!/usr/bin/env python3
"""Kills a server under load again and again: kill_loop.py --crannog BINARY [--rounds N].

Clients create groups; a name is written down only after its answer came. After kill -9 and a restart every name that was written
down must be there. Ends with `N passed, N failed`, one per round.
"""
import argparse
import http.client
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from crannog_server import CrannogServer  # noqa: E402

WRITERS = 4


def call(server, method, path, body=None):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    connection.request(method, path, json.dumps(body) if body else None, {"Authorization": "Bearer " + server.token})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
    return json.loads(text)


def write(server, prefix, acknowledged, stopped):
    count = 0
    while not stopped.is_set():
        name = f"{prefix}-{count}"
        try:
            call(server, "POST", "/api/2.0/preview/scim/v2/Groups", {"displayName": name})
        except (OSError, http.client.HTTPException, ValueError):
            return  # killed in between: whether it took effect is open
        acknowledged.append(name)
        count += 1


def stored_names(server):
    names, start = set(), 1
    while True:
        page = call(server, "GET", f"/api/2.0/preview/scim/v2/Groups?startIndex={start}&count=1000")
        found = [g["displayName"] for g in page.get("Resources", [])]
        names.update(found)
        start += len(found)
        if not found or start > page["totalResults"]:
            return names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crannog", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    passed = failed = 0
    acknowledged = []
    with CrannogServer(arguments.crannog, "--log-requests=false") as server:
        for round_number in range(arguments.rounds):
            stopped = threading.Event()
            writers = [threading.Thread(target=write, args=(server, f"r{round_number}w{i}", acknowledged, stopped)) for i in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(moments.uniform(0.05, 0.5))
            server.kill()
            stopped.set()
            for writer in writers:
                writer.join()
            server.start()
            lost = set(acknowledged) - stored_names(server)
            passed, failed = passed + (not lost), failed + bool(lost)
            if lost:
                print(f"FAILED round {round_number} (--seed {arguments.seed}): lost {sorted(lost)[:10]}")
    print(f"{len(acknowledged)} acknowledged writes over {arguments.rounds} kills")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
