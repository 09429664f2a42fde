"""A loaded model: its slots, the prompt that each slot still remembers, and the time until it is unloaded."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.prompt import Prompt
from ollamanet.infrastructure.simulator.run_options import LoadOptions


@dataclass(slots=True, eq=False)
class Slot:
    """One sequence that the child can work on; `remembered` is the prompt whose cache it still holds."""

    remembered: Prompt | None = None


class Runner:
    """One child process. `keep_alive` in seconds is sticky: it stays until a request brings another."""

    def __init__(self, installed: Installed, load: LoadOptions, *, slots: int, keep_alive: float) -> None:
        """Args: installed: the name that loaded it. load: what it runs with. slots: >= 1. keep_alive: seconds."""
        self.installed = installed
        self.load = load
        self.keep_alive = keep_alive
        self.users = 0
        self.last_used = 0.0
        self.crashed = False
        self.draining = False
        self.unloading = False
        self.idle = asyncio.Event()
        self.idle.set()
        self.gone = asyncio.Event()
        self.expiry: asyncio.TimerHandle | None = None
        self._slots = slots
        self._free = [Slot() for _ in range(slots)]
        self._waiting: deque[asyncio.Future[Slot]] = deque()

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot."""
        return len(self._waiting)

    @property
    def generating(self) -> int:
        """Slots at work."""
        return self._slots - len(self._free)

    def serves(self, load: LoadOptions) -> bool:
        """Whether a request with these options may use it as it is."""
        return not self.draining and not self.crashed and self.load == load

    def enter(self, keep_alive: float | None) -> None:
        """Count a request in; it stops the countdown to the unloading."""
        self.users += 1
        self.idle.clear()
        if keep_alive is not None:
            self.keep_alive = keep_alive
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None

    def leave(self, now: float) -> None:
        """Count a request out; `now` in seconds of the loop's clock."""
        self.users -= 1
        self.last_used = now
        if self.users == 0:
            self.idle.set()

    @asynccontextmanager
    async def slot(self, prompt: Prompt) -> AsyncIterator[Slot]:
        """Hold a slot, the one that remembers most of the prompt; waits in order of arrival, without limit."""
        taken = await self._take(prompt)
        try:
            yield taken
        finally:
            self._give_back(taken)

    async def _take(self, prompt: Prompt) -> Slot:
        if self._free:
            best = max(self._free, key=lambda slot: prompt.shared_tokens(slot.remembered))
            self._free.remove(best)
            return best
        turn: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(turn.result())
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _give_back(self, slot: Slot) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(slot)
                return
        self._free.append(slot)
