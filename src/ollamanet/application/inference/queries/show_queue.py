"""How the queue stands."""

from dataclasses import dataclass, replace

from ollamanet.application.inference.queue_status import QueueStatus, QueueWatch
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ShowQueue:
    """As the actor may see it."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class ShowQueueHandler:
    """Reads it from memory."""

    watch: QueueWatch

    async def __call__(self, query: ShowQueue) -> QueueStatus:
        """The numbers, the lines of models that the caller is told about, and his own requests.

        Who may see the system sees everybody's.
        """
        actor = query.actor
        if actor.may(Permission.SYSTEM_READ):
            return self.watch.status(None)
        status = self.watch.status(actor.user_id)
        return replace(status, lines=[line for line in status.lines if actor.sees(line.model)])
