"""Real programs for those who keep them, and how to look at them from outside."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ollamanet.infrastructure.inference.clean_environment import clean_environment
from ollamanet.infrastructure.inference.kept_process import ProgramSpec


def program(folder: Path, *command: str, grace: float = 5.0, **variables: str) -> ProgramSpec:
    return ProgramSpec("gpu", command, clean_environment(os.environ, variables), folder / "gpu.log", grace)


def python(folder: Path, code: str, *, grace: float = 5.0, **variables: str) -> ProgramSpec:
    """A program in Python that starts in an instant."""
    return program(folder, sys.executable, "-I", "-S", "-u", "-c", code, grace=grace, **variables)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_alive(pid: int) -> bool:
    """Whether it runs; what only waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what happens to a process tells nobody
            await asyncio.sleep(0.02)


def numbers_in(file: Path, count: int) -> Sequence[int] | None:
    """The numbers that a program wrote to a file of its own, once all are there."""
    found = [int(word) for word in file.read_text().split()] if file.exists() else []
    return found if len(found) == count else None
