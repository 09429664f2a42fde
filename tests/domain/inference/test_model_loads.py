"""When models are loaded, and which have to go."""

from tests.domain.inference.desk import ADA, BOB, EVE, LLAMA, NOMIC, QWEN, R1, R2, Desk, replica, ticket

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.decisions import Load
from ollamanet.domain.inference.replica_choice import look_at
from ollamanet.domain.inference.tickets import Place


def test_free_memory_is_used_at_once() -> None:
    desk = Desk(replica(max_loaded=2))
    desk.enter(ticket("a"), ticket("b", model=QWEN))

    assert [desk.where[name].load for name in ("a", "b")] == [Load.COLD_LOAD, Load.COLD_LOAD]
    assert (desk.view.cold_loads, desk.view.swaps) == (2, 0)


def test_a_model_that_nobody_waits_for_goes_at_once() -> None:
    desk = Desk(replica())
    desk.enter(ticket("a"))
    desk.finish("a")

    desk.enter(ticket("b", model=QWEN))

    assert (desk.where["b"].load, desk.where["b"].evicted) == (Load.SWAP, (LLAMA,))
    assert desk.loaded() == {QWEN}
    assert desk.view.swaps == 1


def test_a_model_in_use_is_never_evicted() -> None:
    desk = Desk(replica())
    desk.enter(ticket("a"), ticket("b", model=QWEN))
    desk.at(500)

    assert desk.sent == ["a"]
    desk.finish("a")
    assert desk.sent == ["a", "b"]


def test_a_wanted_model_stays_until_patience_has_run_out() -> None:
    desk = Desk(replica(), patience=20)
    desk.many(30, "llama", ADA)
    desk.enter(ticket("qwen", BOB, QWEN))
    for second in range(1, 20):
        desk.at(second).finish(f"llama{second}")
    assert "qwen" not in desk.sent

    desk.at(20).finish("llama20")

    assert desk.sent[-1] == "qwen"
    assert "as long as the patience lasts" in desk.view.decision("qwen").reasons[0]


def test_patience_does_not_depend_on_being_woken_in_time() -> None:
    desk = Desk(replica(), patience=20, least_stay=10)
    desk.many(60, "llama", ADA)
    desk.many(20, "qwen", BOB, QWEN)
    desk.many(20, "nomic", EVE, NOMIC)
    for desk.now in range(1, 46):
        desk.finish(desk.running()[0])

    kinds = [name.rstrip("0123456789") for name in desk.sent]
    assert [kinds.count(kind) for kind in ("llama", "nomic", "qwen")] == [20 + 6, 10, 10]


def test_who_had_to_go_is_patient_from_then_on() -> None:
    desk = Desk(replica(), patience=20, least_stay=0)
    desk.many(2, "llama", ADA)
    desk.many(60, "qwen", BOB, QWEN)
    desk.at(100).finish("llama1")
    for second in range(101, 120):
        desk.at(second).finish(desk.running()[0])
    assert desk.sent[2:] == [f"qwen{number}" for number in range(2, 21)]

    desk.at(120).finish("qwen20")

    assert desk.sent[-1] == "llama2"


def test_it_stays_its_least_time_even_when_others_have_lost_their_patience() -> None:
    desk = Desk(replica(), patience=20, least_stay=10)
    desk.many(60, "llama", ADA)
    desk.many(20, "qwen", BOB, QWEN)
    desk.many(20, "nomic", EVE, NOMIC)
    for second in range(1, 46):
        desk.at(second).finish(desk.running()[0])

    kinds = [name.rstrip("0123456789") for name in desk.sent]
    turns = [kind for kind, before in zip(kinds, ["", *kinds], strict=False) if kind != before]
    assert turns == ["llama", "nomic", "qwen", "llama"]
    assert desk.view.swaps == 3
    assert [kinds.count(kind) for kind in ("nomic", "qwen")] == [10, 10]


def test_a_model_that_has_to_go_takes_no_more_work_though_slots_of_it_are_free() -> None:
    desk = Desk(replica(slots=2), patience=20)
    desk.many(10, "llama", ADA)
    desk.enter(ticket("qwen", BOB, QWEN))
    desk.at(20).finish("llama1")
    assert desk.sent == ["llama1", "llama2"]
    [busy] = desk.view.replicas()
    assert look_at(busy, Place(ticket("x"), 99, 20), None).reason == "the model is about to be swapped out"

    desk.finish("llama2")

    assert desk.sent[2:] == ["qwen"]


def test_the_claim_ends_when_nobody_waits_for_the_model_any_more() -> None:
    desk = Desk(replica(slots=2), patience=20)
    desk.many(4, "llama", ADA)
    desk.enter(ticket("qwen", BOB, QWEN))
    desk.at(20).cancel("qwen")

    desk.finish("llama1")

    assert desk.sent == ["llama1", "llama2", "llama3"]


