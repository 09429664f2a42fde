"""A real Redis server for as long as a test needs it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "s3cret-and-long"


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[int]:
    """Start one on a free port of the loopback, and stop it afterwards; its socket is `folder`/redis.sock.

    A machine without redis-server fails the test: `make test` installs it.
    """
    if shutil.which("redis-server") is None:
        pytest.fail("redis-server is not installed: run `make programs`, or install it with your package manager")
    port = _free_port()
    command = [
        "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", str(folder), "--unixsocket", str(folder / "redis.sock"), *options,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        if server.poll() is not None:
            pytest.fail(f"redis-server ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("redis-server did not start within 10 s")
