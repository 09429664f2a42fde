"""Which models a replica has, remembered for a few seconds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.errors import CloudModelForbidden, NoHealthyReplica
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_errors import RETRY_AFTER
from ollamanet.infrastructure.inference.ollama_wire import ModelEntry, ModelList


@dataclass(frozen=True, slots=True)
class DirectoryTimes:
    """How old answers may be, in seconds (> 0).

    Attributes:
        fresh: after this long the replica is asked again, while the last answer is still given out.
        pause: the least time between two questions to the replica, however many ask for a model it does not have.
        timeout: how long the replica may take to list its models.
        resident_timeout: how long it may take to say which are loaded; it can be busy for seconds freeing a GPU.
    """

    fresh: float = 3.0
    pause: float = 1.0
    timeout: float = 5.0
    resident_timeout: float = 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    models: Mapping[str, InstalledModel]
    first_chat_model: ModelName | None


class OllamaDirectory:
    """Satisfies `ModelDirectory`: one question at a time goes to the replica, and callers share its answer.

    A model that Ollama would forward to its cloud is not listed, and refused by its name, unless that is allowed. While
    the replica is down, what it said last is given out.

    Args:
        api: the replica.
        clock: tells the age of answers.
        times: how old they may be.
        allow_cloud: models of Ollama's cloud may be asked.
    """

    def __init__(
        self, api: OllamaApi, clock: Clock, times: DirectoryTimes | None = None, *, allow_cloud: bool = False
    ) -> None:
        self._api: Final = api
        self._clock: Final = clock
        self._times: Final = times or DirectoryTimes()
        self._allow_cloud: Final = allow_cloud
        self._known: _Known | None = None
        self._resident: frozenset[str] = frozenset()
        self._refusal: Refusal | None = None
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, name: ModelName) -> InstalledModel | None:
        """The model, names compared without regard to case; asks the replica again before it says None.

        Raises:
            CloudModelForbidden: it is of Ollama's cloud, and that is not allowed.
            NoHealthyReplica: it cannot be asked, and nothing is known from before.
        """
        if name.is_cloud:
            if not self._allow_cloud:
                raise CloudModelForbidden(name)
            # Ollama forwards by the name alone: the list need not have it, and there is nothing to load.
            return InstalledModel(name, frozenset(), resident=True)
        known = await self._current()
        found = known.models.get(name.key)
        if found is None and self._may_ask():
            await self._ask()
            found = (self._known or known).models.get(name.key)
        return found

    def is_resident(self, name: ModelName) -> bool:
        """Whether the model is loaded, as far as was heard last; asks nobody."""
        found = None if self._known is None else self._known.models.get(name.key)
        return found is not None and found.resident

    async def first_chat_model(self) -> ModelName | None:
        """The first installed model that can chat, by name; None when there is none.

        Raises:
            NoHealthyReplica: as above.
        """
        return (await self._current()).first_chat_model

    async def models(self) -> tuple[InstalledModel, ...]:
        """All of them, by name.

        Raises:
            NoHealthyReplica: as above.
        """
        return tuple((await self._current()).models.values())

    async def aclose(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _current(self) -> _Known:
        if self._known is None:
            if self._may_ask():
                await self._ask()
        elif self._age() > self._times.fresh and self._may_ask():
            self._begin_asking()
        if self._known is None:
            reason = self._refusal.detail if self._refusal else f"{self._api.name} was not asked to the end"
            raise NoHealthyReplica(reason, retry_after=RETRY_AFTER) from self._refusal
        return self._known

    def _age(self) -> float:
        return float("inf") if self._asked_at is None else self._clock.monotonic() - self._asked_at

    def _may_ask(self) -> bool:
        return self._asking is not None or self._age() >= self._times.pause

    def _begin_asking(self) -> asyncio.Task[None]:
        if self._asking is None:
            self._asking = asyncio.create_task(self._refresh(), name=f"list models of {self._api.name}")
        return self._asking

    async def _ask(self) -> None:
        # The task goes on when one of those who wait for it is cancelled.
        task = self._begin_asking()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    async def _refresh(self) -> None:
        try:
            self._known = _known(await self._listed(), await self._now_resident(), cloud=self._allow_cloud)
        except Refusal as refusal:
            self._refusal = refusal  # raised to callers if nothing is known from before
        finally:
            self._asked_at = self._clock.monotonic()
            self._asking = None

    async def _listed(self) -> list[ModelEntry]:
        answer = await self._api.get("/api/tags", ModelList, timeout=self._times.timeout)
        return answer.models or []

    async def _now_resident(self) -> frozenset[str]:
        try:
            answer = await self._api.get("/api/ps", ModelList, timeout=self._times.resident_timeout)
        except Refusal:
            return self._resident  # not worth holding up a chat: it only tells whether to expect a cold load
        self._resident = frozenset(entry.name.casefold() for entry in answer.models or [])
        return self._resident


def _known(listed: list[ModelEntry], resident: frozenset[str], *, cloud: bool) -> _Known:
    models = {}
    chatty = []
    for entry in sorted(listed, key=lambda entry: entry.name.casefold()):
        try:
            name = ModelName.parse(entry.name)
        except InvalidRequest:
            continue  # nobody could ask for it by that name
        if (entry.remote_host or name.is_cloud) and not cloud:
            continue
        models[name.key] = InstalledModel(name, entry.capabilities or frozenset(), name.key in resident)
        if _chats(entry):
            chatty.append(name)
    return _Known(models, chatty[0] if chatty else None)


def _chats(entry: ModelEntry) -> bool:
    """Before 0.30 Ollama did not list capabilities; then only the family of its weights tells."""
    if entry.capabilities:
        return "completion" in entry.capabilities
    family = entry.details.family if entry.details else None
    return family is None or "bert" not in family
