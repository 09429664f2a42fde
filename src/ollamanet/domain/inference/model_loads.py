"""Model-swap economy: when a model that is not loaded may be, where, and who has to go for it.

- Free memory is used at once.
- A model that is loaded nowhere takes the place of an idle one that nobody waits for, at once.
- A model that is wanted stays until the patience of one that is loaded nowhere has run out and it has stayed as long
  as it may; then it takes no more work, and goes as soon as it is idle (a claim).
- A further copy of a model that is loaded somewhere takes only the place of one that nobody waits for, and only when
  the model got no slot for as long as the patience lasts.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ollamanet.domain.inference.capacity import Claim, Health, Replica


@dataclass(frozen=True, slots=True)
class Need:
    """A model for which tickets wait and no slot is free.

    Attributes:
        model: which.
        elsewhere: it is loaded on some usable replica, all slots taken.
        overdue: its patience has run out.
        wanted: all models for which tickets wait.
        now: seconds.
        least_stay: seconds that a wanted model stays at least.
    """

    model: str
    elsewhere: bool
    overdue: bool
    wanted: AbstractSet[str]
    now: float
    least_stay: float


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Load the model there, in the place of those."""

    replica: Replica
    evicted: tuple[str, ...]


def plan_load(replicas: Iterable[Replica], need: Need) -> LoadPlan | None:
    """The best way to load the model now, if it may be."""
    plans = [
        LoadPlan(replica, evicted)
        for replica in replicas
        if _open_to(replica, need.model) and (evicted := _evicted(replica, need)) is not None
    ]
    return min(plans, key=lambda plan: _cost_of(plan, need), default=None)


def _open_to(replica: Replica, model: str) -> bool:
    free_of_claims = replica.claim is None or replica.claim.model == model
    return replica.usable and free_of_claims and replica.could_load(model)


def _evicted(replica: Replica, need: Need) -> tuple[str, ...] | None:
    idle = sorted((each for each in replica.loaded if each not in replica.running), key=lambda m: (replica.used[m], m))
    leaving = [each for each in idle if replica.leaves(each)]
    unwanted = [each for each in idle if each not in need.wanted and each not in leaving]
    if need.elsewhere and not need.overdue:
        return replica.eviction(need.model, ())
    if need.elsewhere or not need.overdue:
        return replica.eviction(need.model, unwanted)
    settled = [each for each in idle if each in need.wanted and each not in leaving and _settled(replica, each, need)]
    return replica.eviction(need.model, [*leaving, *unwanted, *settled])


def _settled(replica: Replica, model: str, need: Need) -> bool:
    # The same sum as the time at which the scheduler asks to be woken for it, or rounding could make it sleep on.
    return replica.loaded[model] + need.least_stay <= need.now


def _cost_of(plan: LoadPlan, need: Need) -> tuple[bool, int, int, float, str]:
    wanted = sum(model in need.wanted for model in plan.evicted)
    replica = plan.replica
    return replica.health is not Health.HEALTHY, wanted, len(plan.evicted), replica.backlog, replica.spec.id


def claim(replicas: Iterable[Replica], need: Need) -> bool:
    """Mark models that shall go for an overdue one; whether that was possible. Where least has to be waited for."""
    offers = []
    for replica in replicas:
        if replica.claim is not None or not _open_to(replica, need.model):
            continue
        settled = [each for each in replica.loaded if _settled(replica, each, need)]
        settled.sort(key=lambda each: (each in need.wanted, replica.running.get(each, 0), replica.used[each], each))
        leaving = replica.eviction(need.model, settled)
        if leaving is not None:
            busy = sum(replica.running.get(each, 0) for each in leaving)
            offers.append(
                ((replica.health is not Health.HEALTHY, busy, replica.backlog, replica.spec.id), replica, leaving)
            )
    if not offers:
        return False
    _, chosen, leaving = min(offers, key=lambda offer: offer[0])
    chosen.claim = Claim(need.model, leaving)
    return True
