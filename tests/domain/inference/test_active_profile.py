"""`name:tag`, else `name`, else the profile, else the service."""

import pytest

from ollamanet.domain.inference.active_profile import ActiveProfile, is_family
from ollamanet.domain.inference.hardware_profile import ClassEntry, HardwareProfile, Memory
from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName

PROFILE = HardwareProfile(
    "small",
    Memory.SYSTEM,
    0,
    default=ProfileEntry(num_ctx=6000, keep_alive=60.0),
    models={
        "qwen3": ProfileEntry(num_ctx=8000, expected_output=500),
        "qwen3:14b": ProfileEntry(prompt_tokens=7000),
        "team/qwen3": ProfileEntry(slots=3),
        "host:5000/team/small": ProfileEntry(slots=4),
    },
    classes={Priority.BACKGROUND: ClassEntry(total=600.0), Priority.INTERACTIVE: ClassEntry(queue=500.0)},
)
ACTIVE = ActiveProfile(PROFILE, ModelProfile(prompt_tokens=4096), queue=60.0, total=120.0)


@pytest.mark.parametrize(
    ("name", "num_ctx", "prompt_tokens", "expected_output", "slots"),
    [
        ("qwen3:14b", 8000, 7000, 500, None),
        ("QWEN3:14B", 8000, 7000, 500, None),
        ("Qwen3", 8000, 4096, 500, None),
        ("qwen3:8b", 8000, 4096, 500, None),
        ("team/qwen3:8b", 6000, 4096, 256, 3),
        ("host:5000/team/small", 6000, 4096, 256, 4),
        ("llama3.2", 6000, 4096, 256, None),
    ],
)
def test_each_model_has_what_is_said_about_it_most_closely(
    name: str, num_ctx: int, prompt_tokens: int, expected_output: int, slots: int | None
) -> None:
    found = ACTIVE.of(ModelName.parse(name))

    assert found.num_ctx == num_ctx
    assert (found.prompt_tokens, found.expected_output, found.slots) == (prompt_tokens, expected_output, slots)
    assert found.keep_alive == 60.0
    assert found == PROFILE.entry(ModelName.parse(name)).complete(ModelProfile(prompt_tokens=4096))


def test_a_class_waits_no_longer_than_it_lasts_and_the_service_fills_in() -> None:
    assert ACTIVE.bounds_of(Priority.BACKGROUND) == (60.0, 600.0)
    assert ACTIVE.bounds_of(Priority.INTERACTIVE) == (120.0, 120.0)
    silent = ActiveProfile(HardwareProfile("s", Memory.SYSTEM, 0), ModelProfile(), queue=60.0, total=120.0)
    assert [silent.bounds_of(each) for each in Priority] == [(60.0, 120.0)] * len(Priority)


def test_every_entry_is_told_by_its_name() -> None:
    assert [name for name, _ in ACTIVE.named()] == ["host:5000/team/small", "qwen3", "qwen3:14b", "team/qwen3"]
    assert dict(ACTIVE.named())["qwen3:14b"] == ACTIVE.of(ModelName.parse("qwen3:14b"))


@pytest.mark.parametrize(
    ("name", "family"),
    [("qwen3", True), ("qwen3:14b", False), ("team/qwen3", True), ("host:5000/a/b", True), ("host:5000/a/b:c", False)],
)
def test_a_name_without_a_tag_is_a_family(name: str, family: bool) -> None:
    assert is_family(name) is family
