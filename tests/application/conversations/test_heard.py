"""What was heard of a reply, whatever pieces it came in."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.identity.fixed_time import FixedClock

from ollamanet.application.conversations.heard import Heard
from ollamanet.domain.conversations.conversation import Timings
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.reply import (
    DoneReason,
    Finished,
    Queued,
    ReplyEvent,
    Started,
    Text,
    Thinking,
    ToolCalled,
    Usage,
)

CALL = ToolCall("call_1", "f", "{}")
pieces = st.one_of(
    st.builds(Text, st.text("ab", max_size=2)),
    st.builds(Thinking, st.text("xy", max_size=2)),
    st.just(ToolCalled(CALL)),
    st.just(Queued(1, None)),
    st.just(Started("r", 0.5, cold_load=False)),
)
batches = st.lists(st.lists(pieces, min_size=1, max_size=4), max_size=6)


def listening() -> tuple[Heard, FixedClock]:
    clock = FixedClock()
    return Heard(clock, origin=clock.monotonic()), clock


@given(batches=batches)
def test_joins_the_pieces_in_order_however_they_were_batched(batches: Sequence[Sequence[ReplyEvent]]) -> None:
    heard, _ = listening()
    for batch in batches:
        heard.add(batch)
    events = [event for batch in batches for event in batch]

    assert heard.text == "".join(event.text for event in events if isinstance(event, Text))
    assert heard.thinking == "".join(event.text for event in events if isinstance(event, Thinking))
    assert heard.tool_calls == tuple(event.call for event in events if isinstance(event, ToolCalled))
    assert heard.anything == bool(heard.text or heard.thinking or heard.tool_calls)
    assert heard.finished is None


@given(batches=batches)
def test_the_first_piece_of_the_answer_is_the_first_that_says_something(
    batches: Sequence[Sequence[ReplyEvent]],
) -> None:
    heard, clock = listening()
    first = None
    for number, batch in enumerate(batches, 1):
        clock.advance(1.0)
        heard.add(batch)
        if first is None and heard.anything:
            first = 1000.0 * number

    assert heard.timings().ttft_ms == first
    assert heard.timings().total_ms == 1000.0 * len(batches)


def test_knows_how_it_ended() -> None:
    heard, _ = listening()
    end = Finished(DoneReason.LENGTH)
    heard.add((Text("a"), end))

    assert heard.finished is end


@given(batches=batches)
def test_of_an_answer_that_was_cut_the_pieces_that_said_something_are_counted(
    batches: Sequence[Sequence[ReplyEvent]],
) -> None:
    heard, _ = listening()
    for batch in batches:
        heard.add(batch)
    said = [event for batch in batches for event in batch if isinstance(event, Text | Thinking | ToolCalled)]
    counted = sum(isinstance(event, ToolCalled) or event.text != "" for event in said)

    assert heard.usage() == Usage(None, counted)
    heard.add((Finished(DoneReason.TIMEOUT),))
    assert heard.usage() == Usage(None, counted)


def test_what_the_replica_counted_counts() -> None:
    heard, _ = listening()
    heard.add((Text("a"), Finished(DoneReason.STOP, Usage(12, 0))))

    assert heard.usage() == Usage(12, 0)


def test_who_was_never_started_has_waited_all_the_time() -> None:
    heard, clock = listening()
    clock.advance(2.0)
    heard.add((Queued(3, None),))
    clock.advance(1.0)

    assert heard.timings() == Timings(3000.0, None, 3000.0)


def test_who_was_started_has_waited_as_long_as_he_was_told() -> None:
    heard, clock = listening()
    clock.advance(2.0)
    heard.add((Started("r", 1.2345678, cold_load=True),))
    clock.advance(1.0)

    assert heard.timings() == Timings(1234.568, None, 3000.0)
