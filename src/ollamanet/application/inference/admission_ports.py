"""Who gets a slot: what a request needs of the queue."""

from dataclasses import dataclass
from typing import Protocol

from ollamanet.domain.inference.tickets import ReplicaId, Ticket
from ollamanet.domain.kernel.reply import Queued


@dataclass(frozen=True, slots=True)
class Grant:
    """A slot.

    Attributes:
        replica: whose.
        cold_load: the model has to be loaded there first, as far as is known.
    """

    replica: ReplicaId
    cold_load: bool


class Place(Protocol):
    """A place in the queue, then a slot; whoever has it gives it back with `leave`."""

    @property
    def grant(self) -> Grant | None:
        """The slot that it has become; None while it waits."""
        ...

    @property
    def expired(self) -> bool:
        """It waited as long as it may, and will get no slot."""
        ...

    def status(self) -> Queued:
        """Where it stands while it waits."""
        ...

    async def wait(self, timeout: float) -> None:
        """Wait until there is a slot or none will be, at most `timeout` seconds (> 0)."""
        ...

    def move(self) -> bool:
        """Give a slot whose replica failed back and wait for one elsewhere, before those who came later.

        Returns:
            False, and the slot is kept, where no other replica could take the request.
        """
        ...

    def leave(self, *, tokens: int | None = None, answered: bool = False) -> None:
        """Give the place or slot back; idempotent, synchronous, safe in a cancelled task.

        Args:
            tokens: work it took, in the unit of `Ticket.cost`, charged instead of the estimate; None leaves that.
            answered: it came to its end, so that its time can be learned from.
        """
        ...


class Admission(Protocol):
    """Who may run now, who waits, who is refused."""

    def enter(self, ticket: Ticket) -> Place:
        """Take a slot if one is free, else a place in the queue.

        Raises:
            ModelNotFound: no replica has the model.
            NoHealthyReplica: none that has it takes work.
            QueueFull: as many wait as may; `retry_after` is predicted from measured rates.
            DeadlineUnmeetable: the wait would be longer than the request has.
            ShuttingDown: no new work is taken.
        """
        ...
