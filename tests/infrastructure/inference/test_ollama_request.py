"""What is sent to `/api/chat`."""

import json
from typing import Any

import msgspec
import pytest
from tests.infrastructure.inference.ollama_answers import request

from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Sampling, ToolCall, Turn
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.inference.ollama_request import LOAD_TIME_OPTIONS, chat_body


def sent(asked: ReplyRequest) -> dict[str, Any]:
    body = json.loads(chat_body(asked))
    assert isinstance(body, dict)
    return body


def sent_with(sampling: Sampling) -> dict[str, Any]:
    return sent(request(sampling=sampling))


def sent_turn(turn: Turn) -> dict[str, Any]:
    asked = request()
    return sent(ReplyRequest(asked.request_id, asked.user, asked.model, (turn,)))["messages"][0]


def test_a_plain_request_says_no_more_than_it_must() -> None:
    assert sent(request("Hi\nthere ☃")) == {
        "model": "llama3.2:latest",
        "messages": [{"role": "user", "content": "Hi\nthere ☃"}],
        "stream": True,
    }


def test_turns_keep_their_order_images_and_tool_calls() -> None:
    assert sent_turn(Turn(Role.USER, "look", images=("aGk=", "aG8="))) == {
        "role": "user",
        "content": "look",
        "images": ["aGk=", "aG8="],
    }
    assert sent_turn(Turn(Role.ASSISTANT, "", tool_calls=(ToolCall("7", "f", '{"x": [1.50]}'),))) == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "7", "function": {"name": "f", "arguments": {"x": [1.5]}}}],
    }
    assert sent_turn(Turn(Role.TOOL, "42")) == {"role": "tool", "content": "42"}


def test_options_go_along_except_those_that_would_reload_the_model() -> None:
    options = {"temperature": 0.5, "num_predict": -1, "stop": ("a", "b"), **dict.fromkeys(LOAD_TIME_OPTIONS, 1)}

    assert sent_with(Sampling(options=options))["options"] == {
        "temperature": 0.5,
        "num_predict": -1,
        "stop": ["a", "b"],
    }


def test_what_a_profile_pins_goes_with_every_request_and_nobody_else_sets_it() -> None:
    profile = ModelProfile(num_ctx=8192, keep_alive=1800.0)
    bold = Sampling(options={"temperature": 0.5, "num_ctx": 99, "num_gpu": 0})

    for sampling in (Sampling(), bold):
        body = json.loads(chat_body(request(sampling=sampling), profile))
        assert body["options"] == ({"temperature": 0.5} if sampling is bold else {}) | {"num_ctx": 8192}
        assert body["keep_alive"] == 1800.0


@pytest.mark.parametrize("keep_alive", [0.0, 0.5, -1.0])
def test_keeping_a_model_for_ever_or_not_at_all_is_said_as_such(keep_alive: float) -> None:
    assert json.loads(chat_body(request(), ModelProfile(keep_alive=keep_alive)))["keep_alive"] == keep_alive


def test_what_a_profile_leaves_open_is_left_to_ollama() -> None:
    assert json.loads(chat_body(request(), ModelProfile())).keys() == {"model", "messages", "stream"}


@pytest.mark.parametrize("option", sorted(LOAD_TIME_OPTIONS))
def test_a_request_that_brings_only_an_option_of_loading_brings_none(option: str) -> None:
    assert "options" not in sent_with(Sampling(options={option: 1}))


def test_a_bound_of_no_tokens_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="num_predict"):
        chat_body(request(sampling=Sampling(options={"num_predict": 0})))


@pytest.mark.parametrize("think", [True, False, "low"])
def test_thinking_is_sent_as_it_was_asked_for(think: bool | str) -> None:
    assert sent_with(Sampling(think=think))["think"] == think


def test_format_and_tools_are_sent_as_they_were_written() -> None:
    schema, tools = '{"type": "object", "x": 1.10}', '[{"type": "function", "function": {"name": "f"}}]'
    body = chat_body(request(sampling=Sampling(format=schema, tools=tools)))

    assert b'"format":' + schema.encode() in body
    assert b'"tools":' + tools.encode() in body
    assert sent_with(Sampling(format="json"))["format"] == "json"


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(format="xml"),
        Sampling(format='{"a": 1}, "options": {"num_ctx": 1}'),
        Sampling(format="[1]"),
        Sampling(format=""),
        Sampling(format='{"a": "\ud800"}'),
        Sampling(tools="{}"),
        Sampling(tools="[" * 100_000),
        Sampling(tools="[1"),
    ],
)
def test_json_text_that_is_not_json_of_its_kind_is_refused(sampling: Sampling) -> None:
    with pytest.raises(InvalidRequest, match="expected"):
        chat_body(request(sampling=sampling))


def test_arguments_of_an_earlier_call_must_be_an_object() -> None:
    with pytest.raises(InvalidRequest, match="arguments"):
        sent_turn(Turn(Role.ASSISTANT, "", tool_calls=(ToolCall("7", "f", '"text"'),)))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="surrogates"):
        chat_body(request("half \ud83d"))


def test_the_body_is_one_json_value() -> None:
    body = chat_body(request("x" * 100_000, sampling=Sampling(format="json", tools="[]", think=True)))

    assert bytes(msgspec.json.decode(body, type=msgspec.Raw)) == body
