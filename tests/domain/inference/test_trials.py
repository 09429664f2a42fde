"""A replica that is half open gets one request of each model, on trial."""

from tests.domain.inference.desk import BOB, QWEN, R1, Desk, replica

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


def test_a_model_that_hangs_on_trial_does_not_keep_the_replica_from_others() -> None:
    desk = Desk(replica(slots=3, max_loaded=2))
    desk.health(R1, Health.HALF_OPEN)
    desk.many(2, "hangs", model=QWEN)
    desk.many(2, "t", BOB)

    assert desk.sent == ["hangs1", "t1"]
