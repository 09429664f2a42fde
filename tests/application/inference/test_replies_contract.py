"""`GenerateReplyHandler` is what the conversations module calls `Replies`."""

from collections.abc import Sequence

import pytest
from tests.application.inference.generating import Service
from tests.contracts.replies import RepliesContract, Served, Serving
from tests.fakes.inference.listed_models import LLAMA
from tests.fakes.inference.scripts import Step


class TestGenerateReply(RepliesContract):
    @pytest.fixture
    def serving(self) -> Serving:
        def serve(script: Sequence[Step], room: int) -> Served:
            service = Service(*script, depth=room - 1, models=(LLAMA,))
            return Served(service.handler, lambda: service.admission.places)

        return serve
