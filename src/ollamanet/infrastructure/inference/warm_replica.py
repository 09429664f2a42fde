"""Keeps a few models loaded on one replica, without ever taking its memory from those that others use."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import structlog

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.warmth import WarmState, Warmth
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_wire import ModelEntry, ModelList
from ollamanet.infrastructure.inference.warm_models import Kept, Rivals, WarmModel, WarmPace
from ollamanet.infrastructure.inference.warm_wire import Answered, LoadSent, load_path

InUse = Callable[[str], Collection[str]]
"""The models (`ModelName.key`) that requests run on, or wait for, at the replica of a name."""


LoadsChanged = Callable[[str], None]
"""Told that models were loaded, or left, at the replica of a name."""


def unused(_: str) -> Collection[str]:
    """Where nobody can say what is in use."""
    return ()


def unheard(_: str) -> None:
    """Where nobody needs to know."""


class WarmReplica:
    """One replica and its models, the most important first.

    Args:
        api: the replica.
        models: to be kept loaded.
        clock: tells when they were asked for last.
        in_use: what requests want of it.
        pace: how often and how long.
        changed: told whenever it had models loaded or left.
    """

    def __init__(
        self,
        api: OllamaApi,
        models: Sequence[WarmModel],
        clock: Clock,
        in_use: InUse,
        pace: WarmPace,
        changed: LoadsChanged = unheard,
    ) -> None:
        self._api: Final = api
        self._clock: Final = clock
        self._in_use: Final = in_use
        self._pace: Final = pace
        self._changed: Final = changed
        self._kept: Final = [Kept(model) for model in models]
        self._rivals: Final = Rivals()
        self._loaded: frozenset[str] = frozenset()
        self._installed: Mapping[str, ModelEntry] = {}
        self._unreachable = 0

    def states(self) -> tuple[Warmth, ...]:
        """Each of them, as it was last."""
        return tuple(Warmth(each.model.name, self._api.name, each.state, each.detail) for each in self._kept)

    async def round(self) -> float:
        """Look once, and do what is due; returns the seconds to wait before the next look."""
        try:
            await self._look_at_installed()
            await self._look_at_loaded()
            for kept in self._kept:
                await self._tend(kept)
        except Refusal as refusal:
            self._unreachable += 1
            for kept in self._kept:
                kept.is_now(WarmState.UNKNOWN, refusal.detail)
            return self._pace.after(self._unreachable)
        self._unreachable = 0
        return self._pace.look

    async def _look_at_installed(self) -> None:
        answer = await self._api.get("/api/tags", ModelList, timeout=self._pace.answer)
        # One that Ollama would forward to its cloud has nothing to load.
        self._installed = {each.key: each for each in answer.models or [] if not each.remote_host}

    async def _look_at_loaded(self) -> None:
        answer = await self._api.get("/api/ps", ModelList, timeout=self._pace.answer)
        ours = {entry.digest: each.key for each in self._kept if (entry := self._installed.get(each.key)) is not None}
        # A model that was loaded by another of its names is ours all the same.
        loaded = frozenset(ours.get(each.digest, each.key) if each.digest else each.key for each in answer.models or [])
        now = self._clock.monotonic()
        warm = [each for each in self._kept if each.state is WarmState.WARM and not each.due(now)]
        self._rivals.saw(self._loaded, loaded, lost=[each.key for each in warm if each.key not in loaded])
        self._loaded = loaded

    async def _tend(self, kept: Kept) -> None:
        now, entry = self._clock.monotonic(), self._installed.get(kept.key)
        if entry is None:
            kept.touched = None
            kept.is_now(WarmState.NOT_INSTALLED)
        elif (rival := self._stronger_rival(kept)) is not None:
            kept.is_now(WarmState.DOES_NOT_FIT, f"{rival.model.name} does not fit beside it")
        elif now < kept.retry_at:
            return
        elif kept.key in self._loaded:
            if kept.due(now):
                await self._ask(kept, entry)
            else:
                kept.is_now(WarmState.WARM)
        elif (reason := self._in_the_way(kept)) is not None:
            kept.touched = None
            kept.is_now(WarmState.WAITING, reason)
        else:
            await self._load(kept, entry)

    def _stronger_rival(self, kept: Kept) -> Kept | None:
        stronger = self._kept[: self._kept.index(kept)]
        rivals = (each for each in stronger if each.key in self._installed and self._rivals.has(each.key, kept.key))
        return next(rivals, None)

    def _in_the_way(self, kept: Kept) -> str | None:
        friends = {each.key for each in self._kept if not self._rivals.has(each.key, kept.key)}
        if others := sorted(self._loaded - friends):
            return f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} loaded there"
        return "requests run there" if self._wanted_by_others(kept) else None

    def _wanted_by_others(self, kept: Kept) -> bool:
        return any(model != kept.key for model in self._in_use(self._api.name))

    async def _load(self, kept: Kept, entry: ModelEntry) -> None:
        kept.is_now(WarmState.LOADING)
        loading = asyncio.create_task(self._ask(kept, entry), name=f"load {kept.key} on {self._api.name}")
        try:
            while not (await asyncio.wait({loading}, timeout=self._pace.glance))[0]:
                if self._wanted_by_others(kept):
                    # Ollama loads one model after another: a person would wait for ours to be there first.
                    kept.is_now(WarmState.WAITING, "requests run there")
                    return
        finally:
            loading.cancel()
            await asyncio.wait({loading})
        # Whatever came of it: what it was to be loaded beside may have left.
        self._changed(self._api.name)
        loading.result()
        await self._look_at_loaded()
        rival = self._stronger_rival(kept)
        if rival is not None and kept.key in self._loaded and kept.key not in self._in_use(self._api.name):
            await self._take_back(kept, entry, rival)

    async def _take_back(self, kept: Kept, entry: ModelEntry, rival: Kept) -> None:
        """Nobody asked for it, and it pushed out what is more important."""
        kept.touched = rival.touched = None
        rival.is_now(WarmState.WAITING, f"{kept.model.name} pushed it out")
        kept.is_now(WarmState.DOES_NOT_FIT, f"{rival.model.name} does not fit beside it")
        self._tell("model is not kept warm", kept)
        path = load_path(entry)
        sent = LoadSent.of(kept.model, path, 0.0)
        await self._api.post(path, sent, Answered, timeout=self._pace.answer)
        self._changed(self._api.name)

    async def _ask(self, kept: Kept, entry: ModelEntry) -> None:
        """Load it, or start its time anew; a failure is noted and puts the next attempt off."""
        path = load_path(entry)
        sent = LoadSent.of(kept.model, path, kept.model.keep_alive)
        try:
            await self._api.post(path, sent, Answered, timeout=self._pace.load)
        except Refusal as refusal:
            kept.failures += 1
            kept.retry_at = self._clock.monotonic() + self._pace.after(kept.failures)
            kept.touched = None
            kept.is_now(WarmState.FAILED, refusal.detail)
            if kept.failures == 1:
                self._tell("model is not kept warm", kept)
            return
        news = kept.failures > 0 or not kept.told
        kept.touched, kept.failures, kept.told = self._clock.monotonic(), 0, True
        kept.is_now(WarmState.WARM)
        if news:
            self._tell("model is kept warm", kept)

    def _tell(self, event: str, kept: Kept) -> None:
        log = structlog.get_logger()
        tell = log.info if kept.state is WarmState.WARM else log.warning
        tell(event, model=str(kept.model.name), replica=self._api.name, detail=kept.detail)
