"""Lists that are too long to be held, read part by part."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def each_of(read: Callable[[Item | None], Awaitable[Sequence[Item]]]) -> AsyncGenerator[Item, None]:
    """Every item; `read` gives some of those that come after the one given, from the first on for None, and [] last."""
    last: Item | None = None
    while part := await read(last):
        for item in part:
            yield item
        last = part[-1]
