"""A real mail server as a process, which prints what arrives."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

TOKEN = re.compile(r"^(?:  \| )?([\w-]{43})$", re.MULTILINE)


class Mailbox:
    """What arrived so far."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self.url = f"smtp://127.0.0.1:{port}?tls=none"
        self._process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return "".join(self._lines)

    def wait_for(self, subject: str, times: int = 1) -> str:
        """Everything, once so many letters of the subject are there whole."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            whole = self.text.split("------------ END MESSAGE ------------")[:-1]
            if sum(f"Subject: {subject}" in letter for letter in whole) >= times:
                return self.text
            time.sleep(0.02)
        raise AssertionError(f"{subject!r} did not arrive:\n{self.text}")

    def _follow(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(iter(self._process.stdout.readline, ""))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    handler = "aiosmtpd.handlers.Debugging"
    command = [sys.executable, "-u", "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", handler, "stdout"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    box = Mailbox(port, process)
    try:
        _wait_until_it_listens(port)
        yield box
    finally:
        box.close()


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the mail server did not start"
            time.sleep(0.05)
        else:
            return


def last_token(text: str) -> str:
    """The newest token in it."""
    return TOKEN.findall(text)[-1]
