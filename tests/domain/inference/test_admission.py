"""What is refused at entry, and what is said then."""

from math import inf

import pytest
from tests.domain.inference.desk import ADA, BOB, EVE, LLAMA, QWEN, R1, Desk, replica, ticket

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import (
    DeadlineUnmeetable,
    ModelNotFound,
    NoHealthyReplica,
    QueueFull,
    TooManyInFlight,
)
from ollamanet.domain.inference.tickets import WorkloadClass


def warm(**policy) -> Desk:
    """One slot of a loaded model at 10 tokens per second."""
    desk = Desk(replica(), **policy)
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    return desk


def test_the_queue_is_bounded() -> None:
    desk = warm(depth=2)
    desk.many(3, "t")

    with pytest.raises(QueueFull, match="2 requests wait already") as refused:
        desk.enter(ticket("late", BOB))

    assert refused.value.retry_after == 20
    assert desk.scheduler.refusals == {"queue_full": 1}
    assert desk.view.waiting == 2


def test_each_user_has_his_own_bound() -> None:
    desk = warm(depth_per_user=1)
    desk.many(2, "t")

    with pytest.raises(TooManyInFlight) as refused:
        desk.enter(ticket("late"))
    desk.enter(ticket("bob", BOB))

    assert refused.value.retry_after == 20
    assert desk.view.waiting == 2


def test_the_bytes_that_wait_are_bounded() -> None:
    desk = warm(size=100)
    desk.enter(ticket("a", size=90), ticket("b", size=90))
    with pytest.raises(QueueFull, match="hold 90 bytes"):
        desk.enter(ticket("c", size=11))

    desk.finish("a")
    desk.enter(ticket("d", size=90))

    assert desk.view.waiting_bytes == 90


def test_a_free_slot_is_given_even_when_nothing_may_wait() -> None:
    desk = Desk(replica(max_loaded=2), depth=0)
    desk.enter(ticket("a"), ticket("b", model=QWEN))

    with pytest.raises(QueueFull):
        desk.enter(ticket("c"))

    assert desk.sent == ["a", "b"]


def test_a_slot_that_is_only_reserved_is_not_free_for_background_work() -> None:
    desk = Desk(replica(slots=2), depth=0)
    desk.many(1, "title", workload=WorkloadClass.BACKGROUND)

    with pytest.raises(QueueFull):
        desk.enter(ticket("more", workload=WorkloadClass.BACKGROUND))
    desk.enter(ticket("chat"))

    assert desk.sent == ["title1", "chat"]


def test_a_deadline_that_cannot_be_met_is_refused_before_the_wait() -> None:
    desk = warm()
    desk.many(3, "t")

    with pytest.raises(DeadlineUnmeetable, match=r"after 40 s, which is 10\.0 s too late") as refused:
        desk.enter(ticket("t4", deadline=30.0))
    desk.enter(ticket("t5", deadline=40.0))

    assert refused.value.retry_after == 10


def test_so_is_a_wait_longer_than_allowed() -> None:
    desk = warm()
    desk.many(3, "t")

    with pytest.raises(DeadlineUnmeetable) as refused:
        desk.enter(ticket("t4", start_by=29.5))
    desk.enter(ticket("t5", start_by=30.0))

    assert refused.value.retry_after == 1


def test_the_work_itself_may_be_too_long() -> None:
    with pytest.raises(DeadlineUnmeetable):
        warm().enter(ticket("t", cost=1000, deadline=99.0))


def test_the_load_of_a_model_takes_time_too() -> None:
    desk = Desk(replica(), load_seconds=10)

    with pytest.raises(DeadlineUnmeetable):
        desk.enter(ticket("t", cost=100, deadline=19.0))
    desk.enter(ticket("u", cost=100, deadline=20.0))


