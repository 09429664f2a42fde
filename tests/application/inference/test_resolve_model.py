"""Which model would answer, if it is named or not."""

import pytest
from tests.application.inference.generating import Service
from tests.fakes.inference.listed_models import LLAMA, QWEN

from ollamanet.domain.inference.errors import ModelNotFound, NoHealthyReplica
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName

pytestmark = pytest.mark.anyio


async def test_the_one_asked_for_in_its_own_spelling() -> None:
    assert (await Service(default=LLAMA).handler.resolve(ModelName("QWEN3", "0.6B"))).name == QWEN


async def test_the_default_of_the_service_when_none_is_named() -> None:
    assert (await Service(default=QWEN).handler.resolve(None)).name == QWEN


async def test_the_first_installed_one_when_there_is_no_default() -> None:
    assert (await Service(models=(LLAMA, QWEN)).handler.resolve(None)).name == QWEN


async def test_a_default_that_is_not_installed_is_not_replaced_in_silence() -> None:
    with pytest.raises(ModelNotFound, match="'gone:latest' is not installed"):
        await Service(default=ModelName("gone")).handler.resolve(None)


async def test_none_at_all() -> None:
    with pytest.raises(ModelNotFound, match="none is installed"):
        await Service(models=()).handler.resolve(None)


async def test_one_that_does_not_chat_is_not_asked_to() -> None:
    service = Service(models=(LLAMA,))
    service.models.capabilities = frozenset({"embedding"})
    with pytest.raises(InvalidRequest, match="'llama3:latest' cannot chat"):
        await service.handler.resolve(LLAMA)


async def test_one_of_which_nothing_is_said_may_chat() -> None:
    service = Service(models=(LLAMA,))
    service.models.capabilities = frozenset()

    assert (await service.handler.resolve(LLAMA)).name == LLAMA


async def test_nobody_can_say() -> None:
    service = Service()
    service.models.lost = True
    with pytest.raises(NoHealthyReplica):
        await service.handler.resolve(LLAMA)
