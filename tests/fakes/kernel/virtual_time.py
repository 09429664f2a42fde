"""An event loop whose clock jumps to the next timer instead of waiting for it: minutes pass in no time.

Only for tests without sockets or threads; with those, time would jump while they work.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from tests.fakes.identity.fixed_time import NOON

Result = TypeVar("Result")


class _Skipping(selectors.DefaultSelector):
    skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is left that could end it")
        ready = super().select(0)
        if not ready and timeout > 0:
            self.skipped += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 1000 s and moves only by what its timers wait for."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return 1000.0 + self._skipping.skipped


class LoopClock:
    """The time of the running loop, on both clocks."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic() - 1000.0)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


VIRTUAL_TIME: Final = ("asyncio", {"loop_factory": VirtualTimeLoop})
"""A folder or a module whose fixture `anyio_backend` returns this has its tests run in virtual time."""


def in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end; what a forgotten task raises fails it too."""
    complaints: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: complaints.append(context))
        result = runner.run(work)
    assert complaints == []
    return result
