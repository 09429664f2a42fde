"""A good file of model profiles, and the one that comes with OllamaNet."""

import os
from pathlib import Path

import pytest

from ollamanet.domain.inference.active_profile import ActiveProfile
from ollamanet.domain.inference.hardware_profile import ClassEntry, Gpu, Hardware, Memory, choose_profile
from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.infrastructure.inference import models_file_values as values
from ollamanet.infrastructure.inference.models_file import load_models_file, parse_models_file

GB = 10**9
FILE = b"""
defaults: {num_ctx: 8_192, keep_alive: 30m, overflow: reject}
classes:
  interactive: {queue_timeout: 30, total_timeout: 1m30s}
profiles:
  small:
    system_memory: 0GB
  "large":
    gpu_memory: 22.5GiB
    default: {keep_alive: forever, slots: 2}
    prewarm: [Qwen3:14b, embedder]
    classes:
      interactive: {queue_timeout: 10s}
      background: {total_timeout: 1h}
    models:
      Qwen3: {num_ctx: 16384, prompt_tokens: 8192}
      qwen3:14B: {expected_output: 500}
      embedder:
"""


def test_reads_every_field_and_lays_the_files_defaults_below() -> None:
    small, large = parse_models_file(FILE)

    assert (small.name, small.memory, small.least) == ("small", Memory.SYSTEM, 0)
    assert small.default == ProfileEntry(num_ctx=8192, keep_alive=1800.0, overflow=Overflow.REJECT)
    assert small.classes == {Priority.INTERACTIVE: ClassEntry(30.0, 90.0)}
    assert (large.memory, large.least) == (Memory.GPU, 22.5 * 2**30)
    assert large.default == ProfileEntry(num_ctx=8192, keep_alive=-1.0, overflow=Overflow.REJECT, slots=2)
    assert large.prewarm == (ModelName("Qwen3", "14b"), ModelName("embedder"))
    assert large.classes == {
        Priority.INTERACTIVE: ClassEntry(10.0, 90.0),
        Priority.BACKGROUND: ClassEntry(None, 3600.0),
    }
    assert large.models == {
        "qwen3": ProfileEntry(num_ctx=16384, prompt_tokens=8192),
        "qwen3:14b": ProfileEntry(expected_output=500),
        "embedder": ProfileEntry(),
    }


def test_a_mark_of_utf_8_at_the_beginning_is_no_part_of_it() -> None:
    assert parse_models_file(b"\xef\xbb\xbf" + FILE) == parse_models_file(FILE)


@pytest.mark.parametrize(
    ("text", "size"),
    [("24GB", 24 * GB), ("24 gb", 24 * GB), ("0GB", 0), ("1.5GiB", 3 * 2**29), ("512MiB", 2**29), ("2TB", 2000 * GB)],
)
def test_memory_is_decimal_unless_it_says_otherwise(text: str, size: int) -> None:
    assert values.memory(text) == size


@pytest.mark.parametrize("text", ["", "24", "GB", "-1GB", "24G", "1e3GB", "24GB!", "٢٤GB", "9999999GB"])
def test_memory_without_a_size_or_a_unit_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="such as 24GB"):
        values.memory(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1h30m", 5400), ("0.5", 0.5), ("1.5h", 5400), ("forever", -1)]
)
def test_times_are_seconds_or_durations(text: str, seconds: float) -> None:
    assert values.keep_alive(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "30 m", "m30", "-5", "0m", "1d", "inf", "nan", "1e9", "99999h"])
def test_other_times_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="forever"):
        values.keep_alive(text)


def test_the_shipped_file_is_good_and_every_profile_keeps_two_models_warm() -> None:
    profiles = load_models_file(values.SHIPPED)

    assert [profile.name for profile in profiles] == [
        "cpu", "cpu-32gb", "4gb", "8gb", "16gb", "24gb", "48gb", "80gb"
    ]  # fmt: skip
    assert {len(profile.prewarm) for profile in profiles} == {2}


def test_the_shipped_file_leaves_what_operators_set_to_them() -> None:
    service = ModelProfile(prompt_tokens=1000)
    for profile in load_models_file(values.SHIPPED):
        active = ActiveProfile(profile, service, queue=7.0, total=9.0)
        assert active.default.prompt_tokens == 1000
        assert active.default.slots is None
        assert {active.bounds_of(each) for each in Priority} == {(7.0, 9.0)}
        assert all(active.of(model).num_ctx for model in profile.prewarm)


@pytest.mark.parametrize(
    ("mebibytes", "name"),
    [
        (4096, "4gb"),  # RTX 3050
        (8188, "8gb"),  # RTX 4060
        (15360, "16gb"),  # T4
        (16160, "16gb"),  # V100
        (23034, "24gb"),  # L4
        (24564, "24gb"),  # RTX 4090
        (46068, "48gb"),  # L40S
        (81559, "80gb"),  # H100
        (143771, "80gb"),  # H200
        (2 * 24564, "48gb"),
    ],
)
def test_cards_get_the_profile_that_is_called_as_they_are(mebibytes: int, name: str) -> None:
    hardware = Hardware((Gpu("card", mebibytes * 2**20),), 64 * GB)

    assert choose_profile(load_models_file(values.SHIPPED), hardware).profile.name == name


def test_the_copy_for_operators_is_the_shipped_file() -> None:
    copy = Path(__file__).parents[3] / "config" / "models.yaml"

    assert copy.samefile(values.SHIPPED)


def test_only_a_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "absent"):
        with pytest.raises(OSError, match=r"regular file|directory"):
            load_models_file(path)
