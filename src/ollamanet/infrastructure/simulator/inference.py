"""One reply from start to end: a runner, a slot, the prompt, the tokens, the counters."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace

from ollamanet.infrastructure.simulator.answer_bodies import closing, lines_of, whole_answer
from ollamanet.infrastructure.simulator.ask import Ask, check_format
from ollamanet.infrastructure.simulator.counters import Counters
from ollamanet.infrastructure.simulator.dialects import token_ids
from ollamanet.infrastructure.simulator.exchange import BARE_JSON, JSON, Exchange
from ollamanet.infrastructure.simulator.faults import Kind, Stage
from ollamanet.infrastructure.simulator.go_json import encode, without_zeros
from ollamanet.infrastructure.simulator.options import SimulatorOptions
from ollamanet.infrastructure.simulator.pacing import due_beats
from ollamanet.infrastructure.simulator.prompt import fit
from ollamanet.infrastructure.simulator.reply_faults import misbehave, spoiled
from ollamanet.infrastructure.simulator.runner import Runner, Slot
from ollamanet.infrastructure.simulator.scheduler import Scheduler
from ollamanet.infrastructure.simulator.script import Script, write_script
from ollamanet.infrastructure.simulator.wire_errors import CRASHED, WireError


@dataclass(slots=True)
class _Clock:
    """When things happened, in nanoseconds of `perf_counter_ns`."""

    started: int
    granted: int = 0
    prefilling: int = 0
    speaking: int = 0


class Inference:
    """Answers checked chat and generate requests."""

    def __init__(self, options: SimulatorOptions, scheduler: Scheduler, counters: Counters) -> None:
        """Args: options: speed and seed. scheduler: gives runners. counters: where tokens are counted."""
        self._options = options
        self._scheduler = scheduler
        self._counters = counters

    async def preload(self, exchange: Exchange, ask: Ask) -> None:
        """Load the model and say so in a single line; `keep_alive: 0` unloads it instead, at once."""
        if ask.keep_alive == 0:
            self._scheduler.unload(ask.installed.weights)
            await exchange.json(closing(ask, (), "unload"))
            return
        runner = await self._scheduler.acquire(ask.installed, ask.run.load, ask.keep_alive, ask.fault)
        self._scheduler.release(runner)
        await exchange.json(closing(ask, (), "load"))

    async def reply(self, exchange: Exchange, ask: Ask) -> None:
        """Answer, streaming or whole.

        Raises:
            WireError: whatever is refused, before the first byte or, as a last line, after it.
        """
        clock = _Clock(time.perf_counter_ns())
        runner = await self._scheduler.acquire(ask.installed, ask.run.load, ask.keep_alive, ask.fault)
        try:
            clock.granted = time.perf_counter_ns()
            exchange.errors_as = BARE_JSON if ask.stream else JSON
            prompt = fit(ask.prompt, ask.run, truncate=ask.truncate, native_chat=ask.native_chat)
            check_format(ask.format)
            async with runner.slot(prompt) as slot:
                if runner.crashed:
                    raise WireError(500, CRASHED)
                await self._speak(exchange, replace(ask, prompt=prompt), runner, slot, clock)
        finally:
            self._scheduler.release(runner)

    async def _speak(self, exchange: Exchange, ask: Ask, runner: Runner, slot: Slot, clock: _Clock) -> None:
        await self._prefill(ask, slot, clock)
        fault = ask.fault if ask.fault and ask.fault.kind.stage is Stage.REPLY else None
        script = write_script(ask, self._options)
        spec = ask.installed.spec
        rate = self._options.tokens_per_second if spec.tokens_per_second is None else spec.tokens_per_second
        if fault is not None:
            script = spoiled(script, fault)
        async with aclosing(due_beats(script.beats, rate)) as batches:
            async for batch in batches:
                self._counters.generated_tokens += sum(beat.channel != "tools" for beat in batch)
                if ask.stream and (lines := lines_of(ask, batch, script)):
                    await exchange.write(lines)
        if fault is not None and fault.kind is not Kind.HUGE_LINE:
            await misbehave(exchange, ask, script, fault, runner)
            return
        counters = self._measured(ask, script, clock)
        if ask.stream:
            calls = script.calls if ask.native_chat else ()
            await exchange.end(encode(closing(ask, calls, script.done_reason) | counters) + b"\n")
        else:
            await exchange.json(whole_answer(ask, script) | counters)

    async def _prefill(self, ask: Ask, slot: Slot, clock: _Clock) -> None:
        clock.prefilling = time.perf_counter_ns()
        prompt, spec = ask.prompt, ask.installed.spec
        cached = prompt.shared_tokens(slot.remembered)
        rate = self._options.prompt_tokens_per_second
        if spec.prompt_tokens_per_second is not None:
            rate = spec.prompt_tokens_per_second
        if rate > 0:
            await asyncio.sleep((prompt.tokens - cached) / rate)
        slot.remembered = prompt
        self._counters.prompt_tokens += prompt.tokens
        self._counters.cached_prompt_tokens += cached
        clock.speaking = time.perf_counter_ns()

    def _measured(self, ask: Ask, script: Script, clock: _Clock) -> dict[str, object]:
        now = time.perf_counter_ns()
        spoken = [beat.text for beat in script.beats if beat.channel != "tools"]
        counters: dict[str, object] = {
            "total_duration": now - clock.started,
            "load_duration": clock.granted - clock.started,
            "prompt_eval_count": ask.prompt.tokens,
            "prompt_eval_duration": clock.speaking - clock.prefilling,
            "eval_count": len(spoken) - script.uncounted,
            "eval_duration": now - clock.speaking,
        }
        if ask.context is not None:
            prompt_ids = token_ids([f"prompt {index}" for index in range(ask.prompt.tokens - len(ask.context))])
            counters["context"] = [*ask.context, *prompt_ids, *token_ids(spoken)]
        return without_zeros(counters)
