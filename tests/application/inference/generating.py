"""One service with one replica, and ways to hear what it says."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from tests.contracts.replies import a_request
from tests.fakes.inference.listed_models import LLAMA, QWEN, ListedModels
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import Step
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.application.inference.commands.generate_reply import AdmittedReply, GenerateReplyHandler, ReplyBounds
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import ReplyEvent
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission

USUAL = ReplyBounds()


class Service:
    """A handler and everything behind it."""

    def __init__(
        self,
        *script: Step,
        slots: int = 1,
        depth: int = 9,
        bounds: ReplyBounds = USUAL,
        default: ModelName | None = None,
        models: Sequence[ModelName] = (LLAMA, QWEN),
    ) -> None:
        self.clock = LoopClock()
        self.admission = BoundedAdmission(AdmissionBounds(slots, depth, per_user=99), self.clock)
        self.models = ListedModels(*models)
        self.replica = ScriptedReplica(*script)
        self.handler = GenerateReplyHandler(
            self.admission, self.models, self.replica, self.clock, bounds, default_model=default
        )

    @property
    def in_use(self) -> tuple[int, int, int, int]:
        """Running, waiting, users with either, connections to the replica."""
        return (self.admission.running, self.admission.waiting, self.admission.users, self.replica.open_streams)

    def admit(self, *, user: int = 1, timeout: float | None = None) -> AdmittedReply:
        return self.handler.admit(replace(a_request(user), user=UserId(UUID(int=user)), timeout=timeout))


NOTHING = (0, 0, 0, 0)


class Listener:
    """Hears one reply in a task of its own; knows when each event came, in seconds from the start."""

    def __init__(self, reply: AdmittedReply) -> None:
        self.heard: list[tuple[float, ReplyEvent]] = []
        self._began = asyncio.get_running_loop().time()
        self.task = asyncio.ensure_future(self._listen(reply))

    async def _listen(self, reply: AdmittedReply) -> None:
        async with aclosing(reply.events()) as events:
            async for batch in events:
                passed = asyncio.get_running_loop().time() - self._began
                self.heard += [(round(passed, 3), event) for event in batch]

    @property
    def events(self) -> list[ReplyEvent]:
        return [event for _, event in self.heard]
