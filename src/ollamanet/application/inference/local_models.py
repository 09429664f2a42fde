"""Models that answer in the house, and no others."""

from collections.abc import Collection
from dataclasses import dataclass

from ollamanet.application.inference.ports import InstalledModel, ModelDirectory
from ollamanet.domain.inference.errors import CloudModelForbidden
from ollamanet.domain.kernel.model_name import ModelName


@dataclass(frozen=True, slots=True)
class LocalModels:
    """A directory without the models that Ollama would forward to its cloud: they are refused by their names."""

    directory: ModelDirectory

    async def find(self, name: ModelName) -> InstalledModel | None:
        """As the directory has it; it is not asked for a model of the cloud.

        Raises:
            CloudModelForbidden: by its name it is one.
            NoHealthyReplica: no replica can be asked, and nothing is known from before.
        """
        if name.is_cloud:
            raise CloudModelForbidden(name)
        return await self.directory.find(name)

    async def first_chat_model(self, allowed: Collection[str] | None = None) -> ModelName | None:
        """As the directory has it.

        Raises:
            NoHealthyReplica: as above.
        """
        return await self.directory.first_chat_model(allowed)
