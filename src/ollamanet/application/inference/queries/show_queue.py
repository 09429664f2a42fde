"""How the queue stands."""

from dataclasses import dataclass

from ollamanet.application.inference.queue_status import QueueStatus, QueueWatch
from ollamanet.application.kernel.actor import ADMIN, Actor


@dataclass(frozen=True, slots=True)
class ShowQueue:
    """As the actor may see it."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class ShowQueueHandler:
    """Reads it from memory."""

    watch: QueueWatch

    async def __call__(self, query: ShowQueue) -> QueueStatus:
        """The numbers, and the caller's own requests; an administrator sees everybody's."""
        return self.watch.status(None if ADMIN in query.actor.roles else query.actor.user_id)
