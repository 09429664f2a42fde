"""How a daemon goes wrong before it looks at a request, and how routes without a stream do."""

import asyncio
from typing import Final

from ollamanet.infrastructure.simulator.exchange import JSON, Exchange
from ollamanet.infrastructure.simulator.faults import Fault, Kind
from ollamanet.infrastructure.simulator.reply_faults import ERROR_LINE, GARBAGE
from ollamanet.infrastructure.simulator.wire_errors import BUSY, WireError

_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: applica"
_PROXY_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_BODY: Final = b'{"models":[{"name":"cut off'
_KIB: Final = 1024


async def fail_at_once(exchange: Exchange, fault: Fault, slow_seconds: float) -> bool:
    """Carry out a fault of the connection stage.

    Args:
        exchange: the request, not answered yet.
        fault: one whose stage is `CONNECTION`.
        slow_seconds: the silence of `slow-headers` where the fault has no amount of its own.

    Returns:
        Whether the request is to be served after all.

    Raises:
        WireError: 503 for `busy`.
    """
    match fault.kind:
        case Kind.SLOW_HEADERS:
            await asyncio.sleep(fault.amount / 1000 if fault.amount else slow_seconds)
            return True
        case Kind.CUT_HEADERS:
            await exchange.cut(after=_HEAD)
        case Kind.BUSY:
            raise WireError(503, BUSY)
        case Kind.FORBIDDEN:
            await exchange.respond(403)
        case Kind.PROXY_PAGE:
            await exchange.respond(502, _PROXY_PAGE, b"text/html")
        case _:
            await exchange.cut(reset=True)
    return False


async def fail_plainly(exchange: Exchange, fault: Fault) -> None:
    """Carry out a fault of a later stage on a route that answers with one JSON body.

    Raises:
        WireError: 500 for all that has no better likeness here.
    """
    match fault.kind:
        case Kind.HANG | Kind.STALL:
            await asyncio.Event().wait()
        case Kind.DIE | Kind.RESET:
            await exchange.respond_partly(_BODY * 2)
            await exchange.cut(reset=fault.kind is Kind.RESET)
        case Kind.GARBAGE:
            await exchange.respond(200, GARBAGE, JSON)
        case Kind.HALF_LINE:
            await exchange.respond(200, _BODY, JSON)
        case Kind.EMPTY | Kind.NO_DONE:
            await exchange.respond(200, b"", JSON)
        case Kind.HUGE_LINE:
            await exchange.json({"padding": "x" * (fault.amount * _KIB)})
        case _:
            raise WireError(500, ERROR_LINE)
