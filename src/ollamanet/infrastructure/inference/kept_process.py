"""A program that ends when we do: run behind `process_keeper`, in a session of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

from ollamanet.infrastructure.inference import process_keeper

_KEEPER: Final = Path(process_keeper.__file__)
_SLACK: Final = 5.0
_LONGEST_WORDS: Final = 300
_UNKNOWN: Final = "its keeper was killed"


class CannotStart(Exception):
    """The program could not be started; the message says why."""


@dataclass(frozen=True, slots=True)
class ProgramSpec:
    """What to run.

    Attributes:
        name: for people.
        command: the program and its arguments, 1..n.
        environment: all of its variables; nothing of ours is added.
        log: the file that gets its output; its folder is made where it is missing.
        stop_grace: seconds between SIGTERM and SIGKILL.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    stop_grace: float = 10.0


class KeptProcess:
    """One run of a program.

    No code of ours runs between fork and exec, as `preexec_fn` would have it in a process with threads, and
    PR_SET_PDEATHSIG is left alone too: it knows only Linux, only the child itself and not what that started, and it
    watches the thread that forked. The keeper sees the end of a pipe instead.
    """

    def __init__(self, spec: ProgramSpec, keeper: asyncio.subprocess.Process) -> None:
        self._spec = spec
        self._keeper = keeper
        self._pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        # Who was cancelled never asks why it could not be started.
        self._pid.add_done_callback(lambda pid: pid.cancelled() or pid.exception())
        self._last = _UNKNOWN
        self._code: int | None = None
        self._reading = asyncio.create_task(self._read(), name=f"process {spec.name}")

    @classmethod
    async def start(cls, spec: ProgramSpec) -> Self:
        """Run it.

        Raises:
            CannotStart: there is no such program, it may not be run, or there is no room for another process.
        """
        try:
            spec.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            spawning = asyncio.ensure_future(_spawn(spec))
            keeper = await asyncio.shield(spawning)
        except OSError as error:
            raise CannotStart(error.strerror or str(error)) from error
        except asyncio.CancelledError:
            # Event loops lose what is half spawned: let it come to be, then end it.
            with suppress(OSError):
                await cls(spec, await spawning).stop()
            raise
        process = cls(spec, keeper)
        try:
            await asyncio.shield(process._pid)
        except (CannotStart, asyncio.CancelledError):
            await process.stop()
            raise
        return process

    @property
    def pid(self) -> int:
        """Number of the program, and of its group."""
        return self._pid.result()

    @property
    def over(self) -> bool:
        """It has ended, with all that it started."""
        return self._reading.done()

    @property
    def code(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None until it is over, or where nobody knows."""
        return self._code

    @property
    def last_words(self) -> str:
        """How it ended: the code or signal, and the last line that it wrote."""
        return self._last

    def when_over(self, call: Callable[[], object]) -> None:
        """Have something called once, when it is over."""
        self._reading.add_done_callback(lambda _: call())

    async def wait(self) -> None:
        """Wait until it is over; who is cancelled meanwhile leaves it alone."""
        await asyncio.shield(self._reading)

    async def stop(self) -> None:
        """End it and all that it started: SIGTERM, SIGKILL after the grace; idempotent."""
        self._let_go()
        try:
            await asyncio.wait_for(asyncio.shield(self._reading), self._spec.stop_grace + _SLACK)
        except TimeoutError:
            # The keeper itself hangs.
            self._kill()
            await asyncio.shield(self._reading)

    def _let_go(self) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._keeper.kill()
        if self._pid.done() and not self._pid.cancelled() and self._pid.exception() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid.result(), signal.SIGKILL)

    async def _read(self) -> None:
        assert self._keeper.stdout is not None  # noqa: S101 - asked for above
        told_its_end = False
        while line := await self._keeper.stdout.readline():
            word, _, text = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
            told_its_end = word == "ended"
            self._heard(word, text)
        if not told_its_end:
            self._kill()
        if not self._pid.done():
            self._pid.set_exception(CannotStart(_UNKNOWN))
        self._let_go()
        await self._keeper.wait()

    def _heard(self, word: str, text: str) -> None:
        if word == "started":
            self._pid.set_result(int(text))
        elif word == "failed":
            self._pid.set_exception(CannotStart(text))
        elif word == "ended":
            code, _, words = text.partition(" ")
            self._code = int(code)
            self._last = _ending(self._code) + (f": {words[:_LONGEST_WORDS]}" if words else "")
        else:
            structlog.get_logger().warning("replica output", replica=self._spec.name, detail=f"{word} {text}")


async def _spawn(spec: ProgramSpec) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(_KEEPER), str(spec.log), str(spec.stop_grace), *spec.command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(spec.environment),
        start_new_session=True,
    )


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"ended by {signal.Signals(-code).name}" if -code in signal.valid_signals() else f"ended by signal {-code}"
