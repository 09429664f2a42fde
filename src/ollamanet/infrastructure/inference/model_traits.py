"""What models can do, asked once for each of them, however many replicas have it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_wire import ModelShown, ShowSent

_AT_ONCE: Final = 4
_REMEMBERED: Final = 4096
_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What `/api/show` says of a model.

    Attributes:
        capabilities: empty for an Ollama that does not know of such.
        context_length: tokens that it was trained with; None if that is not said.
    """

    capabilities: frozenset[str]
    context_length: int | None


class ModelTraits:
    """Remembers by digest, so that a model that is replaced by another of its name is asked for again."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Traits] = OrderedDict()
        self._asking: dict[str, asyncio.Event] = {}
        self._few: Final = asyncio.Semaphore(_AT_ONCE)

    def known(self, digest: str) -> Traits | None:
        """What was learned of it."""
        return self._known.get(digest)

    async def learn(self, api: OllamaApi, model: str, digest: str) -> None:
        """Ask a replica for what is not known yet; nothing is learned from one that does not say."""
        if digest in self._known:
            return
        if (other := self._asking.get(digest)) is not None:
            await other.wait()
            return
        over = self._asking[digest] = asyncio.Event()
        try:
            async with self._few:
                shown = await api.post("/api/show", ShowSent(model), ModelShown, timeout=_TIMEOUT)
            self._remember(digest, _traits(shown))
        except Refusal:
            return  # the list alone has to do; the next listing asks again
        finally:
            del self._asking[digest]
            over.set()

    def _remember(self, digest: str, traits: Traits) -> None:
        self._known[digest] = traits
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _traits(shown: ModelShown) -> Traits:
    info = shown.model_info or {}
    length = info.get(f"{info.get('general.architecture')}.context_length")
    if not isinstance(length, int) or length < 1:
        length = shown.details.context_length if shown.details else None
    return Traits(shown.capabilities or frozenset(), length)
