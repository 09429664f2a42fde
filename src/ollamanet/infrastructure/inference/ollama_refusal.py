"""Answers without success, read as far as needed to say what they mean."""

import asyncio
from typing import Final

import httpx

from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.ollama_errors import from_status

_MOST: Final = 64 * 1024
_PATIENCE: Final = 5.0


async def refusal_of(response: httpx.Response, replica: str, *, model: str | None = None) -> Refusal:
    """What the answer means; the response is closed.

    Args:
        response: with a status other than 200, its body unread; at most 64 kB and 5 s of it are.
        replica: its name, for messages.
        model: that was asked for, if the request was about one.
    """
    return from_status(response, await _beginning(response), model, replica)


async def _beginning(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for data in response.aiter_raw():
                body += data
                if len(body) >= _MOST:
                    break
    except (httpx.TransportError, TimeoutError):
        return bytes(body)  # the status alone says what is the matter
    finally:
        await response.aclose()
    return bytes(body)
