"""JSON that is too long to be held as a whole."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec


async def json_array(items: AsyncGenerator[Any, None]) -> AsyncGenerator[bytes, None]:
    """An array, an item a line; it closes `items` at its own end."""
    between = b"[\n"
    async with aclosing(items):
        async for item in items:
            yield between + msgspec.json.encode(item)
            between = b",\n"
    yield b"[]\n" if between == b"[\n" else b"\n]\n"


def json_text(value: Any) -> bytes:
    """One value, so that people can read it too."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
