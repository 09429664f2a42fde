"""What a model says: the same for the same seed, in the channels and forms that were asked for."""

import re
from typing import Any

import msgspec
import pytest
from tests.infrastructure.simulator.daemons import daemon, lines, said, text_of

pytestmark = pytest.mark.anyio
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
    },
}
STOCKS = {"type": "function", "function": {"name": "get_stocks", "parameters": {"type": "object", "properties": {}}}}


async def test_the_same_seed_and_prompt_give_the_same_text_on_every_daemon() -> None:
    async with daemon(reply_tokens=0) as one, daemon(reply_tokens=0) as other:
        texts = {text_of(await one.chat()), text_of(await one.chat()), text_of(await other.chat())}

    assert len(texts) == 1


@pytest.mark.parametrize("change", [{"text": "Something else"}, {"options": {"seed": 7}}, {"model": "rendered"}])
async def test_another_seed_prompt_or_model_gives_another_text(change: dict[str, Any]) -> None:
    async with daemon(reply_tokens=60) as ollama:
        assert text_of(await ollama.chat()) != text_of(await ollama.chat(**change))


async def test_a_token_is_a_word_with_its_leading_space() -> None:
    async with daemon(reply_tokens=40) as ollama:
        *words, last = lines(await ollama.chat())

    contents = [word["message"]["content"] for word in words]
    assert re.fullmatch(r"\w+", contents[0])
    assert all(re.fullmatch(r" [\w.]+", content) for content in contents[1:])
    assert last["eval_count"] == len(contents) == 40


async def test_streamed_and_whole_replies_say_the_same() -> None:
    async with daemon(reply_tokens=40) as ollama:
        streamed = text_of(await ollama.chat())
        whole = (await ollama.chat(stream=False)).json()

    assert whole["message"]["content"] == streamed
    assert whole["eval_count"] == 40


async def test_tokens_come_at_the_asked_rate() -> None:
    async with daemon(tokens_per_second=200, reply_tokens=40) as ollama:
        last = lines(await ollama.chat())[-1]

    assert last["eval_duration"] >= 40 / 200 * 1e9


@pytest.mark.parametrize(("model", "tokens"), [("native", 0), ("rendered", 6)])
async def test_a_limit_of_nothing_is_a_trap_on_the_rendered_path(model: str, tokens: int) -> None:
    async with daemon() as ollama:
        last = lines(await ollama.chat(model, options={"num_predict": 0}))[-1]

    assert last.get("eval_count", 0) == tokens
    assert ("eval_count" in last) == (tokens > 0)


async def test_a_reply_ends_before_a_stop_word() -> None:
    async with daemon(reply_tokens=40) as ollama:
        whole = text_of(await ollama.chat())
        stop = whole[20:26]
        answer = await ollama.chat(options={"stop": [stop, "never said"]})

    assert text_of(answer) == whole[: whole.index(stop)]
    assert lines(answer)[-1]["done_reason"] == "stop"


async def test_thinking_comes_before_the_text_in_a_field_of_its_own() -> None:
    async with daemon() as ollama:
        *words, last = lines(await ollama.chat("thinker"))

    kinds = ["thinking" if "thinking" in word["message"] else "content" for word in words]
    assert kinds == sorted(kinds, reverse=True)
    assert {"thinking", "content"} == set(kinds)
    assert all(word["message"]["content"] == "" for word in words if "thinking" in word["message"])
    assert last["eval_count"] == len(words)


@pytest.mark.parametrize("think", [True, "low", "max", None])
async def test_a_model_that_can_think_does_so_unless_told_not_to(think: object) -> None:
    async with daemon() as ollama:
        thinking = (await ollama.chat("thinker", stream=False, think=think)).json()
        silent = (await ollama.chat("thinker", stream=False, think=False)).json()

    assert thinking["message"]["thinking"]
    assert "thinking" not in silent["message"]


async def test_a_completion_splits_thinking_only_on_the_rendered_path() -> None:
    async with daemon() as ollama:
        native = (await ollama.post("/api/generate", model="native-thinker", prompt="Hi", stream=False)).json()
        rendered = (await ollama.post("/api/generate", model="thinker", prompt="Hi", stream=False)).json()

    assert re.match(r"<think>\n.+\n</think>\n\n", native["response"], re.DOTALL)
    assert "thinking" not in native
    assert rendered["thinking"]
    assert "<think>" not in rendered["response"]


