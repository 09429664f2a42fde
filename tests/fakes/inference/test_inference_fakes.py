"""The fakes keep the contracts of what they stand for."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.contracts.model_directories import Listing, ModelDirectoryContract
from tests.contracts.replicas import Playing, ReplicaContract
from tests.contracts.replies import RepliesContract, Served, Serving
from tests.fakes.inference.listed_models import ListedModels
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripted_replies import STARTED, ScriptedReplies
from tests.fakes.inference.scripts import Step

from ollamanet.domain.kernel.model_name import ModelName


class TestScriptedReplies(RepliesContract):
    @pytest.fixture
    def serving(self) -> Serving:
        def serve(script: Sequence[Step], room: int) -> Served:
            replies = ScriptedReplies(STARTED, *script, room=room)
            return Served(replies, lambda: len(replies.held))

        return serve


class TestScriptedReplica(ReplicaContract):
    @pytest.fixture
    def playing(self) -> Playing:
        @asynccontextmanager
        async def play(script: Sequence[Step]) -> AsyncIterator[ScriptedReplica]:
            replica = ScriptedReplica(*script)
            yield replica
            assert replica.open_streams == 0

        return play


class TestListedModels(ModelDirectoryContract):
    @pytest.fixture
    def listing(self) -> Listing:
        @asynccontextmanager
        async def listed(names: Collection[str] | None, resident: Collection[str]) -> AsyncIterator[ListedModels]:
            models = ListedModels(*map(ModelName.parse, names or ()))
            models.resident = {ModelName.parse(name) for name in resident}
            models.lost = names is None
            yield models

        return listed
