"""Which models one replica has, and which of them it has loaded."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.model_traits import ModelTraits
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_wire import ModelEntry, ModelList
from ollamanet.infrastructure.inference.replica_question import SharedQuestion

_MOST_LOADED: Final = 256
"""Models that a replica is believed to have in memory: each costs time whenever one is to be loaded."""


@dataclass(frozen=True, slots=True)
class ListingTimes:
    """How old answers may be, in seconds (> 0).

    Attributes:
        fresh: after this long a question about models has the replica asked again, while the old answer is given out.
        idle: the same while nobody asks.
        pause: the least time between two listings, however many ask for a model that the replica does not have.
        timeout: how long the replica may take to list its models.
        loaded_timeout: how long it may take to say which are loaded; it can be busy for seconds freeing a GPU.
    """

    fresh: float = 3.0
    idle: float = 15.0
    pause: float = 1.0
    timeout: float = 5.0
    loaded_timeout: float = 1.0


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as the replica lists it.

    Attributes:
        installed: what others are told.
        digest: tells contents apart; empty if the replica gives none.
        size: bytes of its files.
        chats: it can.
        forwarded: Ollama would pass requests for it on to its cloud.
    """

    installed: InstalledModel
    digest: str
    size: int
    chats: bool
    forwarded: bool = False


class ReplicaModels:
    """Asks one replica, one question of a kind at a time.

    Args:
        api: the replica.
        clock: tells the age of answers.
        traits: what models can do, shared with other replicas.
        times: how old answers may be.
        listed: called when the replica has listed its models, or more of them is known.
        told_loaded: called when it has said which are loaded.
        allow_cloud: a model that it would forward to Ollama's cloud is listed too.
    """

    def __init__(
        self,
        api: OllamaApi,
        clock: Clock,
        traits: ModelTraits,
        times: ListingTimes,
        listed: Callable[[], None],
        told_loaded: Callable[[], None],
        *,
        allow_cloud: bool = False,
    ) -> None:
        self._api: Final = api
        self._clock: Final = clock
        self._traits: Final = traits
        self._times: Final = times
        self._listed: Final = listed
        self._told_loaded: Final = told_loaded
        self._allow_cloud: Final = allow_cloud
        self._listing: Final = SharedQuestion(self._list, f"list models of {api.name}")
        self._residency: Final = SharedQuestion(self._list_loaded, f"list loaded models of {api.name}")
        self._learning: Final = SharedQuestion(self._learn, f"look at models of {api.name}")
        self._asked_at = float("-inf")
        self._residency_asked = False
        self.known: Mapping[str, ListedModel] | None = None
        self.loaded: Mapping[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.refusal: Refusal | None = None

    @property
    def age(self) -> float:
        """Seconds since it was asked for its models last."""
        return self._clock.monotonic() - self._asked_at

    @property
    def may_ask(self) -> bool:
        """It is being asked, or was not within the pause."""
        return self._listing.asked or self.age >= self._times.pause

    def begin(self) -> asyncio.Task[None] | None:
        """Have it list its models, or take part in what it is asked already; None once this is closed.

        When the task is done, `known` is the answer, or `refusal` says why it is none or an old one. It is shared:
        wait for it, but do not cancel it.
        """
        return self._listing.begin()

    async def ask_loaded(self) -> None:
        """Have it say which are loaded; `loaded` (bytes by key) stays as it is if it does not."""
        await self._residency()

    def loads_changed(self) -> None:
        """Others than requests had models loaded or left: begin to ask which are."""
        self._residency.begin_anew()

    def refresh(self, *, older_than: float | None = None) -> None:
        """Begin to ask if the last answer is older than so many seconds (by default `fresh`)."""
        if self.age > (self._times.fresh if older_than is None else older_than) and self.may_ask:
            self._listing.begin()

    def lacks(self, key: str) -> None:
        """It has just said that it does not have a model that it listed."""
        if key in (self.known or {}):
            self._take({name: each for name, each in (self.known or {}).items() if name != key})
        self.refresh(older_than=0.0)

    async def aclose(self) -> None:
        """Stop asking."""
        for question in (self._listing, self._residency, self._learning):
            await question.aclose()

    async def _list(self) -> None:
        try:
            answer = await self._api.get("/api/tags", ModelList, timeout=self._times.timeout)
        except Refusal as refusal:
            self.refusal = refusal
            return
        finally:
            self._asked_at = self._clock.monotonic()
        self._take(_listed(answer.models or [], self._traits, cloud=self._allow_cloud))
        if any(self._traits.known(each.digest) is None for each in self._with_digest()):
            self._learning.begin()
        if not self._residency_asked:
            await self._residency()

    async def _list_loaded(self) -> None:
        self._residency_asked = True
        try:
            answer = await self._api.get("/api/ps", ModelList, timeout=self._times.loaded_timeout)
        except Refusal:
            return  # what it said last has to do: it only tells whether to expect a cold load
        told = (answer.models or [])[:_MOST_LOADED]
        self.loaded = {entry.name.casefold(): entry.size_vram or entry.size for entry in told}
        if self.known is not None:
            self.known = self._with_residency(self.known)
        self.sizes |= {key: size for key, size in self.loaded.items() if size}
        self._told_loaded()

    async def _learn(self) -> None:
        for each in self._with_digest():
            await self._traits.learn(self._api, str(each.installed.name), each.digest)
        known = self.known or {}
        self._take({key: _with_traits(each, self._traits) for key, each in known.items()})

    def _with_digest(self) -> list[ListedModel]:
        return [each for each in (self.known or {}).values() if each.digest]

    def _take(self, known: Mapping[str, ListedModel]) -> None:
        self.known = self._with_residency(known)
        self.sizes = {key: size for key, size in self.sizes.items() if key in known}
        self._listed()

    def _with_residency(self, known: Mapping[str, ListedModel]) -> Mapping[str, ListedModel]:
        """Told apart here and not at each question: every chat asks."""
        return {
            key: replace(each, installed=replace(each.installed, resident=key in self.loaded))
            for key, each in known.items()
        }


def _listed(entries: Iterable[ModelEntry], traits: ModelTraits, *, cloud: bool) -> dict[str, ListedModel]:
    models = {}
    for entry in entries:
        try:
            name = ModelName.parse(entry.name)
        except InvalidRequest:
            continue  # nobody could ask for it by that name
        forwarded = bool(entry.remote_host) or name.is_cloud
        if forwarded and not cloud:
            continue
        length = entry.details.context_length if entry.details else None
        installed = InstalledModel(name, entry.capabilities or frozenset(), resident=False, context_length=length)
        listed = ListedModel(installed, entry.digest, entry.size, entry.chats, forwarded)
        models[name.key] = _with_traits(listed, traits)
    return models


def _with_traits(listed: ListedModel, traits: ModelTraits) -> ListedModel:
    """The lists leave out what only a chat template tells; `/api/show` does not."""
    known = traits.known(listed.digest)
    if known is None:
        return listed
    said = listed.installed
    capabilities, length = known.capabilities or said.capabilities, known.context_length or said.context_length
    chats = "completion" in capabilities if capabilities else listed.chats
    installed = replace(said, capabilities=capabilities, context_length=length)
    return replace(listed, installed=installed, chats=chats)
