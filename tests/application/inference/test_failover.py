"""A request whose replica fails before the first piece moves to another one, once."""

import asyncio

import pytest
from tests.application.inference.generating import NOTHING, Listener, Service
from tests.fakes.inference.scripted_replica import ScriptedReplica
from tests.fakes.inference.scripts import WHOLE, Step

from ollamanet.application.inference.reply_services import ReplyBounds
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import (
    ModelNotFound,
    NoHealthyReplica,
    ReplicaFailed,
    ReplicaLost,
    UpstreamTimeout,
)
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.domain.kernel.reply import DoneReason, Finished, Started, Text

pytestmark = pytest.mark.anyio

SPARE = "spare:11434"


def spare(*script: Step) -> ScriptedReplica:
    return ScriptedReplica(*(script or ("Hello", WHOLE)), name=SPARE)


@pytest.mark.parametrize(
    "failure",
    [NoHealthyReplica("refused"), ReplicaLost("cut"), ReplicaFailed("no memory"), ModelNotFound("removed")],
    ids=lambda failure: failure.code,
)
async def test_the_other_replica_answers(failure: Refusal) -> None:
    service = Service(failure, others=[spare()])
    listener = Listener(service.admit())
    await listener.task

    assert [event.replica for event in listener.events if isinstance(event, Started)] == ["scripted:11434", SPARE]
    assert listener.events[-2:] == [Text("Hello"), WHOLE]
    assert service.meter.records[0].attempts == (1 if isinstance(failure, NoHealthyReplica) else 2)
    assert service.meter.records[0].replica == SPARE
    assert service.in_use == NOTHING


async def test_the_time_that_the_first_one_took_counts() -> None:
    service = Service(50.0, ReplicaLost("cut"), others=[spare()], bounds=ReplyBounds(total=120.0))
    await Listener(service.admit()).task

    assert service.others[0].asked[0][1] == pytest.approx(70.0)


async def test_it_waits_for_a_slot_of_the_other_one() -> None:
    service = Service(5.0, NoHealthyReplica("gone"), others=[spare("a", 20.0, WHOLE)])
    service.replicas.closed = lambda name: service.admission.health_changed(name, Health.OPEN)
    asked = [Listener(service.admit(user=number)) for number in (1, 2)]
    later = Listener(service.admit(user=3))
    await asyncio.gather(*(listener.task for listener in (*asked, later)))
    ends = [listener.heard[-1] for listener in (*asked, later)]

    assert sorted(ends, key=lambda end: end[0]) == [(20.0, WHOLE), (40.0, WHOLE), (60.0, WHOLE)]
    assert [record.attempts for record in service.meter.records] == [1, 1, 1]
    assert service.in_use == NOTHING


async def test_replicas_that_take_nothing_are_not_tried_for_ever() -> None:
    service = Service(NoHealthyReplica("busy"), others=[spare(NoHealthyReplica("busy"))])
    with pytest.raises(NoHealthyReplica):
        await Listener(service.admit()).task

    assert len(service.replica.asked) + len(service.others[0].asked) == 4
    assert service.meter.records[0].attempts == 0
    assert service.in_use == NOTHING


async def test_a_second_failure_is_told() -> None:
    service = Service(ReplicaLost("cut"), others=[spare(ReplicaFailed("no memory"))])
    with pytest.raises(ReplicaFailed):
        await Listener(service.admit()).task

    assert [record.outcome for record in service.meter.records] == ["upstream_error"]
    assert service.quota.settled == [None]
    assert service.in_use == NOTHING


async def test_without_another_replica_the_failure_is_told_at_once() -> None:
    service = Service(NoHealthyReplica("refused"))
    with pytest.raises(NoHealthyReplica):
        await Listener(service.admit()).task

    assert len(service.replica.asked) == 1
    assert service.in_use == NOTHING


@pytest.mark.parametrize("health", [Health.OPEN, Health.DOWN, Health.DRAINING])
async def test_a_replica_that_takes_no_work_is_not_another(health: Health) -> None:
    service = Service(ReplicaLost("cut"), others=[spare()])
    service.admission.health_changed(ReplicaId(SPARE), health)
    with pytest.raises(ReplicaLost):
        await Listener(service.admit()).task

    assert service.others[0].asked == []


@pytest.mark.parametrize("failure", [InvalidRequest("think"), UpstreamTimeout("late")], ids=lambda each: each.code)
async def test_what_another_one_would_say_too_is_not_tried_again(failure: Refusal) -> None:
    service = Service(failure, others=[spare()])
    with pytest.raises(type(failure)):
        await Listener(service.admit()).task

    assert service.others[0].asked == []
    assert service.in_use == NOTHING


async def test_nothing_moves_after_the_first_piece() -> None:
    service = Service("Hel", ReplicaLost("cut"), others=[spare()])
    listener = Listener(service.admit())
    with pytest.raises(ReplicaLost):
        await listener.task

    assert listener.events[-1] == Text("Hel")
    assert service.others[0].asked == []
    assert [(name, type(failure)) for name, failure in service.replicas.failures] == [("scripted:11434", ReplicaLost)]


async def test_a_replica_that_fell_silent_is_told_of_too() -> None:
    service = Service("Hel", 500.0, WHOLE, others=[spare()])
    listener = Listener(service.admit())
    await listener.task

    assert listener.events[-1] == Finished(DoneReason.TIMEOUT)
    assert [name for name, _ in service.replicas.failures] == ["scripted:11434"]
    assert service.meter.records[0].outcome == "timeout"
