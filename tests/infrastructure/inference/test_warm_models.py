"""When a model is to be asked for again, and which of two that do not fit together stays."""

import pytest
from tests.infrastructure.inference.warming import warm, warming

from ollamanet.domain.inference.warmth import WarmState
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_wire import ModelDetails, ModelEntry
from ollamanet.infrastructure.inference.warm_models import Kept, Rivals, WarmModel, WarmPace
from ollamanet.infrastructure.inference.warm_wire import load_path


@pytest.mark.parametrize(
    ("keep_alive", "touched", "due"),
    [(60.0, None, True), (60.0, 71.0, False), (60.0, 70.0, True), (-1.0, None, True), (-1.0, 0.0, False)],
)
def test_a_model_is_due_at_half_of_its_time(keep_alive: float, touched: float | None, *, due: bool) -> None:
    assert Kept(WarmModel(ModelName("a"), None, keep_alive), touched=touched).due(100.0) is due


def test_pauses_double_up_to_the_longest() -> None:
    pace = WarmPace(pause=10.0, longest_pause=300.0)

    assert [pace.after(failures) for failures in (1, 2, 3, 6, 7, 10_000)] == [10, 20, 40, 300, 300, 300]


def test_what_came_when_another_went_is_its_rival() -> None:
    rivals = Rivals()
    rivals.saw({"a"}, {"b"}, lost=["a"])

    assert rivals.has("a", "b")
    assert rivals.has("b", "a")
    assert not rivals.has("a", "c")


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [({"a"}, {"a", "b"}, []), ({"a", "b"}, {"b"}, ["a"]), ({"a"}, {"b", "c"}, ["a"]), ({"a"}, set(), ["a"])],
)
def test_nothing_is_learned_where_it_is_not_clear_what_pushed_what(before: set, after: set, lost: list) -> None:
    rivals = Rivals()
    rivals.saw(before, after, lost=lost)

    assert rivals.pairs == set()


def test_two_that_are_seen_together_are_no_rivals() -> None:
    rivals = Rivals()
    rivals.saw({"a"}, {"b"}, lost=["a"])
    rivals.saw({"b"}, {"a", "b"}, lost=[])

    assert not rivals.has("a", "b")


@pytest.mark.parametrize(
    ("capabilities", "family", "path"),
    [
        ({"completion", "tools"}, "llama", "/api/generate"),
        ({"embedding"}, "nomic-bert", "/api/embed"),
        ({"completion", "embedding"}, "gemma3", "/api/generate"),
        (None, "nomic-bert", "/api/embed"),
        (None, "llama", "/api/generate"),
        (None, None, "/api/generate"),
    ],
)
def test_a_model_that_only_embeds_is_asked_to_embed(capabilities: set | None, family: str | None, path: str) -> None:
    known = None if capabilities is None else frozenset(capabilities)

    assert load_path(ModelEntry("a", details=ModelDetails(family), capabilities=known)) == path


def test_a_name_that_nobody_could_ask_for_is_compared_as_it_is() -> None:
    assert ModelEntry("Odd Name").key == "odd name"
    assert ModelEntry("LLAMA").key == "llama:latest"


@pytest.mark.anyio
async def test_all_that_others_have_loaded_is_named() -> None:
    async with warming(warm("talker"), start=False, max_loaded_models=2) as rig:
        await rig.somebody_loads("stranger")
        await rig.somebody_loads("other")
        rig.warmer.start()
        await rig.until(talker=WarmState.WAITING)

        assert rig.details == {"talker": "other:latest, stranger:latest are loaded there"}
