"""Starts processes on a chosen core and reads from /proc what they cost."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import BenchError

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cores:
    """Where upstream and load generator run, and where the gateway runs alone; None on a machine with one core."""

    generator: int | None
    gateway: int | None

    @classmethod
    def of_this_machine(cls) -> "Cores":
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[1]) if len(usable) > 1 else cls(None, None)


@dataclass(frozen=True, slots=True)
class Server:
    """A process under our control, with the file that its output goes to."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def log_tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Children started inside inherit the core; pinning them afterwards would miss their first threads."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def running(
    command: Sequence[str | Path], *, core: int | None, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server for the length of the block, then end it: politely first, by force after 10 s.

    It works in the folder of its log, where no settings file of a checkout lies.
    """
    with on_core(core), log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, cwd=log.parent
        )
    try:
        yield Server(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """One request to this machine; raises OSError or HTTPException where nobody answers it properly."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_ready(server: Server, port: int, path: str | None, limit_s: float = 60.0) -> None:
    """Return once `path` answers 200, or, where it is None, once the port accepts connections."""
    deadline = time.monotonic() + limit_s
    seen: object = None
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            status = server.process.returncode
            raise BenchError(f"it ended with status {status} before it was ready:\n{server.log_tail()}")
        try:
            if path is None:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            seen, _ = fetch(port, "GET", path)
            if seen == 200:
                return
        except (OSError, http.client.HTTPException) as problem:
            seen = problem
        time.sleep(0.005)
    raise BenchError(f"not ready after {limit_s:.0f} s (last seen: {seen}):\n{server.log_tail()}")


def upstream_port(log: Path, deadline_s: float = 5.0) -> int:
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        if (text := log.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise BenchError("the upstream did not say which port it listens on")


def family(pid: int) -> list[int]:
    """The process and all its descendants: a gateway may have workers."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    members = [pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member]
    return members


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of all threads of these processes, and of children they have waited for."""
    return sum(TICK_S * sum(int(ticks) for ticks in fields[11:15]) for pid in pids if (fields := _stat(pid)))


def resident_bytes(pids: Sequence[int]) -> int:
    return sum(PAGE * int(fields[21]) for pid in pids if (fields := _stat(pid)))


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third (state) on; empty when the process has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
