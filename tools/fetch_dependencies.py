#!/usr/bin/env python3
"""Fetches the pinned dependencies of deps.lock into .deps/.

Each package is downloaded by its registry's own client, verified by sha256 and unpacked into
.deps/<name>. A second run does nothing. Only the parts that the build uses are unpacked.
"""
import ast
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPS = ROOT / ".deps"


def fail(step, why, hint):
    sys.exit(f"setup failed at: {step}\nwhy: {why}\ntry: {hint}")


def read_lock():
    for line in (ROOT / "deps.lock").read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, package, version, file, sha256, licence = line.split("\t")
            yield dict(name=name, kind=kind, package=package, version=version, file=file, sha256=sha256)


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def run(step, command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        fail(step, (done.stderr or done.stdout)[-2000:], "check that the package registry is reachable, then run ./dev setup again")


def download(entry, folder):
    step = f"download {entry['package']} {entry['version']}"
    if entry["kind"] == "npm":
        run(step, ["npm", "pack", "--silent", f"{entry['package']}@{entry['version']}"], folder)
    elif entry["kind"] == "pypi":
        binary = "--only-binary" if entry["file"].endswith(".whl") else "--no-binary"
        run(step, [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", binary, entry["package"],
                   f"{entry['package']}=={entry['version']}", "-d", str(folder)], folder)
    elif entry["kind"] == "maven":
        artifact = f"{entry['package']}:{entry['version']}"
        run(step, ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}",
                   "-Dmdep.useBaseVersion=true"], folder)
    path = pathlib.Path(folder) / entry["file"]
    if not path.exists():
        fail(step, f"the registry answered without {entry['file']}", "compare deps.lock with the registry's file name")
    actual = sha256_of(path)
    if actual != entry["sha256"]:
        fail(step, f"sha256 is {actual}, deps.lock says {entry['sha256']}", "do not build with it; see whether the pin was changed on purpose")
    return path


def unpack_tar(archive, target, keep):
    """Extracts the members for which keep(name) gives a new relative name."""
    with tarfile.open(archive) as tar:
        for member in tar:
            relative = keep(member.name) if member.isfile() else None
            if relative is None:
                continue
            path = target / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with tar.extractfile(member) as source, open(path, "wb") as sink:
                shutil.copyfileobj(source, sink)


def after(prefix, name):
    return name[len(prefix):] if name.startswith(prefix) else None


def unpack_duckdb_library(archive, target):
    unpack_tar(archive, target, lambda n: "libduckdb.so" if n.endswith("/libduckdb.so") else None)


def unpack_duckdb_headers(archive, target):
    root = "duckdb-1.5.6/external/duckdb/"

    def keep(name):
        for folder, new in (("src/include/", "include/"), ("extension/tpch/", "extension/tpch/"), ("extension/tpcds/", "extension/tpcds/")):
            rest = after(root + folder, name)
            if rest:
                return new + rest
        return None
    unpack_tar(archive, target, keep)


def unpack_nanoarrow(archive, target):
    root = "nanoarrow-0.9.0/subprojects/"

    def keep(name):
        rest = after(root + "arrow-nanoarrow/src/", name)
        if rest:
            return "src/" + rest
        rest = after(root, name)
        if rest and rest.startswith("flatcc-"):
            inner = rest.split("/", 1)[1]
            if inner.startswith(("include/", "src/runtime/", "LICENSE")):
                return "flatcc/" + inner
        return None
    unpack_tar(archive, target, keep)
    config = (target / "src/nanoarrow/common").glob("*config*")
    if not any(config):
        pass


def serialized_descriptors(python_source):
    """Yields the FileDescriptorProto bytes inside a generated *_pb2.py file, without importing it."""
    for node in ast.walk(ast.parse(python_source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "AddSerializedFile":
            yield ast.literal_eval(node.args[0])


def varint(number):
    out = bytearray()
    while True:
        byte = number & 0x7F
        number >>= 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def write_descriptor_set(path, files):
    """Writes a FileDescriptorSet: field 1, length-delimited, repeated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(b"\x0a" + varint(len(f)) + f for f in files))


def unpack_spark_connect(archive, target):
    files = []
    with tarfile.open(archive) as tar:
        for member in tar:
            if "/pyspark/sql/connect/proto/" in member.name and member.name.endswith("_pb2.py") and "example" not in member.name:
                files += serialized_descriptors(tar.extractfile(member).read().decode())
    write_descriptor_set(target / "spark_connect.binpb", files)


def unpack_delta_connect(archive, target):
    files = []
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            if "/connect/proto/" in name and name.endswith("_pb2.py"):
                files += serialized_descriptors(wheel.read(name).decode())
    write_descriptor_set(target / "delta_connect.binpb", files)


def unpack_error_conditions(archive, target):
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive) as jar:
        for name in ("error-conditions.json", "error-states.json"):
            (target / name).write_bytes(jar.read("error/" + name))


UNPACK = {
    "duckdb-library": unpack_duckdb_library,
    "duckdb-headers": unpack_duckdb_headers,
    "nanoarrow": unpack_nanoarrow,
    "spark-connect-messages": unpack_spark_connect,
    "delta-connect-messages": unpack_delta_connect,
    "spark-error-conditions": unpack_error_conditions,
}


def ensure(entry):
    target = DEPS / entry["name"]
    stamp = target / ".sha256"
    if stamp.exists() and stamp.read_text() == entry["sha256"]:
        return
    print(f"  fetching {entry['package']} {entry['version']}", flush=True)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        archive = download(entry, folder)
        UNPACK[entry["name"]](archive, target)
    stamp.write_text(entry["sha256"])


def main():
    DEPS.mkdir(exist_ok=True)
    for entry in read_lock():
        ensure(entry)


if __name__ == "__main__":
    main()
