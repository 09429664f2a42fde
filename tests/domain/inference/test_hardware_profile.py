"""The largest profile that a machine is enough for, and a reason that people can check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.hardware_profile import Gpu, Hardware, HardwareProfile, Memory, choose_profile

GB = 10**9
CPU = HardwareProfile("cpu", Memory.SYSTEM, 0)
CPU_32 = HardwareProfile("cpu-32gb", Memory.SYSTEM, 30 * GB)
GPU_8 = HardwareProfile("8gb", Memory.GPU, 8 * GB)
GPU_24 = HardwareProfile("24gb", Memory.GPU, 23 * GB)
ALL = (GPU_24, CPU, GPU_8, CPU_32)


def card(gigabytes: float) -> Gpu:
    return Gpu("card", round(gigabytes * GB))


@pytest.mark.parametrize(
    ("hardware", "name", "words"),
    [
        (Hardware((card(25.8),), 64 * GB), "24gb", "a GPU with 25.8 GB; '24gb' is for 23 GB and more"),
        (Hardware((card(12), card(12)), 64 * GB), "24gb", "2 GPUs with 24 GB together"),
        (Hardware((card(8.6),), 64 * GB), "8gb", "a GPU with 8.6 GB"),
        (Hardware((card(2),), 64 * GB), "cpu-32gb", "a GPU with 2 GB and 64 GB of system memory"),
        (Hardware((), 16 * GB), "cpu", "no GPU whose memory is known and 16 GB of system memory"),
        (Hardware(), "cpu", "no GPU whose memory is known; 'cpu' asks for least"),
        (Hardware((card(80),), 1, stated=9 * GB), "8gb", "OLLAMANET_GPU_MEMORY states 9 GB"),
        (Hardware((card(80),), 64 * GB, stated=1 * GB), "cpu", "OLLAMANET_GPU_MEMORY states 1 GB"),
    ],
)
def test_takes_the_largest_that_there_is_memory_for(hardware: Hardware, name: str, words: str) -> None:
    choice = choose_profile(ALL, hardware)

    assert choice.profile.name == name
    assert words in choice.why


def test_the_one_that_is_named_is_taken_whatever_the_hardware() -> None:
    choice = choose_profile(ALL, Hardware((card(80),), stated=80 * GB), forced="cpu")

    assert choice.profile is CPU
    assert choice.why == "OLLAMANET_PROFILE names it."


def test_other_machines_are_not_judged_by_this_one() -> None:
    hardware = Hardware((card(80),), 64 * GB, local=False, remote=("gpu1:11434", "gpu2:11434"))

    choice = choose_profile(ALL, hardware)

    assert choice.profile is CPU
    assert "Every replica (gpu1:11434, gpu2:11434) is on another machine" in choice.why
    assert "OLLAMANET_GPU_MEMORY" in choice.why


@pytest.mark.parametrize("forced", [None, "24gb"])
def test_replicas_elsewhere_are_pointed_out_where_one_is_here(forced: str | None) -> None:
    hardware = Hardware((card(25),), 64 * GB, local=True, remote=("gpu2:11434",))

    choice = choose_profile(ALL, hardware, forced)

    assert choice.profile is GPU_24
    assert "gpu2:11434, on other machines, which may differ" in choice.why


memories = st.integers(0, 100).map(lambda count: count * GB)
machines = st.builds(
    Hardware,
    gpus=st.lists(memories.map(lambda memory: Gpu("card", memory)), max_size=3).map(tuple),
    system_memory=st.none() | memories,
    stated=st.none() | memories,
)
some_profiles = st.lists(
    st.tuples(st.sampled_from(Memory), st.integers(0, 90)), min_size=1, max_size=6, unique=True
).map(lambda needs: tuple(HardwareProfile(f"{memory}-{least}", memory, least * GB) for memory, least in needs))


@given(profiles=some_profiles, hardware=machines)
def test_there_is_always_one_and_it_is_met_unless_it_is_the_least(
    profiles: tuple[HardwareProfile, ...], hardware: Hardware
) -> None:
    chosen = choose_profile(profiles, hardware).profile
    there = {
        Memory.GPU: sum(gpu.memory for gpu in hardware.gpus) if hardware.stated is None else hardware.stated,
        Memory.SYSTEM: hardware.system_memory or 0,
    }

    assert chosen in profiles
    least = min(profiles, key=lambda each: (each.memory is Memory.GPU, each.least))
    assert chosen is least or chosen.least <= there[chosen.memory]


@given(profiles=some_profiles, memory=memories, more=memories)
def test_more_memory_is_never_a_smaller_profile(profiles: tuple[HardwareProfile, ...], memory: int, more: int) -> None:
    small, large = (
        choose_profile(profiles, Hardware((Gpu("card", size),), 0)).profile for size in (memory, memory + more)
    )

    assert (small.memory is Memory.GPU, small.least) <= (large.memory is Memory.GPU, large.least)
