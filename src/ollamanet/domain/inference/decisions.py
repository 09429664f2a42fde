"""What the scheduler decides, and why, in a form that can be shown."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ollamanet.domain.inference.tickets import ReplicaId, Ticket
from ollamanet.domain.kernel.ids import RequestId, UserId


class Load(StrEnum):
    """What has to happen to the model before the request can run."""

    RESIDENT = "resident"
    COLD_LOAD = "cold_load"
    SWAP = "swap"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A replica, as it was looked at.

    Attributes:
        replica: which.
        eligible: it could have taken the ticket.
        reason: why not, or what it had to offer.
        resident: the model was in its memory.
        affinity: it answered this conversation before.
        backlog: seconds of work that it had, for one slot.
    """

    replica: ReplicaId
    eligible: bool
    reason: str
    resident: bool
    affinity: bool
    backlog: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a ticket went where it did.

    Attributes:
        ticket: which.
        user: whose it is.
        replica: where.
        at: seconds.
        waited: seconds since it entered.
        load: what happened to the model.
        evicted: the models that had to go for it.
        reasons: sentences, the weightiest first.
        candidates: every replica there was.
    """

    ticket: RequestId
    user: UserId
    replica: ReplicaId
    at: float
    waited: float
    load: Load
    evicted: tuple[str, ...]
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Dispatched:
    """Send it: the ticket has a slot until it gives it back, or somewhat past its deadline."""

    ticket: Ticket
    replica: ReplicaId
    load: Load
    evicted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expired:
    """Refuse it: its time to wait is over."""

    ticket: Ticket
    waited: float


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """Stop it: the slot was not given back in time, and goes to others."""

    ticket: Ticket
    replica: ReplicaId


Effect = Dispatched | Expired | LeaseLost


class DecisionLog:
    """The newest decisions, by ticket."""

    def __init__(self, capacity: int) -> None:
        """Remember at most `capacity`."""
        self._capacity = capacity
        self._decisions: OrderedDict[RequestId, Decision] = OrderedDict()

    def add(self, decision: Decision) -> None:
        """Remember it, and forget the oldest if there are too many."""
        self._decisions[decision.ticket] = decision
        self._decisions.move_to_end(decision.ticket)
        if len(self._decisions) > self._capacity:
            self._decisions.popitem(last=False)

    def newest_first(self) -> Iterator[Decision]:
        """All that are remembered."""
        return reversed(self._decisions.values())

    def of(self, ticket: RequestId) -> Decision | None:
        """The last one about a ticket, if it is remembered."""
        return self._decisions.get(ticket)
