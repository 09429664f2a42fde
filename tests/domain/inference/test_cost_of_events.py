"""What an event costs, in lines of code that run, however many wait. Heaps and bisection are one line each."""

import sys
from collections.abc import Callable
from uuid import UUID

import pytest
from tests.domain.inference.desk import LLAMA, QWEN, R1, Desk, replica, ticket

from ollamanet.domain.inference.tickets import WorkloadClass
from ollamanet.domain.kernel.ids import UserId


def lines_run(work: Callable[..., object], *arguments: object) -> int:
    """How many lines ran, those of functions that were called among them."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(*arguments)
    finally:
        sys.settrace(before)
    return count


def crowded(waiting: int, users: int) -> Desk:
    """So many wait for one model, and a few for another."""
    desk = Desk(replica(slots=4, max_loaded=2), depth=20_000, depth_per_user=20_000)
    desk.scheduler.loaded_changed(R1, {LLAMA, QWEN}, 0)
    for number in range(waiting + 4):
        user = UserId(UUID(int=number % users))
        asked = ticket(f"t{number}", user, cost=1 + number * 7 % 50, affinity=f"c{number % 5}", start_by=1e6 + number)
        desk.scheduler.enter(asked, 0.0)
    desk.collect()
    return desk


def costs_of(desk: Desk) -> dict[str, int]:
    """Lines that each event takes, the worst of ten."""
    scheduler, view = desk.scheduler, desk.view
    news = iter([ticket(f"new{number}", UserId(UUID(int=number)), cost=9) for number in range(10)])
    waiting = [place.ticket.id for place in list(scheduler._room._places.values())[1::2]]
    works: dict[str, Callable[..., object]] = {
        "enter": lambda _, __: scheduler.enter(next(news), 1.0),
        "standing": lambda number, _: view.standing(waiting[-1 - number]),
        "cancel": lambda number, _: scheduler.cancel(waiting[number], 2.0),
        "finish": lambda _, running: scheduler.finish(running, 3.0, tokens=30, ok=True),
        "retry": lambda _, running: scheduler.retry(running, 4.0),
        "expire": lambda number, _: scheduler.tick(1e6 + 50 + number),
        "next change": lambda _, __: scheduler.next_change(),
    }
    scheduler.tick(0.5)
    costs = dict.fromkeys(works, 0)
    for name, work in works.items():
        if name == "expire":
            scheduler.tick(1e6 + 49)
        for number in range(10):
            desk.collect()
            running = desk.running()[0]
            costs[name] = max(costs[name], lines_run(work, number, running))
    return costs


@pytest.mark.parametrize("users", [1, 50, 10_000], ids="{} users".format)
def test_ten_thousand_who_wait_make_no_event_dearer_than_a_hundred(users: int) -> None:
    few, many = costs_of(crowded(100, users)), costs_of(crowded(10_000, users))

    # A hundred times as many: a Fenwick tree goes log2(100) = 7 nodes deeper, three lines each, in two trees twice.
    assert {name: cost for name, cost in many.items() if cost > few[name] + 90} == {}
    assert max(many.values()) < 800


def test_what_comes_and_goes_leaves_nothing_behind() -> None:
    desk = crowded(50, 10)
    scheduler = desk.scheduler
    for number in range(3000):
        asked = ticket(f"x{number}", UserId(UUID(int=number % 10)), key=f"k{number % 7}", start_by=1e7)
        scheduler.enter(asked, 1.0)
        scheduler.cancel(asked.id, 1.0)
    queue = scheduler._room.queue(LLAMA)
    interactive = queue._classes[WorkloadClass.INTERACTIVE]
    flows = [queue._shares, interactive._users, *(each.keys for each in interactive._queues.values())]

    assert len(scheduler._work.deadlines) <= 2 * 60 + 64
    assert all(len(flow._order) + len(flow._debts) <= 2 * (2 * 20 + 16) for flow in flows)
    assert interactive.users <= 10
    assert scheduler.view.waiting == 50


def test_users_who_asked_once_are_forgotten_while_others_go_on() -> None:
    desk = crowded(600, 2)
    for number in range(500):
        desk.scheduler.enter(ticket(f"x{number}", UserId(UUID(int=100 + number)), cost=1), 1.0)
        desk.collect()
        for name in desk.running()[:2]:
            desk.finish(name)

    assert desk.scheduler._room.queue(LLAMA)._classes[WorkloadClass.INTERACTIVE].users < 60


def test_a_replica_that_has_many_models_loaded_makes_no_event_dear() -> None:
    def lines_of(loaded: int) -> int:
        desk = Desk(replica(), depth=10)
        desk.scheduler.loaded_changed(R1, {f"m{number}" for number in range(loaded)}, 0.0)
        return lines_run(desk.scheduler.enter, ticket("t"), 1.0)

    assert lines_of(200) < 3 * lines_of(100)