def test_a_light_user_is_not_told_the_flooders_wait() -> None:
    desk = warm(depth_per_user=300)
    desk.many(200, "eve", EVE)

    desk.enter(ticket("bob", BOB, start_by=25.0))

    assert desk.view.standing("bob").position == 2
    assert desk.view.standing("eve200").position > 199


def test_a_model_that_nobody_has_is_unknown() -> None:
    with pytest.raises(ModelNotFound):
        warm().enter(ticket("t", model="other:latest"))


def test_without_a_replica_that_takes_work_there_is_nothing_to_wait_for() -> None:
    desk = warm(retry_after=7)
    desk.health(R1, Health.OPEN)

    with pytest.raises(NoHealthyReplica) as refused:
        desk.enter(ticket("t"))

    assert refused.value.retry_after == 7


def test_what_waits_goes_on_when_the_replica_is_back() -> None:
    desk = warm()
    desk.many(2, "t")
    desk.health(R1, Health.DOWN)
    desk.finish("t1", ok=False)
    assert desk.view.standing("t2").wait == inf

    desk.health(R1, Health.HEALTHY)

    assert desk.sent == ["t1", "t2"]


def test_where_nothing_can_be_predicted_a_fixed_time_is_named() -> None:
    desk = Desk(replica(speed=None), depth=1, retry_after=7)
    desk.enter(ticket("runs"), ticket("waits", deadline=5000.0))

    with pytest.raises(QueueFull) as refused:
        desk.enter(ticket("late", EVE))

    assert refused.value.retry_after == 7


def test_an_id_is_alive_once() -> None:
    desk = warm()
    desk.many(2, "t")

    for name in ("t1", "t2"):
        with pytest.raises(ValueError, match="entered already"):
            desk.enter(ticket(name))
    desk.cancel("t2")
    desk.enter(ticket("t2"))

    assert desk.view.waiting == 1


@pytest.mark.parametrize("wrong", [{"cost": 0}, {"size": -1}, {"weight": 0.0}, {"weight": inf}])
def test_nothing_is_free_of_charge(wrong: dict) -> None:
    with pytest.raises(ValueError, match="are needed"):
        ticket("t", **wrong)


def test_a_refusal_lets_nothing_that_is_due_be_forgotten() -> None:
    desk = warm(depth=1, lease_grace=5)
    desk.enter(ticket("t1", deadline=6.0, cost=10), ticket("t2"))
    desk.now = 11.0

    with pytest.raises(ModelNotFound):
        desk.enter(ticket("late", model="other:latest"))
    desk.collect()

    assert (desk.lost, desk.sent) == (["t1"], ["t1", "t2"])


def test_who_waits_too_long_is_expired_and_all_is_given_back() -> None:
    desk = warm()
    desk.many(1, "t")
    desk.enter(ticket("a", start_by=12.0, size=5), ticket("b", BOB, deadline=31.0), ticket("c", ADA))

    desk.at(12)
    assert desk.expired == ["a"]
    desk.at(31)
    assert desk.expired == ["a", "b"]

    assert (desk.view.waiting, desk.view.waiting_bytes) == (1, 0)


def test_a_retry_waits_by_the_deadline_of_the_whole_request_only() -> None:
    desk = warm()
    desk.enter(ticket("t", start_by=5.0, deadline=50.0))
    desk.health(R1, Health.OPEN)
    desk.now = 6.0
    desk.retry("t")

    desk.at(49)
    assert desk.expired == []
    desk.at(50)
    assert desk.expired == ["t"]


def test_cancelling_frees_the_place_or_the_slot() -> None:
    desk = warm()
    desk.many(3, "t")
    desk.cancel("t2")
    desk.cancel("t1")

    assert desk.sent == ["t1", "t3"]
    assert not desk.scheduler.cancel("t1", 0)


def test_time_does_not_run_backwards() -> None:
    desk = warm()
    desk.at(10).many(1, "t")
    desk.now = 5.0
    desk.many(1, "u")

    assert desk.view.oldest_wait(10) == 0
