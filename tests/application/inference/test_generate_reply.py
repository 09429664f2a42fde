"""A reply is found a model, a slot and a replica, in the time it has."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from tests.application.inference.generating import NOTHING, Listener, Service
from tests.fakes.inference.scripted_replica import ScriptedStream
from tests.fakes.inference.scripts import WHOLE

from ollamanet.application.inference.reply_services import ReplyBounds
from ollamanet.domain.inference.errors import (
    DeadlineUnmeetable,
    ModelNotFound,
    QueueTimeout,
    ReplicaFailed,
    UpstreamTimeout,
)
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.reply import DoneReason, Finished, Queued, Started, Text

pytestmark = pytest.mark.anyio


class Hasty:
    """A replica that does not wait for the first piece."""

    name = "hasty:11434"

    def __init__(self, opening: Callable[..., Awaitable[ScriptedStream]]) -> None:
        self.open = opening


class TestReply:
    async def test_is_relayed_batch_by_batch(self) -> None:
        service = Service("Hel", (Text("l"), Text("o")), WHOLE)
        batches = [batch async for batch in service.admit().events()]

        assert batches == [
            (Started("scripted:11434", 0.0, cold_load=False),),
            (Text("Hel"),),
            (Text("l"), Text("o")),
            (WHOLE,),
        ]
        assert service.in_use == NOTHING

    async def test_says_that_its_model_must_be_loaded_first(self) -> None:
        service = Service(resident=False)
        listener = Listener(service.admit())
        await listener.task

        assert listener.events[0] == Started("scripted:11434", 0.0, cold_load=True)

    async def test_a_model_removed_meanwhile_is_for_the_replica_to_refuse(self) -> None:
        service = Service(ModelNotFound("gone"), models=())
        with pytest.raises(ModelNotFound):
            await Listener(service.admit()).task

        assert service.in_use == NOTHING

    async def test_asks_the_replica_for_what_was_asked(self) -> None:
        service = Service(bounds=ReplyBounds(total=30.0))
        reply = service.admit()
        await Listener(reply).task

        assert service.replica.asked == [(reply.request, 30.0)]

    @pytest.mark.parametrize("script", [(ReplicaFailed("no memory"),), ("Hel", ReplicaFailed("no memory"))])
    async def test_a_failure_is_raised_and_everything_given_back(self, script: tuple[str | Exception, ...]) -> None:
        service = Service(*script)
        with pytest.raises(ReplicaFailed):
            await Listener(service.admit()).task

        assert service.in_use == NOTHING


class TestTime:
    async def test_no_first_piece_in_time_is_an_error(self) -> None:
        service = Service(500.0, "late", WHOLE, bounds=ReplyBounds(total=120.0))
        listener = Listener(service.admit())
        with pytest.raises(UpstreamTimeout):
            await listener.task

        assert service.clock.monotonic() == pytest.approx(1120.0)
        assert service.in_use == NOTHING

    async def test_a_stream_that_opens_and_says_nothing_in_time_is_an_error_too(self) -> None:
        service = Service(500.0, "late", WHOLE)

        async def open_at_once(request: ReplyRequest, *, timeout: float) -> ScriptedStream:
            return ScriptedStream(service.replica.script, service.clock.monotonic() + timeout)

        service.replicas.replicas = {"scripted:11434": Hasty(open_at_once)}
        with pytest.raises(UpstreamTimeout):
            await Listener(service.admit()).task

        assert service.in_use == NOTHING

    async def test_after_the_first_piece_it_ends_the_reply(self) -> None:
        service = Service("Hel", 500.0, "late", WHOLE, bounds=ReplyBounds(total=120.0))
        listener = Listener(service.admit())
        await listener.task

        assert listener.heard[1:] == [(0.0, Text("Hel")), (120.0, Finished(DoneReason.TIMEOUT))]
        assert service.in_use == NOTHING

    async def test_includes_the_queue(self) -> None:
        service = Service("a", 70.0, WHOLE, bounds=ReplyBounds(queue=100.0, total=120.0))
        first, second = Listener(service.admit()), Listener(service.admit())
        await asyncio.gather(first.task, second.task)

        assert first.heard[-1] == (70.0, WHOLE)
        assert second.heard[-1] == (120.0, Finished(DoneReason.TIMEOUT))
        assert service.replica.asked[-1][1] == pytest.approx(50.0)

    async def test_over_before_a_replica_is_asked_means_that_none_is(self) -> None:
        service = Service("a", WHOLE, bounds=ReplyBounds(total=30.0))
        events = service.admit().events()
        assert isinstance((await anext(events))[0], Started)
        await asyncio.sleep(31)  # whoever hears it takes his time
        with pytest.raises(UpstreamTimeout):
            await anext(events)

        assert service.replica.asked == []
        assert service.in_use == NOTHING

    @pytest.mark.parametrize(("asked", "given"), [(None, 120.0), (10.0, 10.0), (500.0, 120.0)])
    async def test_the_caller_may_shorten_it_and_not_stretch_it(self, asked: float | None, given: float) -> None:
        service = Service(1000.0, WHOLE)
        with pytest.raises(UpstreamTimeout):
            await Listener(service.admit(timeout=asked)).task

        assert service.clock.monotonic() == pytest.approx(1000.0 + given)

    async def test_runs_while_the_directory_is_slow(self) -> None:
        service = Service("Hel", 1000.0, WHOLE, bounds=ReplyBounds(total=30.0))
        service.models.delay = 20.0
        listener = Listener(service.admit())
        await listener.task

        assert listener.heard[-1] == (30.0, Finished(DoneReason.TIMEOUT))

    async def test_is_not_spent_on_a_directory_that_does_not_answer(self) -> None:
        service = Service("a", WHOLE, bounds=ReplyBounds(total=30.0))
        service.models.delay = 10_000.0
        listener = Listener(service.admit())
        await listener.task

        assert listener.heard[-1] == (0.0, WHOLE)
        assert service.in_use == NOTHING


class TestQueue:
    async def test_no_slot_in_time_is_a_refusal_that_says_when_to_come_back(self) -> None:
        service = Service("a", 30.0, WHOLE, bounds=ReplyBounds(queue=10.0, total=120.0))
        running, waiting = Listener(service.admit()), Listener(service.admit())
        with pytest.raises(QueueTimeout, match="within 10 s") as refused:
            await waiting.task

        assert refused.value.retry_after == 1.0
        assert waiting.events == [Queued(1, None)]
        assert service.in_use == (1, 0, 1, 1)
        running.task.cancel()

    async def test_a_wait_that_is_known_to_be_too_long_is_refused_at_once(self) -> None:
        service = Service("a", 30.0, WHOLE, bounds=ReplyBounds(queue=10.0))
        await Listener(service.admit()).task
        running = Listener(service.admit())
        with pytest.raises(DeadlineUnmeetable, match="wait 30 s") as refused:
            service.admit()

        assert refused.value.retry_after == pytest.approx(20.0)
        assert service.meter.refusals == ["deadline_unmeetable"]
        assert service.quota.settled[-1] is None
        running.task.cancel()

    async def test_a_deadline_shorter_than_the_patience_of_the_queue_counts(self) -> None:
        service = Service("a", 30.0, WHOLE)
        running, waiting = Listener(service.admit()), Listener(service.admit(timeout=3.0))
        with pytest.raises(QueueTimeout, match="within 3 s"):
            await waiting.task

        assert service.clock.monotonic() == pytest.approx(1003.0)
        running.task.cancel()

    async def test_tells_the_place_when_it_changes_and_at_most_twice_a_second(self) -> None:
        service = Service("a", 0.3, WHOLE, depth=50)
        listeners = [Listener(service.admit()) for _ in range(21)]
        await asyncio.gather(*(listener.task for listener in listeners))
        told = [(at, event) for at, event in listeners[-1].heard if isinstance(event, Queued)]
        positions = [event.position for _, event in told]

        assert positions[0] == 20
        assert positions == sorted(set(positions), reverse=True)
        assert len(positions) >= 8
        assert all(later - earlier >= 0.5 for (earlier, _), (later, _) in pairwise(told))
        assert service.in_use == NOTHING

    async def test_says_nothing_while_nothing_changes(self) -> None:
        service = Service("a", 40.0, WHOLE)
        running, waiting = Listener(service.admit()), Listener(service.admit())
        await asyncio.gather(running.task, waiting.task)

        assert waiting.events[:2] == [Queued(1, None), Started("scripted:11434", 40.0, cold_load=False)]

    async def test_a_slot_is_taken_the_moment_it_is_free(self) -> None:
        service = Service("a", 0.2, WHOLE)
        running, waiting = Listener(service.admit()), Listener(service.admit())
        await asyncio.gather(running.task, waiting.task)

        assert [event.queued for event in waiting.events if isinstance(event, Started)] == [pytest.approx(0.2)]
