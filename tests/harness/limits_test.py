#!/usr/bin/env python3
"""Ten thousand idle connections and hundreds of slow ones must not hurt the others: limits_test.py --crannog BINARY."""
import argparse
import pathlib
import resource
import socket
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from crannog_server import CrannogServer  # noqa: E402

IDLE = 10_000
SLOW = 300
ANSWER_SECONDS_MAX = 5


def health(server):
    start = time.monotonic()
    with urllib.request.urlopen(server.url + "/health", timeout=ANSWER_SECONDS_MAX) as answer:
        assert answer.status == 200
    return time.monotonic() - start


def connect(server):
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)


def idle_connections(server):
    before = server.resident_bytes()
    # Every connection has been used once: that is what a keep-alive pool leaves behind.
    held = []
    for _ in range(IDLE):
        client = connect(server)
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        held.append(client)
    for client in held:
        assert client.recv(4096).startswith(b"HTTP/1.1 200"), "an idle connection was not served"
    seconds, grown = health(server), server.resident_bytes() - before
    print(f"{IDLE} idle connections: {grown / IDLE / 1024:.1f} KiB each, /health in {seconds * 1000:.1f} ms")
    for client in held:
        client.close()


def slow_clients(server):
    held = [connect(server) for _ in range(SLOW)]
    for client in held:
        client.sendall(b"GET /hea")
    health(server)
    for client in held[:3]:
        client.settimeout(15)
        assert client.recv(10) == b"", "a slow client was not ended"
    health(server)


def endless_header(server):
    client = connect(server)
    try:
        client.sendall(b"GET /health HTTP/1.1\r\n")
        for _ in range(100):
            client.sendall(b"A: " + b"a" * 4000 + b"\r\n")
    except OSError:
        pass
    client.settimeout(15)
    try:
        answer = client.recv(100)
    except ConnectionResetError:
        answer = b""
    assert answer == b"" or b" 431 " in answer, answer
    health(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crannog", required=True)
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    passed = failed = 0
    for test in (idle_connections, slow_clients, endless_header):
        if arguments.filter not in test.__name__:
            continue
        with CrannogServer(arguments.crannog, "--http-header-timeout-seconds", "2", "--log-requests=false") as server:
            try:
                test(server)
                passed += 1
            except (AssertionError, OSError) as failure:
                print(f"FAILED {test.__name__}: {type(failure).__name__}: {failure}")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
