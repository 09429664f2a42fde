"""Nobody is refused for a deadline that would have been met."""

import pytest
from tests.domain.inference.desk import BOB, LLAMA, QWEN, R1, Desk, replica, ticket

from ollamanet.domain.inference.errors import DeadlineUnmeetable


def unmeasured(**changes) -> Desk:
    """One slot of each of two models in memory; nobody knows how fast they are."""
    desk = Desk(replica(speed=None, max_loaded=2, **changes))
    desk.scheduler.loaded_changed(R1, {LLAMA, QWEN}, 0.0)
    return desk


def answer(desk: Desk, seconds: float, times: int = 1, **asked) -> None:
    """Have so many requests answered one after the other, each in so many seconds."""
    tokens = asked.pop("tokens", None)
    for _ in range(times):
        name = f"done{len(desk.sent)}"
        desk.enter(ticket(name, **asked))
        desk.at(desk.now + seconds).finish(name, tokens)


def test_after_many_short_answers_a_usual_one_is_not_taken_for_as_slow_as_they_begin() -> None:
    desk = unmeasured()
    answer(desk, 1.0, times=30, cost=5)

    desk.enter(ticket("usual", cost=300, deadline=desk.now + 10))


def test_nor_are_those_who_wait_behind_it() -> None:
    desk = unmeasured()
    answer(desk, 1.0, times=30, cost=5)
    for number in range(8):
        desk.enter(ticket(f"usual{number}", cost=300, start_by=desk.now + 60))

    assert desk.view.waiting == 7


def test_a_small_model_is_not_taken_for_as_slow_as_a_large_one_beside_it() -> None:
    desk = unmeasured()
    answer(desk, 0.5, model=QWEN)
    answer(desk, 50.0, times=10, model=LLAMA)
    answer(desk, 0.5, model=QWEN)

    desk.enter(ticket("small", model=QWEN, deadline=desk.now + 2), ticket("next", BOB, QWEN, deadline=desk.now + 2))
    assert desk.view.standing("next").wait == pytest.approx(0.5)
    with pytest.raises(DeadlineUnmeetable):
        desk.enter(ticket("large", deadline=desk.now + 20))


def test_one_answer_with_a_load_tells_no_speed() -> None:
    desk = Desk(replica(speed=None))
    answer(desk, 4.0, cost=1000)

    desk.enter(ticket("warm", cost=1000, deadline=desk.now + 5))


def test_nor_does_a_long_answer_tell_how_long_a_load_takes() -> None:
    desk = Desk(replica(speed=None))
    answer(desk, 110.0, cost=1000)
    answer(desk, 110.0, cost=1000)
    answer(desk, 1.0, model=QWEN, cost=10)

    desk.enter(ticket("cold", cost=10, deadline=desk.now + 20))


def test_a_model_that_is_to_be_loaded_may_come_before_the_patience_is_over() -> None:
    desk = Desk(replica(speed=None))
    answer(desk, 1.0, times=2, model=QWEN)
    answer(desk, 1.0, times=2)
    desk.enter(ticket("runs"))

    desk.enter(ticket("next", BOB, QWEN, deadline=desk.now + 15))
    desk.at(desk.now + 1).finish("runs")

    assert desk.sent[-1] == "next"


def test_what_was_slow_once_is_tried_again_after_a_minute_though_everybody_is_in_a_hurry() -> None:
    desk = unmeasured()
    answer(desk, 50.0)
    with pytest.raises(DeadlineUnmeetable):
        desk.enter(ticket("hurried", deadline=desk.now + 20))

    desk.at(desk.now + 61)
    desk.enter(ticket("tried", deadline=desk.now + 20))
    desk.at(desk.now + 1).finish("tried")
    answer(desk, 1.0, times=9)

    desk.enter(ticket("again", deadline=desk.now + 20))
