"""What every directory of models does; a subclass brings the fixture `listing`."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

import pytest

from ollamanet.application.inference.ports import ModelDirectory
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.model_name import ModelName

Listing = Callable[[Collection[str] | None, Collection[str]], AbstractAsyncContextManager[ModelDirectory]]
"""From the names of what is installed, None for a replica that cannot be asked, and of what is loaded."""

BOTH = ("llama3:8b", "Qwen3:0.6b")


@pytest.mark.anyio
class ModelDirectoryContract:
    @pytest.mark.parametrize("spelling", ["Qwen3:0.6b", "qwen3:0.6B", "QWEN3:0.6B"])
    async def test_finds_a_model_in_any_spelling_and_tells_its_own(self, listing: Listing, spelling: str) -> None:
        async with listing(BOTH, ()) as directory:
            found = await directory.find(ModelName.parse(spelling))

        assert found is not None
        assert found.name == ModelName("Qwen3", "0.6b")

    async def test_knows_which_are_loaded(self, listing: Listing) -> None:
        async with listing(BOTH, ("llama3:8b",)) as directory:
            found = [await directory.find(ModelName.parse(name)) for name in BOTH]

        assert [model and model.resident for model in found] == [True, False]

    @pytest.mark.parametrize("name", ["mistral", "llama3", "qwen3:8b"])
    async def test_does_not_find_what_is_not_there(self, listing: Listing, name: str) -> None:
        async with listing(BOTH, ()) as directory:
            assert await directory.find(ModelName.parse(name)) is None

    async def test_the_first_model_is_the_first_by_name(self, listing: Listing) -> None:
        async with listing(("qwen3:8b", "llama3:8b"), ()) as directory:
            assert await directory.first_chat_model() == ModelName("llama3", "8b")

    async def test_of_those_that_are_looked_at_the_first_one_counts(self, listing: Listing) -> None:
        async with listing(("qwen3:8b", "Llama3:8b", "aya:8b"), ()) as directory:
            assert await directory.first_chat_model({"qwen3:8b", "llama3:8b"}) == ModelName("Llama3", "8b")
            assert await directory.first_chat_model(frozenset()) is None

    async def test_has_no_first_model_where_there_is_none(self, listing: Listing) -> None:
        async with listing((), ()) as directory:
            assert await directory.first_chat_model() is None

    async def test_says_when_nobody_can_be_asked(self, listing: Listing) -> None:
        async with listing(None, ()) as directory:
            with pytest.raises(NoHealthyReplica) as refused:
                await directory.find(ModelName("llama3"))
            with pytest.raises(NoHealthyReplica):
                await directory.first_chat_model()

        assert refused.value.retry_after
