"""Stands between OllamaNet and a program that it runs, and ends the program when OllamaNet is gone.

Run by its path as a process of its own; standard library only, so that it is there in an instant and stays small.
Arguments: the file for the program's output, the seconds between SIGTERM and SIGKILL, then the program's command.

Standard input never brings anything: its end says that whoever holds the other side wants the program ended, or was
killed. That works for a SIGKILL too, for which nobody can prepare. On standard output it tells, a line each:
`started PID`, `failed REASON`, `lost REASON` (output could not be written) and at last `ended CODE LAST-LINE`.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

LONGEST_LINE = 2_000
LARGEST_FILE = 8 * 1024 * 1024
_FOREVER = float("inf")
_LAST_OUTPUT_SECONDS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def tell(word: str, text: str) -> None:
    """One line to OllamaNet."""
    # Where it is gone there is nobody left to tell, and work to finish.
    with suppress(BrokenPipeError):
        os.write(1, f"{word} {text}".encode("utf-8", "replace")[:LONGEST_LINE].replace(b"\n", b" ") + b"\n")


class OutputFile:
    """What the program writes, in lines of bounded length, in a file of bounded size beside its predecessor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""
        self._lost = False
        self.last_line = b""

    def write(self, data: bytes) -> None:
        """Take what came; what is no whole line yet waits for the rest of it, as far as lines may be long."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LONGEST_LINE:
            lines.append(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]
        self._append([line[:LONGEST_LINE] for line in lines])

    def close(self) -> None:
        """Write a last line that was never ended."""
        if self._rest:
            self._append([self._rest])

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        self.last_line = next((line for line in reversed(lines) if line.strip()), self.last_line)
        try:
            self._rotate()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(descriptor, "ab") as file:  # noqa: PTH123 - a descriptor, no path
                file.write(b"".join(line + b"\n" for line in lines))
        except OSError as error:
            # A full disk must not end the program; it is told once.
            if not self._lost:
                tell("lost", f"{error.strerror}: {self._path}")
            self._lost = True

    def _rotate(self) -> None:
        with suppress(FileNotFoundError):
            if self._path.stat().st_size > LARGEST_FILE:
                self._path.replace(self._path.with_suffix(".old"))


class Keeper:
    """One program, from its start to the end of all that it started."""

    def __init__(self, command: list[str], output: OutputFile, grace: float) -> None:
        """Start it, in a process group of its own."""
        self._output = output
        self._grace = grace
        self._kill_at = _FOREVER
        self._selector = selectors.DefaultSelector()
        self._signals, self._woken = socket.socketpair()
        os.set_blocking(self._signals.fileno(), False)
        os.set_blocking(self._woken.fileno(), False)
        signal.set_wakeup_fd(self._woken.fileno())
        # Handlers, not SIG_IGN: that the program would inherit.
        for number in (*_SIGNALS, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._program = subprocess.Popen(  # noqa: S603 - the operator's own command
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
        )
        assert self._program.stdout is not None  # noqa: S101 - asked for above
        self._pipe = self._program.stdout.fileno()
        os.set_blocking(self._pipe, False)
        for end_of in (0, self._signals.fileno(), self._pipe):
            self._selector.register(end_of, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The program's number, and that of its group."""
        return self._program.pid

    def run(self) -> int:
        """Wait for its end, or bring it about."""
        while self._program.poll() is None:
            timeout = None if self._kill_at == _FOREVER else max(0.0, self._kill_at - time.monotonic())
            for key, _ in self._selector.select(timeout):
                self._ready(key.fd)
            if time.monotonic() >= self._kill_at:
                self._send(signal.SIGKILL)
                self._kill_at = _FOREVER
        # What it started and left behind goes with it.
        self._send(signal.SIGKILL)
        self._read_the_rest()
        self._output.close()
        return self._program.returncode

    def _ready(self, descriptor: int) -> None:
        if descriptor == self._signals.fileno():
            numbers = self._signals.recv(64)
            if any(number in numbers for number in _SIGNALS):
                self._end()
        elif descriptor == 0:
            if not os.read(0, 64):
                self._selector.unregister(0)
                self._end()
        elif not self._read():
            self._selector.unregister(self._pipe)

    def _read(self) -> bool:
        """Take what it wrote; False at the end of it."""
        try:
            data = os.read(self._pipe, 65_536)
        except BlockingIOError:
            return True
        self._output.write(data)
        return bool(data)

    def _read_the_rest(self) -> None:
        deadline = time.monotonic() + _LAST_OUTPUT_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and (not selector.select(left) or self._read()):
                pass

    def _end(self) -> None:
        if self._kill_at == _FOREVER:
            self._send(signal.SIGTERM)
            self._kill_at = time.monotonic() + self._grace

    def _send(self, number: int) -> None:
        # Nothing of the group may be left; a system may also refuse to signal what is only left to be reaped.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._program.pid, number)


def main(log: str, grace: str, *command: str) -> None:
    """Keep one program."""
    output = OutputFile(Path(log))
    try:
        keeper = Keeper(list(command), output, float(grace))
    except OSError as error:
        tell("failed", f"{command[0]}: {error.strerror}")
        return
    tell("started", str(keeper.pid))
    code = keeper.run()
    tell("ended", f"{code} {output.last_line.decode('utf-8', 'replace').strip()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
