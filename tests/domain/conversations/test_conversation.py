"""Titles, and messages as a model sees them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.conversations.conversation import TITLE_LENGTH, Message, title_from
from ollamanet.domain.kernel.chat import Role, ToolCall, Turn
from ollamanet.domain.kernel.ids import ConversationId, MessageId

texts = st.text(st.sampled_from("ab \n\t\u2003"), max_size=200) | st.text(max_size=200)


@given(text=texts)
def test_a_title_is_one_line_of_one_to_eighty_characters(text: str) -> None:
    title = title_from(text)

    assert 1 <= len(title) <= TITLE_LENGTH
    assert title == " ".join(title.split())
    assert len(title.splitlines()) == 1


@given(text=texts)
def test_a_title_begins_as_the_question_does(text: str) -> None:
    words = " ".join(text.split())
    title = title_from(text)

    if words:
        assert title == words or (title.endswith("…") and words.startswith(title[:-1]))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Why is the sky blue?", "Why is the sky blue?"),
        ("  Why\n\n is\tthe sky blue? ", "Why is the sky blue?"),
        ("", "New conversation"),
        (" \n\t ", "New conversation"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("word " * 16 + "word", "word " * 14 + "word…"),
        ("a " + "x" * 90, "a…"),
    ],
)
def test_a_long_question_is_cut_between_words_if_it_has_any(text: str, title: str) -> None:
    assert title_from(text) == title


def test_a_model_sees_what_was_said_and_not_what_was_thought() -> None:
    call = ToolCall("call_1", "look_up", "{}")
    message = Message(
        MessageId(UUID(int=1)),
        ConversationId(UUID(int=2)),
        Role.ASSISTANT,
        "The moon.",
        datetime(2026, 11, 22, tzinfo=UTC),
        images=("aGk=",),
        thinking="Gravity?",
        tool_calls=(call,),
    )

    assert message.as_turn() == Turn(Role.ASSISTANT, "The moon.", ("aGk=",), (call,))
