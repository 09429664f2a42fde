"""What a request takes is charged to its user, learned from, and counted."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from tests.application.inference.generating import Listener, Service
from tests.contracts.replies import a_request
from tests.fakes.inference.scripts import WHOLE

from ollamanet.domain.inference.errors import ReplicaFailed, TooManyInFlight
from ollamanet.domain.kernel.chat import Sampling
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.reply import DoneReason, Finished, Text, Thinking

pytestmark = pytest.mark.anyio


async def test_an_answer_is_charged_as_the_replica_measured_it() -> None:
    service = Service("Hel", "lo", WHOLE)
    await Listener(service.admit()).task

    assert service.quota.settled == [15]


async def test_what_was_not_measured_is_charged_as_it_was_heard() -> None:
    service = Service("Hel", (Thinking("hm"), Text("lo")), Finished(DoneReason.STOP))
    await Listener(service.handler.admit(replace(a_request(), prompt_tokens=40))).task

    assert service.quota.settled == [44]


async def test_who_leaves_pays_for_the_prompt_and_what_came() -> None:
    service = Service("Hel", "lo", 60.0, WHOLE)
    reply = service.handler.admit(replace(a_request(), prompt_tokens=40))
    events = reply.events()
    for _ in range(3):
        await anext(events)
    await events.aclose()

    assert service.quota.settled == [42]
    assert service.meter.records[0].outcome == "cancelled"


async def test_who_leaves_the_queue_pays_nothing() -> None:
    service = Service("Hel", 60.0, WHOLE)
    running, waiting = Listener(service.admit()), service.admit()
    waiting.release()
    waiting.release()

    assert service.quota.settled == [None]
    assert service.meter.records[0].queued == pytest.approx(0.0)
    running.task.cancel()


async def test_a_failure_costs_nothing() -> None:
    service = Service(ReplicaFailed("no memory"))
    with pytest.raises(ReplicaFailed):
        await Listener(service.admit()).task

    assert service.quota.settled == [None]


async def test_the_limit_of_the_user_comes_before_the_queue() -> None:
    service = Service("Hel", WHOLE)
    service.quota.room = 0
    with pytest.raises(TooManyInFlight):
        service.admit()

    assert service.admission.places == 0
    assert service.meter.refusals == ["too_many_in_flight"]


async def test_a_request_that_finds_no_place_is_not_charged() -> None:
    service = Service("Hel", WHOLE)
    service.admission.close()
    with pytest.raises(ShuttingDown):
        service.admit()

    assert (service.quota.open, service.quota.settled) == (0, [None])


@pytest.mark.parametrize(("predict", "reserved"), [(None, 296), (50, 90), (5000, 296)])
async def test_reserves_the_prompt_and_the_answer_that_is_expected(predict: int | None, reserved: int) -> None:
    service = Service()
    options = {} if predict is None else {"num_predict": predict}
    service.handler.admit(replace(a_request(), prompt_tokens=40, sampling=Sampling(options)))

    assert service.quota.reserved == [reserved]


async def test_estimates_learn_from_what_was_measured() -> None:
    service = Service("Hel", WHOLE)
    await Listener(service.handler.admit(replace(a_request(), prompt_tokens=40))).task

    assert service.estimates.learned == [("llama3:latest", 40, 12)]


async def test_the_record_tells_where_the_time_went() -> None:
    service = Service(2.0, "Hel", 3.0, "lo", WHOLE)
    first, second = Listener(service.admit()), Listener(service.admit(user=2))
    await first.task
    await second.task
    record = service.meter.records[1]

    assert (record.queued, record.first_token, record.generating, record.total) == pytest.approx((5.0, 7.0, 3.0, 10.0))
    assert (record.pieces, record.outcome, record.replica, record.attempts) == (3, "stop", "scripted:11434", 1)


async def test_a_user_of_twice_the_weight_gets_twice_the_share() -> None:
    service = Service("Hel", 1.0, WHOLE, depth=100)
    heavy, light = UserId(UUID(int=7)), UserId(UUID(int=8))
    service.quota.weights = {heavy: 2.0}
    first = Listener(service.admit(user=1))
    listeners = {user: [Listener(service.admit(user=user.int)) for _ in range(12)] for user in (light, heavy)}
    await asyncio.sleep(12.5)
    answered = {user: sum(each.task.done() for each in of) for user, of in listeners.items()}

    assert first.task.done()
    assert sum(answered.values()) == 11
    assert answered[heavy] in (7, 8)
    for each in (*listeners[heavy], *listeners[light]):
        each.task.cancel()