async def test_a_rendered_model_calls_tools_in_a_line_before_the_last() -> None:
    async with daemon() as ollama:
        answer = lines(await ollama.chat("rendered", "What is the weather?", tools=[WEATHER, STOCKS]))

    call, last = answer
    assert (call["done"], last["done"], last["done_reason"]) == (False, True, "stop")
    assert "tool_calls" not in last["message"]
    (weather,) = call["message"]["tool_calls"]
    assert re.fullmatch(r"call_[a-z0-9]{8}", weather["id"])
    assert (weather["function"]["index"], weather["function"]["name"]) == (0, "get_weather")
    assert {key: type(value) for key, value in weather["function"]["arguments"].items()} == {"city": str, "days": int}


async def test_a_native_model_calls_tools_in_the_last_line_only() -> None:
    async with daemon() as ollama:
        (last,) = lines(await ollama.chat("native", "The weather and the stocks?", tools=[WEATHER, STOCKS]))

    assert (last["done"], last["done_reason"]) == (True, "stop")
    assert [call["function"]["name"] for call in last["message"]["tool_calls"]] == ["get_weather", "get_stocks"]
    assert last["eval_count"] > 10


async def test_a_whole_reply_has_the_tool_calls_and_no_text() -> None:
    async with daemon() as ollama:
        answer = (await ollama.chat("native", "The weather?", tools=[WEATHER], stream=False)).json()

    assert answer["message"]["content"] == ""
    assert len(answer["message"]["tool_calls"]) == 1


async def test_a_tool_result_is_answered_in_words() -> None:
    call = {"function": {"name": "get_weather", "arguments": {"city": "Rome"}}}
    messages = [
        *said("The weather?"),
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_name": "get_weather", "content": "sunny"},
    ]
    async with daemon() as ollama:
        answer = await ollama.post("/api/chat", model="native", messages=messages, tools=[WEATHER])

    assert text_of(answer)


async def test_tool_arguments_as_text_are_refused() -> None:
    messages = [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}]
    async with daemon() as ollama:
        answer = await ollama.post("/api/chat", model="native", messages=messages)

    assert answer.status_code == 400


async def test_format_json_gives_a_json_object() -> None:
    async with daemon() as ollama:
        answer = msgspec.json.decode(text_of(await ollama.chat(format="json")))

    assert set(answer) == {"answer", "certain"}


async def test_a_schema_is_kept() -> None:
    schema = {
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "green"]},
            "count": {"type": "integer", "minimum": 3, "maximum": 5},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "minItems": 1},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
        "$defs": {"tag": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 4}}}},
    }
    async with daemon() as ollama:
        answer = msgspec.json.decode(text_of(await ollama.chat(format=schema)))

    assert set(answer) == {"colour", "count", "tags", "note"}
    assert answer["colour"] in {"red", "green"}
    assert 3 <= answer["count"] <= 5
    assert answer["tags"]
    assert all(len(tag["name"]) <= 4 for tag in answer["tags"])
    assert answer["note"] is None


async def test_thinking_before_a_format_is_not_counted_on_the_rendered_path() -> None:
    async with daemon() as ollama:
        *words, last = lines(await ollama.chat("thinker", format="json"))

    thoughts = [word for word in words if "thinking" in word["message"]]
    assert thoughts
    assert last["eval_count"] == len(words) - len(thoughts)


async def test_log_probabilities_come_with_each_token() -> None:
    async with daemon() as ollama:
        word, *_, last = lines(await ollama.chat(logprobs=True, top_logprobs=2))
        plain = lines(await ollama.chat())[0]

    (entry,) = word["logprobs"]
    assert entry["token"] == word["message"]["content"]
    assert bytes(entry["bytes"]).decode() == entry["token"]
    assert len(entry["top_logprobs"]) == 2
    assert "logprobs" not in last
    assert "logprobs" not in plain


async def test_the_system_prompt_of_a_created_model_counts() -> None:
    async with daemon() as ollama:
        await ollama.post("/api/create", model="pirate", **{"from": "native"}, system="You are a pirate of the sea.")
        pirate = lines(await ollama.chat("pirate"))[-1]
        plain = lines(await ollama.chat("native"))[-1]

    assert pirate["prompt_eval_count"] - plain["prompt_eval_count"] == 12


async def test_a_lone_surrogate_in_a_message_is_replaced_as_go_does() -> None:
    body = rb'{"model":"native","messages":[{"role":"user","content":"\ud800 hello"}]}'
    async with daemon() as ollama:
        answer = await ollama.http.post("/api/chat", content=body)

    assert answer.status_code == 200
    assert lines(answer)[-1]["prompt_eval_count"] == 10
