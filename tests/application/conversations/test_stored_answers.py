"""What is left of an answer when it ends, however it ends."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from tests.application.conversations.chatting import ADA, Chat
from tests.fakes.inference.scripts import WHOLE, Step

from ollamanet.application.conversations.chat_events import Accepted, Answered
from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.conversations.conversation import Message, Timings
from ollamanet.domain.inference.errors import ReplicaLost, UpstreamTimeout
from ollamanet.domain.kernel.chat import Role, ToolCall
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.reply import DoneReason, Finished, Started, Text, Thinking, ToolCalled, Usage

pytestmark = pytest.mark.anyio

NOTHING = (0, 0, 0, 0)
GONE = ReplicaLost("gone")


def fate(message: Message) -> tuple[str, DoneReason, bool, str | None]:
    assert message.outcome is not None
    return (message.text, message.outcome.reason, message.outcome.partial, message.outcome.error)


async def test_whole_with_all_that_was_said() -> None:
    call = ToolCall("call_1", "look_up", '{"term":"sky"}')
    usage = Usage(12, 34)
    chat = Chat(
        (Thinking("Hm"), Thinking("m.")),
        "Bl",
        (Text("u"), Text("e")),
        ToolCalled(call),
        Finished(DoneReason.STOP, usage),
    )
    await chat.ask()
    (answer,) = chat.answers

    assert fate(answer) == ("Blue", DoneReason.STOP, False, None)
    assert (answer.thinking, answer.tool_calls) == ("Hmm.", (call,))
    assert answer.outcome is not None
    assert (answer.outcome.usage, answer.outcome.model) == (usage, "llama3:latest")


async def test_tells_where_the_time_went() -> None:
    chat = Chat(1.5, "Hel", 2.0, "lo", 0.25, WHOLE, slots=1)
    asking = [asyncio.ensure_future(chat.ask()) for _ in range(2)]
    await asyncio.gather(*asking)

    assert [answer.outcome and answer.outcome.timings for answer in chat.answers] == [
        Timings(0.0, 1500.0, 3750.0),
        Timings(3750.0, 5250.0, 7500.0),
    ]


@pytest.mark.parametrize("truncated", [False, True])
async def test_tells_when_the_model_did_not_read_all_of_the_prompt(truncated: bool) -> None:
    chat = Chat("Hello", Finished(DoneReason.STOP, truncated=truncated))
    await chat.ask()

    assert [event.prompt_truncated for event in chat.heard if isinstance(event, Answered)] == [truncated]


@pytest.mark.parametrize(
    ("end", "reason", "partial"),
    [
        (WHOLE, DoneReason.STOP, False),
        (Finished(DoneReason.LENGTH), DoneReason.LENGTH, False),
        (Finished(DoneReason.TIMEOUT), DoneReason.TIMEOUT, True),
    ],
)
async def test_a_reply_that_ended_early_is_partial_unless_it_was_as_long_as_asked(
    end: Finished, reason: DoneReason, partial: bool
) -> None:
    chat = Chat("Hello", end)
    await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("Hello", reason, partial, None)]
    assert chat.answered is not None
    assert chat.answered.outcome.partial == partial


async def test_an_answer_without_a_word_is_an_answer() -> None:
    chat = Chat(WHOLE)
    await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("", DoneReason.STOP, False, None)]
    assert chat.answered is not None
    assert chat.answered.outcome.timings.ttft_ms is None


async def test_what_was_heard_is_kept_when_the_replica_dies() -> None:
    chat = Chat("Hel", "lo", GONE)
    with pytest.raises(ReplicaLost):
        await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("Hello", DoneReason.ERROR, True, "upstream_error")]
    assert chat.answered is None
    assert chat.in_use == NOTHING


async def test_what_was_heard_is_kept_when_the_time_is_over() -> None:
    chat = Chat("Hel", 500.0, "lo", WHOLE)
    await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("Hel", DoneReason.TIMEOUT, True, None)]
    assert chat.heard[-2] == Finished(DoneReason.TIMEOUT)


@pytest.mark.parametrize("script", [(GONE,), ("", GONE), (Thinking(""), GONE), (500.0, WHOLE)])
async def test_nothing_is_stored_when_nothing_was_heard(script: tuple[Step, ...]) -> None:
    chat = Chat(*script)
    with pytest.raises((ReplicaLost, UpstreamTimeout)):
        await chat.ask()

    assert chat.answers == []
    assert len(chat.questions) == 1
    assert chat.in_use == NOTHING


async def test_thoughts_alone_are_kept_too() -> None:
    chat = Chat(Thinking("Hm"), GONE)
    with pytest.raises(ReplicaLost):
        await chat.ask()

    assert [answer.thinking for answer in chat.answers] == ["Hm"]


async def test_a_defect_of_ours_is_recorded_as_one() -> None:
    chat = Chat("Hel", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("Hel", DoneReason.ERROR, True, "internal_error")]


async def test_a_reply_that_just_stops_is_not_taken_for_whole() -> None:
    chat = Chat("Hel")
    with pytest.raises(RuntimeError, match="without saying how"):
        await chat.ask()

    assert [fate(answer) for answer in chat.answers] == [("Hel", DoneReason.ERROR, True, "internal_error")]


class TestClosed:
    """By a caller who stops listening without being cancelled."""

    async def closed_after(self, chat: Chat, batches: int) -> None:
        async with aclosing(await chat.send(SendMessage(ADA, RequestId("request-1"), "Hi"))) as answer:
            async for batch in answer:
                chat.heard.extend(batch)
                batches -= 1
                if not batches:
                    break

    @pytest.mark.parametrize("batches", [1, 2])
    async def test_before_anything_was_said(self, batches: int) -> None:
        chat = Chat("Hel", "lo", WHOLE)
        await self.closed_after(chat, batches)

        assert isinstance(chat.heard[-1], Accepted | Started)
        assert chat.answers == []
        assert chat.in_use == NOTHING

    async def test_midway(self) -> None:
        chat = Chat("Hel", "lo", WHOLE)
        await self.closed_after(chat, 3)

        assert [fate(answer) for answer in chat.answers] == [("Hel", DoneReason.CANCELLED, True, None)]
        assert chat.in_use == NOTHING

    async def test_when_all_was_said_the_answer_is_whole(self) -> None:
        chat = Chat("Hel", "lo", WHOLE)
        await self.closed_after(chat, 5)

        assert chat.heard[-1] == WHOLE
        assert [fate(answer) for answer in chat.answers] == [("Hello", DoneReason.STOP, False, None)]

    async def test_by_its_events_alone(self) -> None:
        chat = Chat()
        events = aiter(await chat.send(SendMessage(ADA, RequestId("request-1"), "Hi")))
        assert isinstance((await anext(events))[0], Accepted)
        assert chat.admission.view.in_flight == 1
        with pytest.raises(asyncio.CancelledError):
            await events.athrow(asyncio.CancelledError())

        assert chat.in_use == NOTHING

    async def test_before_it_was_started(self) -> None:
        chat = Chat()
        answer = await chat.send(SendMessage(ADA, RequestId("request-1"), "Hi"))
        assert chat.admission.view.in_flight == 1
        await answer.aclose()
        await answer.aclose()

        assert chat.in_use == NOTHING
        assert chat.replica.asked == []
        assert (len(chat.questions), len(chat.answers)) == (1, 0)


class TestStoreThatFails:
    async def test_is_told_to_the_caller_instead_of_an_answer(self) -> None:
        chat = Chat()
        chat.store.fails[Role.ASSISTANT] = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            await chat.ask()

        assert chat.answered is None
        assert chat.store.started_writes == 2
        assert chat.in_use == NOTHING

    async def test_does_not_hide_behind_the_failure_of_the_replica(self) -> None:
        chat = Chat("Hel", GONE)
        chat.store.fails[Role.ASSISTANT] = NotFound("deleted meanwhile")
        with pytest.raises(NotFound) as raised:
            await chat.ask()

        assert raised.value.__context__ is GONE
        assert chat.in_use == NOTHING

    async def test_is_told_to_the_log_when_the_caller_has_gone(self) -> None:
        heard: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
        failure = OSError("disk full")
        chat = Chat("Hel", 5.0, WHOLE)
        chat.store.fails[Role.ASSISTANT] = failure
        task = asyncio.ensure_future(chat.ask())
        await asyncio.sleep(1.0)
        task.cancel()
        await chat.store.answering.wait()
        task.cancel()
        await asyncio.wait((task,))
        await settled()
        await asyncio.sleep(0)

        assert task.cancelled()
        assert [context["exception"] for context in heard] == [failure]
        assert chat.in_use == NOTHING
