"""The fakes keep the contracts of what they stand for."""

from collections.abc import Sequence

import pytest
from tests.contracts.replies import RepliesContract, Served, Serving
from tests.fakes.inference.scripted_replies import STARTED, ScriptedReplies
from tests.fakes.inference.scripts import Step


class TestScriptedReplies(RepliesContract):
    @pytest.fixture
    def serving(self) -> Serving:
        def serve(script: Sequence[Step], room: int) -> Served:
            replies = ScriptedReplies(STARTED, *script, room=room)
            return Served(replies, lambda: len(replies.held))

        return serve
