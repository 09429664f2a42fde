"""What a prompt costs, and how a long one is cut without a word, or refused."""

from typing import Any

import pytest
from tests.infrastructure.simulator.daemons import Daemon, daemon, lines, said

pytestmark = pytest.mark.anyio
SMALL = {"num_ctx": 64, "num_predict": 1}
CHILD = (
    '{"error":{"code":400,"message":"request (308 tokens) exceeds the available context size (64 tokens), '
    'try increasing it","type":"exceed_context_size_error","n_prompt_tokens":308,"n_ctx":64}}'
)
TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)
WORDS_300 = "word " * 300


async def prompt_tokens(ollama: Daemon, model: str, messages: list[dict[str, Any]], **more: object) -> int:
    answer = await ollama.post("/api/chat", model=model, messages=messages, **more)
    count: int = lines(answer)[-1]["prompt_eval_count"]
    return count


async def test_the_count_grows_with_every_part_of_the_prompt() -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    async with daemon() as ollama:
        plain = await prompt_tokens(ollama, "native", said("one two three"))
        digits = await prompt_tokens(ollama, "native", said("one two three 1234567"))
        chinese = await prompt_tokens(ollama, "native", said("one two three 你好吗"))
        system = await prompt_tokens(ollama, "native", [{"role": "system", "content": "four"}, *said("one two three")])
        tools = await prompt_tokens(ollama, "native", said("one two three"), tools=[tool])

    assert plain == 11
    assert (digits - plain, chinese - plain, system - plain) == (3, 3, 5)
    assert tools > plain + 10


async def test_an_image_costs_768_tokens() -> None:
    async with daemon() as ollama:
        plain = await prompt_tokens(ollama, "seer", said("look"))
        image = await prompt_tokens(ollama, "seer", [{"role": "user", "content": "look", "images": ["aGVsbG8="]}])

    assert image - plain == 768


async def test_the_oldest_turns_are_dropped_until_the_chat_fits() -> None:
    system = [{"role": "system", "content": "be brief"}]
    old = [message for _ in range(10) for message in said("ten words that are here to fill the small window")]
    async with daemon() as ollama:
        count = await prompt_tokens(ollama, "native", [*system, *old, *said("last one")], options=SMALL)
        three = await prompt_tokens(ollama, "native", [*system, *old[:3], *said("last one")], options=SMALL)
        two = await prompt_tokens(ollama, "native", [*system, *old[:2], *said("last one")], options=SMALL)

    assert count == three == 58
    assert three - two == 14


async def test_without_truncation_a_long_chat_is_refused() -> None:
    messages = [message for _ in range(20) for message in said("ten words that are here to fill the small window")]
    async with daemon() as ollama:
        answer = await ollama.post("/api/chat", model="native", messages=messages, options=SMALL, truncate=False)

    assert answer.status_code == 400
    assert '"type":"exceed_context_size_error"' in answer.json()["error"]


async def test_one_long_message_is_cut_to_half_the_window_where_ollama_renders_the_prompt() -> None:
    async with daemon() as ollama:
        answer = await ollama.chat("rendered", WORDS_300, options=SMALL)

    assert answer.status_code == 200
    assert lines(answer)[-1]["prompt_eval_count"] == 34


async def test_one_long_message_is_refused_by_the_child_where_the_model_renders_the_prompt() -> None:
    async with daemon() as ollama:
        answer = await ollama.chat("native", WORDS_300, options=SMALL)

    assert (answer.status_code, answer.json()) == (400, {"error": CHILD})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("change", "error"), [({"shift": False}, TOO_LONG), ({"truncate": False}, CHILD)], ids=["shift", "truncate"]
)
async def test_one_long_message_is_refused_where_it_may_not_be_cut(change: dict[str, bool], error: str) -> None:
    async with daemon() as ollama:
        answer = await ollama.chat("rendered", WORDS_300, options=SMALL, **change)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_a_long_completion_is_cut_even_for_a_native_model() -> None:
    async with daemon() as ollama:
        answer = await ollama.post("/api/generate", model="native", prompt=WORDS_300, options=SMALL)

    assert lines(answer)[-1]["prompt_eval_count"] == 34


async def test_a_full_window_ends_the_reply_only_where_shifting_is_off() -> None:
    options = {"num_ctx": 64}
    async with daemon(reply_tokens=100) as ollama:
        shifting = lines(await ollama.chat(options=options))[-1]
        fixed = lines(await ollama.chat(options=options, shift=False))[-1]

    assert (shifting["done_reason"], shifting["eval_count"]) == ("stop", 100)
    assert fixed["done_reason"] == "length"
    assert fixed["eval_count"] + fixed["prompt_eval_count"] == 64


async def test_a_reply_is_never_longer_than_ten_windows() -> None:
    async with daemon(reply_tokens=1000) as ollama:
        last = lines(await ollama.chat(options={"num_ctx": 50}))[-1]

    assert (last["done_reason"], last["eval_count"]) == ("length", 500)


async def test_the_context_of_a_completion_counts_in_the_next_prompt() -> None:
    async with daemon() as ollama:
        first = lines(await ollama.post("/api/generate", model="native", prompt="one"))[-1]
        again = lines(await ollama.post("/api/generate", model="native", prompt="one", context=first["context"]))[-1]

    assert len(first["context"]) == first["prompt_eval_count"] + first["eval_count"]
    assert again["prompt_eval_count"] == first["prompt_eval_count"] + len(first["context"])
    assert again["context"][: len(first["context"])] == first["context"]
