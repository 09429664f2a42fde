"""Who goes first: users, their keys, classes of work."""

from tests.domain.inference.desk import ADA, BOB, EVE, LLAMA, Desk, replica, ticket

from ollamanet.domain.inference.tickets import WorkloadClass

BACKGROUND, BATCH, EMBEDDING = WorkloadClass.BACKGROUND, WorkloadClass.BATCH, WorkloadClass.EMBEDDING


def test_a_flood_delays_only_who_sends_it() -> None:
    desk = Desk(replica(), depth_per_user=300)
    desk.many(200, "eve", EVE)
    desk.enter(ticket("bob", BOB))

    desk.finish("eve1")

    assert desk.sent == ["eve1", "bob"]


def test_users_take_turns_and_each_is_served_in_the_order_of_asking() -> None:
    desk = Desk(replica())
    desk.many(3, "a", ADA)
    desk.many(3, "b", BOB)

    assert desk.drain() == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_turns_are_of_cost_not_of_requests() -> None:
    desk = Desk(replica())
    desk.many(3, "long", ADA, cost=300)
    desk.many(9, "short", BOB, cost=100)

    order = desk.drain()

    assert order[:9] == ["long1", "short1", "short2", "short3", "long2", "short4", "short5", "short6", "long3"]


def test_a_user_of_twice_the_weight_gets_twice_as_much() -> None:
    desk = Desk(replica())
    desk.enter(ticket("running", EVE))
    desk.many(8, "a", ADA, weight=2.0)
    desk.many(8, "b", BOB)

    first = desk.drain()[1:10]

    assert sum(name.startswith("a") for name in first) == 6


def test_what_was_taken_is_charged_in_the_end_not_what_was_expected() -> None:
    desk = Desk(replica())
    desk.many(3, "a", ADA, cost=100)
    desk.many(6, "b", BOB, cost=100)

    desk.finish("a1", tokens=300)

    assert desk.drain() == ["a1", "b1", "b2", "b3", "a2", "b4", "a3", "b5", "b6"]


def test_what_was_expected_in_vain_is_given_back() -> None:
    desk = Desk(replica())
    desk.many(4, "a", ADA, cost=300)
    desk.many(2, "b", BOB, cost=300)

    desk.finish("a1", tokens=1)
    desk.finish("b1")

    assert desk.sent == ["a1", "b1", "a2"]


def test_being_idle_earns_no_credit() -> None:
    desk = Desk(replica())
    desk.many(10, "a", ADA)
    for number in range(1, 6):
        desk.finish(f"a{number}")

    desk.many(10, "b", BOB)

    assert desk.drain()[6:12] == ["b1", "a7", "b2", "a8", "b3", "a9"]


def test_asking_for_one_thing_at_a_time_does_not_undo_what_was_charged() -> None:
    desk = Desk(replica())
    desk.enter(ticket("huge1", EVE, cost=500))
    desk.many(8, "a", ADA, cost=100)
    desk.finish("huge1")

    desk.enter(ticket("huge2", EVE, cost=500))

    assert desk.drain()[:8] == ["huge1", "a1", "a2", "a3", "a4", "a5", "huge2", "a6"]


def test_keys_of_one_user_share_what_is_his() -> None:
    desk = Desk(replica())
    desk.many(4, "job", ADA, key="ci")
    desk.many(2, "chat", ADA, key="laptop")
    desk.many(3, "b", BOB)

    assert desk.drain() == ["job1", "b1", "chat1", "b2", "job2", "b3", "chat2", "job3", "job4"]


def test_classes_share_by_weight() -> None:
    desk = Desk(replica())
    desk.enter(ticket("running", EVE))
    desk.many(40, "batch", ADA, workload=BATCH)
    desk.many(40, "chat", BOB)

    served = desk.drain(0.01)[1:35]

    assert sum(name.startswith("batch") for name in served) in {2, 3}


def test_a_class_that_got_nothing_for_long_goes_first() -> None:
    desk = Desk(replica())
    desk.enter(ticket("running", EVE))
    desk.many(2, "titles", ADA, workload=BACKGROUND, cost=10_000)
    desk.many(60, "chat", BOB)
    desk.finish("running")
    desk.finish(desk.sent[-1])
    order = desk.drain(1.0)

    second = order.index("titles2")
    assert second - order.index("titles1") <= 31


def test_background_work_leaves_a_slot_for_people() -> None:
    desk = Desk(replica(slots=3))
    desk.many(5, "title", ADA, workload=BACKGROUND)
    assert desk.sent == ["title1", "title2"]

    desk.enter(ticket("chat", BOB))

    assert desk.sent == ["title1", "title2", "chat"]


def test_embeddings_are_let_into_the_reserved_slot() -> None:
    desk = Desk(replica(slots=2))
    desk.many(2, "e", ADA, workload=EMBEDDING)

    assert desk.sent == ["e1", "e2"]


def test_a_reserved_slot_is_given_away_when_a_class_has_aged() -> None:
    desk = Desk(replica(slots=2))
    desk.many(3, "title", ADA, workload=BACKGROUND)
    assert desk.sent == ["title1"]

    desk.at(31)

    assert desk.sent == ["title1", "title2"]


def test_the_only_slot_is_not_reserved() -> None:
    desk = Desk(replica(slots=1))

    desk.many(1, "title", ADA, workload=BATCH)

    assert desk.sent == ["title1"]


def test_a_ticket_that_failed_elsewhere_goes_before_what_its_user_sent_later() -> None:
    desk = Desk(replica())
    desk.many(3, "a", ADA)

    desk.retry("a1")

    assert desk.drain() == ["a1", "a1", "a2", "a3"]


def test_nothing_is_remembered_of_users_when_nobody_waits_or_runs() -> None:
    desk = Desk(replica())
    for number in range(20):
        desk.enter(ticket(f"t{number}", (ADA, BOB, EVE)[number % 3]))
        desk.finish(f"t{number}")

    queue = desk.scheduler._room.queue(LLAMA)._classes[WorkloadClass.INTERACTIVE]
    assert queue.users == 0


def test_what_was_taken_beyond_the_estimate_is_owed_however_long_it_took() -> None:
    desk = Desk(replica(slots=2))
    desk.enter(ticket("long", EVE, cost=1))
    desk.many(40, "a", ADA, cost=10)
    for number in range(1, 10):
        desk.finish(f"a{number}")
        desk.enter(ticket(f"b{number}", BOB))
        desk.cancel(f"b{number}")

    desk.finish("long", tokens=200)
    desk.enter(ticket("again", EVE, cost=1))
    order = desk.drain()

    # 11 of Ada's were dispatched by then, of 10 tokens each; by her 20th both have had 200.
    assert order.index("again") - order.index("a20") in {1, 2}
