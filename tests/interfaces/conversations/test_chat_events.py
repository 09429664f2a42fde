"""The events of a chat at the wire."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.conversations.sse_reader import SseEvent, read_events

from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.domain.conversations.conversation import Outcome, Timings
from ollamanet.domain.inference.errors import QueueFull, ReplicaLost
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId
from ollamanet.domain.kernel.reply import DoneReason, Finished, Queued, Started, Text, Thinking, ToolCalled, Usage
from ollamanet.interfaces.conversations.chat_events import ChatEventEncoder

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
ACCEPTED = Accepted(RequestId("request-1"), ConversationId(ONE), MessageId(TWO), "llama3:latest", 25, 3, 5)
STARTED = Started("gpu-1:11434", 1.23456, cold_load=True)
OUTCOME = Outcome("llama3:latest", DoneReason.STOP, False, Usage(12, None), Timings(1.5, None, 300.25))
ANSWERED = Answered(MessageId(THREE), OUTCOME, 3, summarized_turns=5)

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text('\r\n\u2028\u2029\x00"\\: ab', max_size=8)
events = st.one_of(
    st.builds(Text, texts),
    st.builds(Thinking, texts),
    st.builds(Queued, st.integers(1, 99), st.none() | st.floats(0, 1e6)),
    st.sampled_from([ACCEPTED, STARTED, ANSWERED, Finished(DoneReason.STOP)]),
)
batches = st.lists(st.lists(events, min_size=1, max_size=4), max_size=6)


def encoded(*batch: ChatEvent) -> list[SseEvent]:
    return read_events(ChatEventEncoder().encode(batch))


@pytest.mark.parametrize(
    ("event", "name", "data"),
    [
        (
            ACCEPTED,
            "accepted",
            {
                "request_id": "request-1",
                "conversation_id": str(ONE),
                "user_message_id": str(TWO),
                "model": "llama3:latest",
                "trimmed_turns": 3,
                "summarized_turns": 5,
            },
        ),
        (Queued(4, None), "queued", {"position": 4, "estimated_wait_ms": None}),
        (Queued(4, 1.2345), "queued", {"position": 4, "estimated_wait_ms": 1234}),
        (STARTED, "started", {"replica": "gpu-1:11434", "queue_ms": 1234.56, "cold_load": True}),
        (Text("Bl\n"), "token", {"text": "Bl\n"}),
        (Thinking("Hm"), "thinking", {"text": "Hm"}),
        (
            ToolCalled(ToolCall("call_1", "look_up", '{"a": [1, null]}')),
            "tool_call",
            {"id": "call_1", "name": "look_up", "arguments": {"a": [1, None]}},
        ),
        (
            ANSWERED,
            "done",
            {
                "assistant_message_id": str(THREE),
                "done_reason": "stop",
                "usage": {"prompt_tokens": 12, "completion_tokens": None},
                "timings": {"queue_ms": 1.5, "ttft_ms": None, "total_ms": 300.25},
                "trimmed_turns": 3,
                "summarized_turns": 5,
                "prompt_truncated": False,
            },
        ),
    ],
)
def test_each_has_its_name_and_its_fields(event: ChatEvent, name: str, data: object) -> None:
    assert encoded(event) == [SseEvent(1, name, data)]


def test_the_replys_own_end_is_not_shown() -> None:
    assert ChatEventEncoder().encode([Finished(DoneReason.STOP)]) == b""


@given(batches=batches)
def test_ids_count_up_by_one_however_the_events_are_batched(batches: Sequence[Sequence[ChatEvent]]) -> None:
    batched, single = ChatEventEncoder(), ChatEventEncoder()
    stream = b"".join(map(batched.encode, batches)) + batched.failure(ReplicaLost("gone"))
    one_by_one = b"".join(single.encode([event]) for batch in batches for event in batch)

    assert stream == one_by_one + single.failure(ReplicaLost("gone"))
    assert [event.id for event in read_events(stream)] == list(range(1, len(read_events(stream)) + 1))


@given(text=texts)
def test_no_text_can_break_out_of_its_event(text: str) -> None:
    assert encoded(Text(text), Thinking(text)) == [
        SseEvent(1, "token", {"text": text}),
        SseEvent(2, "thinking", {"text": text}),
    ]


@pytest.mark.parametrize("arguments", ['{\n  "a": 1\n}', '{\r"a": 1}', '{ "a" : 1 }'])
def test_arguments_that_are_spread_over_lines_stay_in_their_event(arguments: str) -> None:
    (event,) = encoded(ToolCalled(ToolCall("call_1", "f", arguments)))

    assert event.data["arguments"] == {"a": 1}


@pytest.mark.parametrize(
    ("batch", "begins"),
    [
        ((ACCEPTED,), False),
        ((STARTED,), False),
        ((ACCEPTED, STARTED), False),
        ((Queued(1, None),), True),
        ((Text("a"),), True),
        ((Thinking("a"),), True),
        ((STARTED, Text("a")), True),
        ((ANSWERED,), True),
    ],
)
def test_acceptance_and_start_wait_for_what_matters(batch: Sequence[ChatEvent], begins: bool) -> None:
    assert ChatEventEncoder().begins(batch) is begins


class TestFailure:
    def test_names_the_refusal(self) -> None:
        (event,) = read_events(ChatEventEncoder().failure(QueueFull("9 wait", retry_after=2.5)))

        assert event.event == "error"
        assert event.data == {"code": "queue_full", "message": "9 wait", "retry_after": 2.5, "partial": False}

    def test_keeps_a_defect_of_ours_to_ourselves(self) -> None:
        (event,) = read_events(ChatEventEncoder().failure(ZeroDivisionError("secret")))

        assert event.data == {"code": "internal_error", "message": "something went wrong on our side", "partial": False}

    @pytest.mark.parametrize("said", [Text("a"), Thinking("a"), ToolCalled(ToolCall("call_1", "f", "{}"))])
    def test_says_whether_something_was_said_before(self, said: ChatEvent) -> None:
        encoder = ChatEventEncoder()
        encoder.encode([ACCEPTED, STARTED])
        assert read_events(encoder.failure(ReplicaLost("gone")))[0].data["partial"] is False
        encoder.encode([said])

        assert read_events(encoder.failure(ReplicaLost("gone")))[0].data["partial"] is True


class TestHeaders:
    def test_are_none_before_anything_is_known(self) -> None:
        assert ChatEventEncoder().headers() == []

    def test_tell_the_prompt_once_it_was_accepted(self) -> None:
        encoder = ChatEventEncoder()
        encoder.encode([ACCEPTED])

        assert encoder.headers() == [(b"x-ollamanet-prompt-tokens", b"25"), (b"x-ollamanet-trimmed", b"3")]

    def test_tell_the_replica_and_the_wait_once_it_was_started(self) -> None:
        encoder = ChatEventEncoder()
        encoder.encode([ACCEPTED, Started("caf\u00e9:1", 1.23456, cold_load=False)])
        headers = dict(encoder.headers())

        assert headers[b"x-ollamanet-queue-wait-ms"] == b"1234"
        assert headers[b"server-timing"] == b"queue;dur=1234.6"
        assert headers[b"x-ollamanet-replica"] == b"caf?:1"
