"""A probe that answers as it is told."""

import asyncio


class ScriptedProbe:
    """Answers after `takes` seconds, with `failure` if there is one.

    Attributes:
        asked: how often.
        asking: how many wait for an answer now.
    """

    def __init__(self, name: str, *, takes: float = 0.0, failure: Exception | None = None) -> None:
        self.name = name
        self.takes = takes
        self.failure = failure
        self.asked = 0
        self.asking = 0

    async def check(self) -> float:
        self.asked += 1
        self.asking += 1
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.asking -= 1
        if self.failure is not None:
            raise self.failure
        return self.takes
