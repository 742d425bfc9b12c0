"""Starts a real `crannog serve` on a free port with a data directory of its own. Used by every suite that needs a server."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

READY_SECONDS_MAX = 20


class CrannogServer:
    """A running server: `.url`, `.token`, `.https_url`, `.ca_file`. Use as a context manager, or call start and stop."""

    def __init__(self, binary, *flags, data_dir=None, environment=None):
        self.binary, self.flags = str(pathlib.Path(binary).resolve()), list(flags)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crannog-test-"))
        self.data_dir = pathlib.Path(data_dir or self.folder / "data")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("CRANNOG_")} | (environment or {})
        self.process, self.url, self.token = None, None, None
        self.listen = "127.0.0.1:0"

    def start(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            command = [self.binary, "serve", "--data-dir", str(self.data_dir), "--listen", self.listen, "--ready-file", str(ready)]
            self.process = subprocess.Popen(command + self.flags, stdout=log, stderr=log, env=self.environment, cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"the server did not start:\n{self.log()}")
            time.sleep(0.005)
        answer = json.loads(ready.read_text())
        self.url, self.https_url, self.ca_file = answer["url"], answer.get("https_url"), answer.get("ca_file")
        self.token = self.token or answer["token"]
        # A restart keeps the port, so that clients reconnect.
        self.listen = self.url.removeprefix("http://")
        return self

    def stop(self):
        """Ends it as an administrator would; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return -9
        return self.process.returncode

    def kill(self):
        """Ends it as a power cut would end the process."""
        self.process.kill()
        self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-8000:]

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the server is gone")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
