"""Places, predicted waits, and what else can be seen."""

import pytest
from tests.domain.inference.desk import ADA, BOB, EVE, LLAMA, QWEN, R1, Desk, replica, ticket

from ollamanet.domain.inference.tickets import WorkloadClass


def warm(**policy) -> Desk:
    """One slot of a loaded model at 10 tokens per second."""
    desk = Desk(replica(), **policy)
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    return desk


def test_the_wait_is_predicted_from_what_was_measured() -> None:
    desk = warm()
    desk.many(4, "t", cost=100)
    assert [desk.view.standing(f"t{number}").wait for number in (2, 3, 4)] == [10, 20, 30]

    desk.at(5).finish("t1", tokens=200)

    # 10 tokens/s were 40 once (10 + 0.2 * 30), and the one estimate that was measured was half of what came.
    assert desk.view.standing("t3").wait == pytest.approx(100 * 2 / 16)
    assert desk.view.standing("t2") is None


def test_for_a_model_that_is_not_loaded_the_wait_holds_its_load() -> None:
    desk = Desk(replica(slots=2), load_seconds=10, patience=20)
    desk.many(1, "t")
    desk.many(3, "q", BOB, QWEN)

    assert [desk.view.standing(f"q{number}").wait for number in (1, 2, 3)] == [30, 30, 35]


def test_positions_count_classes_by_their_weight() -> None:
    desk = warm()
    desk.many(40, "chat", ADA)
    desk.many(2, "batch", BOB, workload=WorkloadClass.BATCH)
    desk.many(1, "eve", EVE)

    assert [desk.view.standing(name).position for name in ("batch1", "batch2", "eve1", "chat2")] == [17, 34, 2, 2]


def test_what_can_be_seen() -> None:
    desk = warm()
    assert desk.view.oldest_wait(3) == 0
    desk.many(3, "t", size=2)
    desk.enter(ticket("b", BOB, QWEN, workload=WorkloadClass.BATCH))

    assert (desk.view.waiting, desk.view.in_flight, desk.view.waiting_bytes) == (3, 1, 4)
    assert set(desk.view.depths()) == {(LLAMA, WorkloadClass.INTERACTIVE, 2), (QWEN, WorkloadClass.BATCH, 1)}
    assert desk.view.oldest_wait(3) == 3
    assert (desk.view.replica_of("t1"), desk.view.replica_of("t2")) == (R1, None)


def test_only_so_many_models_are_remembered() -> None:
    names = [f"m{number}" for number in range(100)]
    desk = Desk(replica(installed=dict.fromkeys(names, 1)))
    for name in names:
        desk.enter(ticket(name, model=name))
        desk.finish(name)

    assert len(desk.scheduler._room._queues) <= 64
