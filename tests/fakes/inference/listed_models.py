"""Models that are installed because the test says so."""

import asyncio
from collections.abc import Collection

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.model_name import ModelName

LLAMA = ModelName("llama3")
QWEN = ModelName("Qwen3", "0.6b")


class ListedModels:
    """Knows these and no others; `lost` and `delay` (seconds) say that the replica is gone, or slow.

    Attributes:
        capabilities: of all of them; empty for a replica that does not say.
    """

    def __init__(self, *names: ModelName) -> None:
        self._names = names
        self.resident = set(names)
        self.capabilities = frozenset({"completion"})
        self.lost = False
        self.delay = 0.0

    async def find(self, name: ModelName) -> InstalledModel | None:
        await self._asked()
        for each in self._names:
            if each.key == name.key:
                return InstalledModel(each, self.capabilities, each in self.resident)
        return None

    async def first_chat_model(self, allowed: Collection[str] | None = None) -> ModelName | None:
        await self._asked()
        names = [name for name in self._names if allowed is None or name.key in allowed]
        return min(names, key=str, default=None)

    async def _asked(self) -> None:
        await asyncio.sleep(self.delay)
        if self.lost:
            raise NoHealthyReplica("no replica can be asked", retry_after=1.0)
