"""Models that a replica passes on to a cloud need no memory of it."""

from tests.domain.inference.desk import ADA, LLAMA, NOMIC, QWEN, R1, Desk, replica, ticket

from ollamanet.domain.inference.decisions import Load
from ollamanet.domain.inference.replica_choice import look_at
from ollamanet.domain.inference.tickets import Place


def test_a_model_of_the_cloud_runs_beside_what_fills_the_memory() -> None:
    desk = Desk(replica(forwarded=frozenset({QWEN}), memory=4))
    desk.enter(ticket("a"), ticket("b", model=QWEN))

    assert desk.sent == ["a", "b"]
    assert (desk.where["b"].load, desk.where["b"].evicted) == (Load.RESIDENT, ())
    assert desk.loaded() == {LLAMA}
    assert (desk.view.cold_loads, desk.view.swaps) == (1, 0)


def test_a_model_of_the_cloud_takes_no_room_and_never_goes() -> None:
    desk = Desk(replica(forwarded=frozenset({QWEN})))
    desk.enter(ticket("a", model=QWEN))
    desk.finish("a")
    desk.scheduler.loaded_changed(R1, set(), 0)
    desk.enter(ticket("b"))
    desk.finish("b")
    desk.enter(ticket("c", model=QWEN), ticket("d", model=NOMIC))

    assert [desk.where[name].load for name in "abcd"] == [Load.RESIDENT, Load.COLD_LOAD, Load.RESIDENT, Load.SWAP]
    assert desk.where["d"].evicted == (LLAMA,)


def test_a_model_of_the_cloud_has_the_slots_of_its_replica_and_no_more() -> None:
    desk = Desk(replica(forwarded=frozenset({QWEN}), slots=2))
    desk.many(3, "q", ADA, QWEN)

    assert desk.sent == ["q1", "q2"]
    desk.finish("q1")
    assert desk.sent == ["q1", "q2", "q3"]
    place = Place(ticket("look", model=QWEN), 1, 0.0)
    assert look_at(desk.view.replicas()[0], place, None).resident
