"""`GenerateReplyHandler` is what the conversations module calls `Replies`."""

from collections.abc import Sequence

import pytest
from tests.contracts.replies import RepliesContract, Served, Serving
from tests.fakes.inference.listed_models import LLAMA, ListedModels
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.inference.commands.generate_reply import GenerateReplyHandler, ReplyBounds
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission


class TestGenerateReply(RepliesContract):
    @pytest.fixture
    def serving(self) -> Serving:
        def serve(script: Sequence[Step], room: int) -> Served:
            clock = LoopClock()
            admission = BoundedAdmission(AdmissionBounds(1, room - 1, room), clock)
            handler = GenerateReplyHandler(
                admission, ListedModels(LLAMA), ScriptedReplica(*script), clock, ReplyBounds()
            )
            return Served(handler, lambda: admission.running + admission.waiting)

        return serve
