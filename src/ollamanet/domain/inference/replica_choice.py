"""Which replica takes a ticket: one that has the model, then the conversation's, then the least work for its speed."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from ollamanet.domain.inference.capacity import Health, Replica
from ollamanet.domain.inference.decisions import Candidate
from ollamanet.domain.inference.tickets import Place, ReplicaId

# The same order as in `_rank`: the first criterion in which the best two differ is the reason.
_REASONS: Final = (
    "the others failed this request before",
    "the others are suspect or on trial",
    "it answered this conversation before, so that its prompt cache is used again",
    "it has the least work for its speed",
    "the others are as good, and later by name",
)


def _rank(replica: Replica, place: Place, home: ReplicaId | None) -> tuple[bool, bool, bool, float, str]:
    return (
        replica.spec.id == place.avoid,
        replica.health is not Health.HEALTHY,
        replica.spec.id != home,
        replica.backlog,
        replica.spec.id,
    )


def choose(replicas: Sequence[Replica], place: Place, home: ReplicaId | None) -> tuple[Replica, str]:
    """The best of some replicas, and why.

    Args:
        replicas: those with a free slot of the model, 1..n.
        place: who waits.
        home: the replica that answered the ticket's conversation last, if it is remembered.
    """
    if len(replicas) == 1:
        return replicas[0], "no other has a free slot of the model"
    # Two never rank the same, as their names differ.
    best, second, *_ = sorted(((_rank(each, place, home), each) for each in replicas), key=itemgetter(0))
    differing = next(index for index, other in enumerate(second[0]) if best[0][index] != other)
    return best[1], _REASONS[differing]


def look_at(replica: Replica, place: Place, home: ReplicaId | None) -> Candidate:
    """A replica as it is before the ticket goes anywhere, for the record."""
    model = place.ticket.model
    eligible, reason = _verdict(replica, model)
    return Candidate(replica.spec.id, eligible, reason, replica.ready(model), replica.spec.id == home, replica.backlog)


def _verdict(replica: Replica, model: str) -> tuple[bool, str]:
    if not replica.usable:
        return False, f"it is {replica.health}" + (" and has its trial" if replica.health is Health.HALF_OPEN else "")
    if model not in replica.spec.installed and not replica.ready(model):
        return False, "the model is not installed"
    if replica.leaves(model):
        return False, "the model is about to be swapped out"
    if not replica.ready(model):
        idle = [each for each in replica.loaded if each not in replica.running]
        return replica.eviction(model, idle) is not None, "the model is not loaded"
    slots, running = replica.slots(model), replica.running.get(model, 0)
    if running >= slots:
        return False, f"all {slots} slots of the model are taken"
    return True, f"{slots - running} of {slots} slots of the model are free"
