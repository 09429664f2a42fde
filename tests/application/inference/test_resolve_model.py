"""Which model would answer, if it is named or not."""

import pytest
from tests.application.inference.generating import Service
from tests.fakes.inference.listed_models import LLAMA, QWEN
from tests.fakes.kernel.callers import a_user

from ollamanet.domain.inference.errors import ModelNotFound, NoHealthyReplica
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName

pytestmark = pytest.mark.anyio


async def test_the_one_asked_for_in_its_own_spelling() -> None:
    assert (await Service(default=LLAMA).handler.resolve(ModelName("QWEN3", "0.6B"), a_user())).name == QWEN


async def test_the_default_of_the_service_when_none_is_named() -> None:
    assert (await Service(default=QWEN).handler.resolve(None, a_user())).name == QWEN


async def test_the_first_installed_one_when_there_is_no_default() -> None:
    assert (await Service(models=(LLAMA, QWEN)).handler.resolve(None, a_user())).name == QWEN


async def test_a_default_that_is_not_installed_is_not_replaced_in_silence() -> None:
    with pytest.raises(ModelNotFound, match="'gone:latest' is not installed"):
        await Service(default=ModelName("gone")).handler.resolve(None, a_user())


async def test_none_at_all() -> None:
    with pytest.raises(ModelNotFound, match="none is installed"):
        await Service(models=()).handler.resolve(None, a_user())


async def test_one_that_does_not_chat_is_not_asked_to() -> None:
    service = Service(models=(LLAMA,))
    service.models.capabilities = frozenset({"embedding"})
    with pytest.raises(InvalidRequest, match="'llama3:latest' cannot chat"):
        await service.handler.resolve(LLAMA, a_user())


async def test_one_of_which_nothing_is_said_may_chat() -> None:
    service = Service(models=(LLAMA,))
    service.models.capabilities = frozenset()

    assert (await service.handler.resolve(LLAMA, a_user())).name == LLAMA


async def test_nobody_can_say() -> None:
    service = Service()
    service.models.lost = True
    with pytest.raises(NoHealthyReplica):
        await service.handler.resolve(LLAMA, a_user())


@pytest.mark.parametrize("name", ["llama3", "LLAMA3", "llama3:latest", "gone", "gpt-oss:120b-cloud"])
async def test_one_that_is_not_for_the_caller_is_refused_before_anybody_looks_for_it(name: str) -> None:
    service = Service(default=QWEN)
    service.models.lost = True
    only_qwen = a_user(limits=CallerLimits(models=frozenset({"qwen3:0.6b"})))

    with pytest.raises(Forbidden, match="is not among those that you may ask"):
        await service.handler.resolve(ModelName.parse(name), only_qwen)


async def test_the_default_gives_way_to_the_first_one_that_the_caller_may_ask() -> None:
    service = Service(models=(LLAMA, QWEN), default=QWEN)
    of_roles, of_key = (
        CallerLimits(models=frozenset({LLAMA.key, QWEN.key})),
        CallerLimits(models=frozenset({LLAMA.key})),
    )

    assert (await service.handler.resolve(None, a_user(limits=of_roles))).name == QWEN
    assert (await service.handler.resolve(None, a_user(limits=of_roles, key_limits=of_key))).name == LLAMA


async def test_where_none_of_his_is_installed_the_caller_hears_of_no_other() -> None:
    nothing = a_user(limits=CallerLimits(models=frozenset()))
    with pytest.raises(ModelNotFound, match="among those that you may ask") as refused:
        await Service(models=(LLAMA,)).handler.resolve(None, nothing)

    assert "llama" not in str(refused.value)