def test_the_claim_ends_when_the_replica_takes_no_more_work() -> None:
    desk = Desk(replica(slots=2), patience=20)
    desk.many(4, "llama", ADA)
    desk.enter(ticket("qwen", BOB, QWEN))
    desk.at(20)
    desk.health(R1, Health.OPEN)
    desk.health(R1, Health.HEALTHY)
    desk.finish("llama1")
    desk.finish("llama2")

    assert desk.sent == ["llama1", "llama2", "qwen"]


def test_a_second_copy_takes_free_memory_but_no_place_of_another_model() -> None:
    desk = Desk(replica(), replica(R2, max_loaded=2))
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.scheduler.loaded_changed(R2, {QWEN}, 0)
    desk.many(2, "a")
    assert [desk.where[name].replica for name in ("a1", "a2")] == [R1, R2]

    desk.scheduler.put_replica(replica(R2), 0)
    desk.many(1, "b")

    assert desk.loaded(R2) == {QWEN, LLAMA}
    assert "b1" not in desk.sent


def test_a_second_copy_takes_the_place_of_an_idle_model_when_it_got_no_slot_for_long() -> None:
    desk = Desk(replica(), replica(R2), patience=20)
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.scheduler.loaded_changed(R2, {QWEN}, 0)
    desk.many(2, "a")
    assert desk.sent == ["a1"]

    desk.at(20)

    assert (desk.where["a2"].replica, desk.where["a2"].evicted) == (R2, (QWEN,))


def test_the_model_that_was_not_used_for_longest_goes() -> None:
    desk = Desk(replica(max_loaded=2))
    for second, (name, model) in enumerate([("a", LLAMA), ("b", QWEN), ("c", LLAMA)]):
        desk.at(second).enter(ticket(name, model=model))
        desk.finish(name)

    desk.enter(ticket("d", model=NOMIC))

    assert desk.where["d"].evicted == (QWEN,)


def test_as_many_models_go_as_the_new_one_needs_memory() -> None:
    desk = Desk(replica(max_loaded=9, memory=8, installed={LLAMA: 3, QWEN: 3, NOMIC: 6}))
    for name, model in (("a", LLAMA), ("b", QWEN)):
        desk.enter(ticket(name, model=model))
        desk.finish(name)

    desk.enter(ticket("c", model=NOMIC))

    assert set(desk.where["c"].evicted) == {LLAMA, QWEN}


def test_a_model_larger_than_the_memory_is_let_in_alone() -> None:
    desk = Desk(replica(max_loaded=2, memory=8, installed={LLAMA: 3, QWEN: 80}))
    desk.enter(ticket("a"))
    desk.finish("a")

    desk.enter(ticket("b", model=QWEN))

    assert desk.where["b"].evicted == (LLAMA,)


def test_a_swap_goes_where_nobody_is_disturbed() -> None:
    desk = Desk(replica(), replica(R2), patience=20)
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.scheduler.loaded_changed(R2, {NOMIC}, 0)
    desk.many(3, "a")

    desk.enter(ticket("q", model=QWEN))

    assert desk.where["q"].replica == R2


def test_a_claim_goes_where_least_is_running() -> None:
    desk = Desk(replica(slots=2), replica(R2, slots=2), patience=20, least_stay=0)
    desk.scheduler.loaded_changed(R1, {LLAMA}, 0)
    desk.scheduler.loaded_changed(R2, {NOMIC}, 0)
    desk.many(6, "a", model=LLAMA)
    desk.many(1, "n", BOB, model=NOMIC)
    desk.enter(ticket("q", EVE, QWEN))
    desk.at(20).finish("n1")

    assert desk.where["q"].replica == R2


def test_what_a_replica_says_is_loaded_is_believed_but_for_what_runs() -> None:
    desk = Desk(replica(max_loaded=2))
    desk.enter(ticket("a"))
    desk.scheduler.loaded_changed(R1, {QWEN}, 1)
    assert desk.loaded() == {LLAMA, QWEN}

    desk.finish("a")
    desk.scheduler.loaded_changed(R1, {QWEN}, 2)

    assert desk.loaded() == {QWEN}


def test_a_job_whose_model_is_loaded_nowhere_blocks_nobody() -> None:
    desk = Desk(replica(slots=2))
    desk.enter(ticket("long", cost=100_000))
    desk.enter(ticket("elsewhere", model=QWEN))
    desk.many(2, "short", cost=10)
    desk.finish("short1")

    assert desk.sent == ["long", "short1", "short2"]


def test_long_jobs_do_not_block_short_ones_from_another_slot() -> None:
    desk = Desk(replica(slots=2))
    desk.many(3, "long", EVE, cost=50_000)
    desk.many(5, "short", BOB, cost=10)
    desk.finish("long1")
    for number in range(1, 6):
        desk.finish(f"short{number}")

    assert desk.sent == ["long1", "long2", "short1", "short2", "short3", "short4", "short5", "long3"]
