"""Runs a command against a server: the one that BASE_URL names, else one that is started for it, with a simulator.

Usage: with_server.py [--small] COMMAND [ARGUMENT...]. The command finds the server's address in BASE_URL. A small
server has two slots and the limits that a server has by itself.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 20.0
SMALL_SLOTS = 2
ROOMY_SLOTS = 16
QUIET = {"OLLAMANET_ARGON2_MEMORY_KIB": "1024", "OLLAMANET_LOG_LEVEL": "warning"}
# All users of a scenario come from one address, and within a moment.
CROWDED = {"OLLAMANET_REGISTER_RPM": "100000", "OLLAMANET_LOGIN_RPM": "100000"}
# What the load is to find there is the gateway's limit, not the default limits of a small team.
ROOMY = {"OLLAMANET_QUEUE_DEPTH": "1000"}


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ollamanet(arguments: list[str], ready: str, environ: Mapping[str, str]) -> Iterator[None]:
    """An `ollamanet` process, from the moment its URL `ready` answers until it has stopped.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    process = subprocess.Popen([sys.executable, "-m", "ollamanet", *arguments], env=environ)  # noqa: S603 # our own command
    try:
        _wait_until_ready(process, ready)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before {url} answered")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 # a loopback address that we made
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS:g} s")


@contextmanager
def server(*, small: bool = False) -> Iterator[str]:
    """The base URL of a new server with an empty database, before a simulator that makes 50 tokens a second."""
    slots = str(SMALL_SLOTS if small else ROOMY_SLOTS)
    limits = {**QUIET, **CROWDED, **({} if small else ROOMY), "OLLAMANET_SLOTS_PER_MODEL": slots}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ollamanet-load-")))
        simulator, gateway = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        environ = {**os.environ, **limits, "OLLAMA_BASE_URLS": simulator, "OLLAMANET_DATA_DIR": str(folder)}
        environ.pop("DATABASE_URL", None)
        port = ["--port", simulator.rpartition(":")[2]]
        speed = ["--tokens-per-second", "50", "--slots", slots]
        stack.enter_context(ollamanet(["simulate", *port, *speed], f"{simulator}/api/version", environ))
        port = ["--port", gateway.rpartition(":")[2]]
        stack.enter_context(ollamanet(["serve", *port], f"{gateway}/health/ready", environ))
        yield gateway


def main(command: list[str]) -> int:
    """Run the command; its exit status."""
    small = command[:1] == ["--small"]
    command = command[small:]
    if os.environ.get("BASE_URL"):
        return subprocess.run(command, check=False).returncode  # noqa: S603 # the command is the caller's
    try:
        with server(small=small) as base_url:
            environ = {**os.environ, "BASE_URL": base_url}
            return subprocess.run(command, env=environ, check=False).returncode  # noqa: S603 # as above
    except RuntimeError as error:
        sys.stderr.write(f"no server to load: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
