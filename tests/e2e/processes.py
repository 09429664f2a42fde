"""The service and the simulator as real processes, on free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_TIMEOUT = 30.0
_URL = re.compile(r"http://[\w.:\[\]]+")


@dataclass
class Running:
    """A process that told its address.

    Attributes:
        log: what it wrote to standard error so far.
    """

    process: subprocess.Popen[bytes]
    url: str = ""
    log: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        assert self.process.stderr is not None
        for raw in self.process.stderr:
            line = raw.decode(errors="replace")
            self.log.append(line)
            if not self.url and any(word in line for word in ("serves at", "API at", '"event":"ready"')):
                self.url = _URL.search(line).group()  # type: ignore[union-attr]
                self.ready.set()
        self.ready.set()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, *, timeout: float = 20.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)


def environment(**variables: str) -> dict[str, str]:
    """Ours without the settings of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OLLAMA", "DATABASE_URL", "REDIS_URL", "OTEL_"))
    }
    return {**kept, "OLLAMANET_LOG_FORMAT": "json", **variables}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ollamanet", *arguments]


@contextmanager
def started(*arguments: str, cwd: Path | None = None, **variables: str) -> Iterator[Running]:
    process = subprocess.Popen(
        command(*arguments),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=environment(**variables),
        cwd=cwd,
    )
    running = Running(process)
    reader = threading.Thread(target=running.follow, daemon=True)
    reader.start()
    try:
        assert running.ready.wait(START_TIMEOUT), "it did not start in time"
        assert running.url, "".join(running.log)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        if process.poll() is None:
            process.kill()
            process.wait(10)
        reader.join(10)
        assert process.stderr is not None
        process.stderr.close()


def run(
    *arguments: str, given: str = "", cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        input=given,
        capture_output=True,
        text=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=60,
        check=False,
    )
