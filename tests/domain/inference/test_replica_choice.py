"""Where tickets go, and what is said about it."""

import pytest
from tests.domain.inference.desk import BOB, LLAMA, QWEN, R1, R2, Desk, replica, ticket

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.decisions import Load
from ollamanet.domain.inference.tickets import ReplicaId, WorkloadClass


def both(**policy) -> Desk:
    """Two replicas with two slots of a loaded model; the second is twice as fast."""
    desk = Desk(replica(slots=2), replica(R2, slots=2, speed=20.0), **policy)
    for name in (R1, R2):
        desk.scheduler.loaded_changed(name, {LLAMA}, 0)
    return desk


def reason(desk: Desk, name: str) -> str:
    return desk.view.decision(name).reasons[0]


def test_a_loaded_model_is_preferred_to_an_idle_replica() -> None:
    desk = Desk(replica(slots=2), replica(R2, slots=2))
    desk.scheduler.loaded_changed(R2, {LLAMA}, 0)

    desk.many(2, "t")

    assert {desk.where[name].replica for name in ("t1", "t2")} == {R2}
    assert reason(desk, "t1") == "the model is loaded; no other has a free slot of the model"


def test_a_conversation_goes_back_to_where_its_prompt_is_cached() -> None:
    desk = both()
    desk.enter(ticket("first", affinity="chat"))
    desk.enter(ticket("other", cost=1000, affinity="chat"))
    assert {desk.where[name].replica for name in ("first", "other")} == {R1}
    desk.finish("first")

    desk.enter(ticket("again", affinity="chat"))

    assert desk.where["again"].replica == R1
    assert "prompt cache" in reason(desk, "again")


def test_but_it_does_not_wait_for_it() -> None:
    desk = both()
    desk.many(3, "t", affinity="chat")

    assert [desk.where[f"t{number}"].replica for number in (1, 2, 3)] == [R1, R1, R2]


def test_only_so_many_conversations_are_remembered() -> None:
    desk = both(affinities=1)
    desk.enter(ticket("a", affinity="one"))
    desk.enter(ticket("b", affinity="two"))
    desk.finish("a")
    desk.enter(ticket("c", cost=1, affinity="one"))

    assert "prompt cache" not in reason(desk, "c")


def test_else_the_least_work_for_its_speed_decides() -> None:
    desk = both()
    desk.many(3, "t", cost=100)

    assert [desk.where[f"t{number}"].replica for number in (1, 2, 3)] == [R1, R2, R2]
    assert reason(desk, "t3").endswith("it has the least work for its speed")
    assert reason(desk, "t1").endswith("the others are as good, and later by name")


def test_a_suspect_replica_is_the_last_resort() -> None:
    desk = both()
    desk.health(R1, Health.SUSPECT)
    desk.many(3, "t")

    assert [desk.where[f"t{number}"].replica for number in (1, 2, 3)] == [R2, R2, R1]
    assert "suspect" in reason(desk, "t1")


@pytest.mark.parametrize("health", [Health.OPEN, Health.DRAINING, Health.DOWN])
def test_others_get_no_work(health: Health) -> None:
    desk = both()
    desk.many(1, "running")
    desk.health(R1, health)
    desk.many(3, "t")

    assert [desk.where[f"t{number}"].replica for number in (1, 2)] == [R2, R2]
    assert "t3" not in desk.sent
    looked = desk.view.decision("t1").candidates[0]
    assert (looked.replica, looked.eligible, looked.reason) == (R1, False, f"it is {health}")
    desk.finish("running1")


def test_a_failed_request_goes_to_another_replica() -> None:
    desk = both()
    desk.enter(ticket("t"))
    assert desk.where["t"].replica == R1

    desk.retry("t")

    assert desk.where["t"].replica == R2
    assert "failed this request" in reason(desk, "t")


