"""Metrics that say only how often they were rendered."""

import asyncio


class NumberedExposition:
    """Takes `takes` seconds each time."""

    def __init__(self, *, takes: float = 0.0) -> None:
        self.takes = takes
        self.rendered = 0

    async def render(self, *, openmetrics: bool) -> bytes:
        self.rendered += 1
        number = self.rendered
        await asyncio.sleep(self.takes)
        return f"{'openmetrics' if openmetrics else 'text'} {number}".encode()
