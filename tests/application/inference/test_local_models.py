"""Only models that answer in the house are found."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from tests.contracts.model_directories import Listing, ModelDirectoryContract
from tests.fakes.inference.listed_models import LLAMA, ListedModels

from ollamanet.application.inference.local_models import LocalModels
from ollamanet.domain.inference.errors import CloudModelForbidden
from ollamanet.domain.kernel.model_name import ModelName

CLOUD = ModelName.parse("gpt-oss:120b-cloud")


class TestLocalModels(ModelDirectoryContract):
    @pytest.fixture
    def listing(self) -> Listing:
        @asynccontextmanager
        async def listed(names: Collection[str] | None, resident: Collection[str]) -> AsyncIterator[LocalModels]:
            models = ListedModels(*map(ModelName.parse, names or ()))
            models.resident = {ModelName.parse(name) for name in resident}
            models.lost = names is None
            yield LocalModels(models)

        return listed


@pytest.mark.anyio
async def test_a_model_of_the_cloud_is_refused_even_if_it_is_listed_or_no_replica_can_be_asked() -> None:
    models = ListedModels(LLAMA, CLOUD)
    for models.lost in (False, True):
        with pytest.raises(CloudModelForbidden, match="120b-cloud"):
            await LocalModels(models).find(CLOUD)
