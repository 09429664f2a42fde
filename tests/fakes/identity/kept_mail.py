"""Mail that arrives nowhere, work that is done at once, secrets that anybody could guess."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from ollamanet.application.identity.mail import Mail


class KeptMail:
    """Keeps letters, and counts them."""

    def __init__(self) -> None:
        self.letters: list[Mail] = []
        self.outcomes: list[str] = []

    async def send(self, mail: Mail) -> bool:
        self.letters.append(mail)
        self.mail_ended("sent")
        return True

    def mail_ended(self, outcome: str) -> None:
        self.outcomes.append(outcome)


class LaterWork:
    """Keeps work until it is told to do it.

    Attributes:
        full: whether all further work is refused.
    """

    def __init__(self) -> None:
        self.waiting: list[tuple[Hashable, Callable[[], Coroutine[Any, Any, None]]]] = []
        self.full = False

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        if self.full:
            return False
        self.waiting.append((key, work))
        return True

    async def stop(self, key: Hashable = None) -> bool:
        before = len(self.waiting)
        self.waiting = [each for each in self.waiting if key is not None and each[0] != key]
        return len(self.waiting) != before

    async def do_all(self) -> None:
        while self.waiting:
            _, work = self.waiting.pop(0)
            await work()
            await asyncio.sleep(0)
