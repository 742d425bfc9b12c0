#!/usr/bin/env python3
"""Measures the house beside its yardsticks: bench/run.py [NAME]. `--record` appends the rows to bench/baselines.tsv.

A benchmark is a function of BENCHMARKS that yields (figure, value, unit, goal or ""). Peers are measured in the same run, since
the machine is never the same twice. A figure 10 % worse than its last baseline of this machine is marked.
"""
import argparse
import concurrent.futures
import datetime
import http.client
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/harness"))
from crannog_server import CrannogServer  # noqa: E402

BUILD = ROOT / "build/release"
BASELINES = ROOT / "bench/baselines.tsv"
WRK_SECONDS = 6


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_health(port):
    while True:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/health")
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.0005)


def start():
    """Process start to the first answered request, best of ten, with an existing data directory; idle memory after it."""
    folder, times, resident = tempfile.mkdtemp(prefix="crannog-bench-"), [], 0
    for _ in range(11):
        port = free_port()
        begin = time.monotonic()
        process = subprocess.Popen([str(BUILD / "crannog"), "serve", "--data-dir", folder, "--listen", f"127.0.0.1:{port}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until_health(port)
        times.append(time.monotonic() - begin)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024
        process.terminate()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)
    yield "start to first answer, first start", times[0] * 1000, "ms", ""
    yield "start to first answer, best of ten", min(times[1:]) * 1000, "ms", "<= 50"
    yield "idle memory", resident, "MB", "<= 40"


def wrk(url, *headers):
    command = ["wrk", "-t1", "-c64", f"-d{WRK_SECONDS}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    scale = {"us": 0.001, "ms": 1, "s": 1000}
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    if re.search(r"Non-2xx", text):
        raise RuntimeError(text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), float(value) * scale[unit]


def http_get():
    """Small JSON GETs with wrk, 64 connections, on the same cores, beside the bare server of the same library."""
    if not (BUILD / "bench_bare_http").exists():
        subprocess.run(["ninja", "-C", str(BUILD), "bench_bare_http"], check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    bare = subprocess.Popen([str(BUILD / "bench_bare_http"), str(port)])
    try:
        until_health(port)
        bare_rate, bare_p99 = wrk(f"http://127.0.0.1:{port}/")
    finally:
        bare.kill()
        bare.wait()
    yield "bare server", bare_rate, "1/s", ""
    yield "bare server p99", bare_p99, "ms", ""
    with CrannogServer(BUILD / "crannog", "--log-requests=false") as server:
        token = f"Authorization: Bearer {server.token}"
        rate, p99 = wrk(server.url + "/version", token)
        yield "GET with token", rate, "1/s", ">= 50000"
        yield "GET with token p99", p99, "ms", "<= 5"
        yield "share of the bare server", rate / bare_rate, "", ">= 0.6"
        anonymous, _ = wrk(server.url + "/version")
        yield "cost of a token check", (1 / rate - 1 / anonymous) * 1e6, "us", "<= 5"
        me, me_p99 = wrk(server.url + "/api/2.0/preview/scim/v2/Me", token)
        yield "GET Me (worker, store)", me, "1/s", ""
        yield "GET Me p99", me_p99, "ms", ""


def writes():
    """Durable small writes from 16 clients: groups, each in its own transaction, answered once on disk."""
    def create(server, worker, count):
        client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
        for index in range(count):
            client.request("POST", "/api/2.0/preview/scim/v2/Groups", json.dumps({"displayName": f"g{worker}-{index}"}),
                           {"Authorization": "Bearer " + server.token})
            answer = client.getresponse()
            answer.read()
            assert answer.status == 201, answer.status
    with CrannogServer(BUILD / "crannog", "--log-requests=false") as server:
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda worker: create(server, worker, 100), range(16)))
        yield "audited SCIM writes, 16 Python clients", 1600 / (time.monotonic() - begin), "1/s", ""


BENCHMARKS = {"start": start, "http": http_get, "writes": writes}


def last_baselines(machine):
    out = {}
    if BASELINES.exists():
        for line in BASELINES.read_text().splitlines()[1:]:
            date, commit, where, name, value, _ = line.split("\t")
            if where == machine:
                out[name] = float(value)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("name", nargs="?", default="")
    arguments = parser.parse_args()
    machine = f"{os.cpu_count()} x {platform.machine()}"
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    known, rows = last_baselines(machine), []
    print(f"machine {machine}, load {os.getloadavg()[0]:.1f}, commit {commit}")
    for name, benchmark in BENCHMARKS.items():
        if arguments.name not in name:
            continue
        print(f"== {name}: {benchmark.__doc__.strip()}")
        for figure, value, unit, goal in benchmark():
            mark = ""
            if f"{name}: {figure}" in known and known[f"{name}: {figure}"] > 0:
                change = value / known[f"{name}: {figure}"] - 1
                worse = change < -0.1 if unit in ("1/s", "") else change > 0.1
                mark = f"  {change:+.0%}{' WORSE' if worse else ''}"
            print(f"  {figure:<42} {value:>12.2f} {unit:<4} {goal:<10}{mark}", flush=True)
            rows.append((f"{name}: {figure}", value, unit))
    if arguments.record:
        if not BASELINES.exists():
            BASELINES.write_text("date\tcommit\tmachine\tfigure\tvalue\tunit\n")
        with open(BASELINES, "a") as file:
            for figure, value, unit in rows:
                file.write(f"{datetime.date.today()}\t{commit}\t{machine}\t{figure}\t{value:.2f}\t{unit}\n")


main()
