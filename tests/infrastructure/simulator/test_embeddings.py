"""Vectors: deterministic, close for close texts, cut when too long."""

import math

import pytest
from tests.infrastructure.simulator.daemons import Daemon, daemon

from ollamanet.infrastructure.simulator.prompt import Prompt

pytestmark = pytest.mark.anyio


async def vectors(ollama: Daemon, *texts: str, **more: object) -> list[list[float]]:
    answer = await ollama.post("/api/embed", model="embedder", input=list(texts), **more)
    embeddings: list[list[float]] = answer.json()["embeddings"]
    return embeddings


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_the_same_text_has_the_same_vector_and_a_like_text_a_like_one() -> None:
    async with daemon() as ollama:
        here, again, near, far = await vectors(
            ollama, "the river runs slow", "the river runs slow", "the river runs fast", "quarterly tax reports"
        )

    assert here == again
    assert len(here) == 64
    assert likeness(here, near) > 0.5 > likeness(here, far)


async def test_fewer_dimensions_are_normalised_again() -> None:
    async with daemon() as ollama:
        (whole,) = await vectors(ollama, "the river runs slow")
        (short,) = await vectors(ollama, "the river runs slow", dimensions=16)

    assert len(short) == 16
    assert math.isclose(likeness(short, short), 1.0, abs_tol=1e-6)
    assert math.isclose(short[0] * whole[1], short[1] * whole[0], abs_tol=1e-6)


async def test_an_empty_text_in_a_list_is_embedded() -> None:
    async with daemon() as ollama:
        (vector,) = await vectors(ollama, "")

    assert len(vector) == 64


async def test_a_long_text_is_cut_to_the_window_and_only_the_count_tells() -> None:
    async with daemon() as ollama:
        answer = (await ollama.post("/api/embed", model="embedder", input="word " * 510 + "never read")).json()
        (fitting,) = await vectors(ollama, "word " * 510)

    assert answer["prompt_eval_count"] == 512
    assert answer["embeddings"] == [fitting]


async def test_the_count_is_the_sum_over_the_texts() -> None:
    async with daemon() as ollama:
        one = (await ollama.post("/api/embed", model="embedder", input="one two")).json()["prompt_eval_count"]
        both = (await ollama.post("/api/embed", model="embedder", input=["one two"] * 2)).json()["prompt_eval_count"]

    assert both == 2 * one


async def test_an_embedding_model_has_one_slot_whatever_the_setting() -> None:
    async with daemon(slots=4) as ollama:
        await vectors(ollama, "one")
        (runner,) = ollama.simulator.scheduler.runners
        async with runner.slot(Prompt((), 1, "")):
            assert runner.generating == 1
            assert (await ollama.stats())["generating"] == 1
        assert runner.generating == 0


async def test_a_chat_model_refuses_to_embed_with_the_words_of_its_child() -> None:
    async with daemon() as ollama:
        answer = await ollama.post("/api/embed", model="native", input="one")
        stats = await ollama.stats()

    assert answer.status_code == 501
    assert '"type":"not_supported_error"' in answer.json()["error"]
    assert stats["embeddings"] == 0


async def test_options_of_null_are_ignored() -> None:
    nulls = {"num_ctx": None, "temperature": None, "stop": None, "use_mmap": None, "seed": None}
    async with daemon() as ollama:
        answer = await ollama.post("/api/embed", model="embedder", input="one", options=nulls)

    assert answer.status_code == 200