def test_a_removed_replica_finishes_what_it_has_and_is_forgotten() -> None:
    desk = both()
    desk.many(2, "t")
    desk.scheduler.remove_replica(R1, 1)
    desk.scheduler.health_changed(R1, Health.HEALTHY, 1)
    desk.scheduler.loaded_changed(R1, {QWEN}, 1)
    assert [each.spec.id for each in desk.view.replicas()] == [R1, R2]

    desk.finish("t1")

    assert [each.spec.id for each in desk.view.replicas()] == [R2]
    desk.scheduler.remove_replica(R1, 2)
    desk.scheduler.remove_replica(ReplicaId("never"), 2)


def test_a_replica_that_comes_back_has_what_it_had() -> None:
    desk = both()
    desk.many(1, "t")
    desk.scheduler.remove_replica(R1, 1)
    desk.scheduler.put_replica(replica(slots=1), 1)
    desk.many(2, "u")

    assert {desk.where[name].replica for name in ("u1", "u2")} == {R2}
    desk.finish("t1")
    assert len(desk.view.replicas()) == 2


def test_a_new_replica_takes_what_waits() -> None:
    desk = Desk(replica())
    desk.many(2, "t")
    desk.scheduler.put_replica(replica(R2), 1)
    desk.collect()

    assert desk.where["t2"].replica == R2


def test_speed_is_smoothed_from_what_ends_well() -> None:
    desk = Desk(replica(speed=10.0))
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.many(2, "t")
    desk.at(5).finish("t1", tokens=100)
    assert desk.view.replicas()[0].speed == pytest.approx(12)

    desk.at(6).finish("t2", tokens=100, ok=False)
    assert desk.view.replicas()[0].speed == pytest.approx(12)


def test_the_time_of_a_load_is_not_taken_for_slowness() -> None:
    desk = Desk(replica(speed=10.0))
    desk.many(1, "t")
    desk.at(100).finish("t1", tokens=100)

    assert desk.view.replicas()[0].speed == 10


def test_what_is_said_of_every_candidate() -> None:
    desk = Desk(
        replica(slots=2),
        replica(R2, slots=1, installed={QWEN: 1}),
        replica(ReplicaId("r3")),
        replica(ReplicaId("r4")),
    )
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.scheduler.loaded_changed(ReplicaId("r4"), {LLAMA}, 0)
    desk.enter(ticket("a", affinity="c"), ticket("b"), ticket("t", affinity="c"))

    decision = desk.view.decision("t")
    assert [each.reason for each in decision.candidates] == [
        "1 of 2 slots of the model are free",
        "the model is not installed",
        "the model is not loaded",
        "all 1 slots of the model are taken",
    ]
    assert [each.eligible for each in decision.candidates] == [True, False, True, False]
    assert [each.affinity for each in decision.candidates] == [True, False, False, False]
    assert decision.candidates[0].backlog == 10
    assert (decision.replica, decision.load, decision.waited) == (R1, Load.RESIDENT, 0)


def test_only_so_many_decisions_are_remembered() -> None:
    desk = Desk(replica(slots=9), decisions=2)
    desk.many(3, "t")

    assert [desk.view.decision(f"t{number}") is None for number in (1, 2, 3)] == [True, False, False]


def test_a_slot_is_not_held_long_past_the_deadline() -> None:
    desk = Desk(replica(), lease_grace=5)
    desk.enter(ticket("t1", deadline=30.0), ticket("t2"))
    desk.at(34.9)
    assert desk.lost == []

    desk.at(35)

    assert desk.lost == ["t1"]
    assert desk.sent == ["t1", "t2"]
    assert not desk.scheduler.finish("t1", 36, tokens=1, ok=True)
    assert not desk.scheduler.retry("t1", 36)


def test_reserved_slots_are_counted_over_all_replicas() -> None:
    desk = both()
    desk.many(4, "title", BOB, workload=WorkloadClass.BACKGROUND)

    assert desk.view.in_flight == 3
