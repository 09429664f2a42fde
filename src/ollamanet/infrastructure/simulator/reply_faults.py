"""How a reply goes wrong once its model is loaded."""

import asyncio
from dataclasses import replace
from typing import Final

from ollamanet.infrastructure.simulator.answer_bodies import lines_of, whole_answer
from ollamanet.infrastructure.simulator.ask import Ask
from ollamanet.infrastructure.simulator.dialects import Beat
from ollamanet.infrastructure.simulator.exchange import JSON, Exchange
from ollamanet.infrastructure.simulator.faults import Fault, Kind
from ollamanet.infrastructure.simulator.go_json import encode
from ollamanet.infrastructure.simulator.runner import Runner
from ollamanet.infrastructure.simulator.script import Script
from ollamanet.infrastructure.simulator.wire_errors import CRASHED, WireError

ERROR_LINE: Final = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
    "check ollama server logs for details"
)
GARBAGE: Final = b"\x00\xff\xfe this is not JSON {{{\n"
_KIB: Final = 1024


def spoiled(script: Script, fault: Fault) -> Script:
    """The tokens that still arrive before the fault strikes."""
    if fault.kind is Kind.HUGE_LINE:
        huge = Beat("content", "x" * (fault.amount * _KIB))
        return replace(script, beats=(*script.beats[:2], huge, *script.beats[2:]))
    if fault.kind is Kind.REPETITION:
        return replace(script, beats=(Beat("content", " again"),) * fault.amount)
    return replace(script, beats=script.beats[: fault.amount])


async def misbehave(exchange: Exchange, ask: Ask, script: Script, fault: Fault, runner: Runner) -> None:
    """End a reply the way the fault wants it, after the tokens of `spoiled` have been sent.

    Raises:
        WireError: for the faults that end with an error: a last line where the stream has begun, else a status of 500.
    """
    if fault.kind in {Kind.HANG, Kind.STALL}:
        await asyncio.Event().wait()
    if fault.kind is Kind.CRASH:
        runner.crashed = True
        raise WireError(500, CRASHED)
    if fault.kind is Kind.ERROR_LINE:
        raise WireError(500, ERROR_LINE)
    if ask.stream:
        await _break_stream(exchange, ask, fault)
    else:
        await _break_body(exchange, whole_answer(ask, script, done=False), fault)


async def _break_stream(exchange: Exchange, ask: Ask, fault: Fault) -> None:
    match fault.kind:
        case Kind.DIE | Kind.RESET:
            await exchange.write(b"")
            await exchange.cut(reset=fault.kind is Kind.RESET)
        case Kind.GARBAGE:
            await exchange.end(GARBAGE)
        case Kind.HALF_LINE:
            line = lines_of(ask, [Beat("content", " this word never ends")], script=Script((), "stop"))
            await exchange.end(line[: len(line) // 2])
        case _:
            await exchange.end()


async def _break_body(exchange: Exchange, answer: dict[str, object], fault: Fault) -> None:
    body = encode(answer)
    match fault.kind:
        case Kind.DIE | Kind.RESET:
            await exchange.respond_partly(body)
            await exchange.cut(reset=fault.kind is Kind.RESET)
        case Kind.GARBAGE:
            await exchange.respond(200, GARBAGE, JSON)
        case Kind.HALF_LINE:
            await exchange.respond(200, body[: len(body) // 2], JSON)
        case Kind.EMPTY:
            await exchange.respond(200, b"", JSON)
        case _:
            await exchange.respond(200, body, JSON)
