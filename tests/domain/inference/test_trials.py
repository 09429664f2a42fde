"""A replica that is half open gets one request at a time, on trial."""

from tests.domain.inference.desk import BOB, QWEN, R1, R2, Desk, replica

from ollamanet.domain.inference.capacity import Health


def test_a_half_open_replica_gets_one_trial_at_a_time() -> None:
    desk = Desk(replica(slots=3))
    desk.health(R1, Health.HALF_OPEN)
    desk.many(3, "t")
    assert desk.sent == ["t1"]

    desk.finish("t1")
    assert desk.sent == ["t1", "t2"]

    desk.health(R1, Health.HEALTHY)
    assert desk.sent == ["t1", "t2", "t3"]


def test_what_a_replica_runs_from_before_does_not_stand_in_the_way_of_a_trial() -> None:
    desk = Desk(replica(slots=3))
    desk.many(1, "long")
    desk.health(R1, Health.OPEN)
    desk.health(R1, Health.HALF_OPEN)
    desk.many(2, "t")
    assert desk.sent == ["long1", "t1"]

    desk.health(R1, Health.OPEN)
    desk.health(R1, Health.HALF_OPEN)
    desk.many(1, "u")
    assert desk.sent == ["long1", "t1", "t2"]


def test_another_model_waits_for_the_trial_too() -> None:
    desk = Desk(replica(slots=3, max_loaded=2))
    desk.health(R1, Health.HALF_OPEN)
    desk.many(1, "t", model=QWEN)
    desk.many(1, "u", BOB)
    assert desk.sent == ["t1"]

    desk.health(R1, Health.HEALTHY)
    assert desk.sent == ["t1", "u1"]


def test_a_trial_that_hangs_keeps_the_replica_from_others_only_for_some_seconds() -> None:
    desk = Desk(replica(slots=3, max_loaded=2), trial=6)
    desk.health(R1, Health.HALF_OPEN)
    desk.many(2, "hangs", model=QWEN)
    desk.many(2, "t", BOB)
    assert (desk.sent, desk.scheduler.next_change()) == (["hangs1"], 6.0)

    desk.at(5.9)
    assert desk.sent == ["hangs1"]
    desk.at(6.0)
    assert len(desk.sent) == 2
    desk.at(12.0).at(18.0)
    assert sorted(desk.sent) == ["hangs1", "hangs2", "t1", "t2"]


def test_a_replica_that_is_gone_leaves_no_trial_behind() -> None:
    desk = Desk(replica(slots=3), replica(R2), trial=6)
    desk.health(R2, Health.DOWN)
    desk.health(R1, Health.HALF_OPEN)
    desk.many(2, "t")
    desk.scheduler.remove_replica(R1, desk.now)
    desk.at(7.0)
    desk.health(R2, Health.HEALTHY)
    assert desk.sent == ["t1", "t2"]
