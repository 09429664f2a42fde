"""What this machine has, from the tools and files that tell it."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.infrastructure.kernel.http_clients import until

from ollamanet.domain.inference.hardware_profile import Gpu, Hardware
from ollamanet.infrastructure.inference.hardware_detection import (
    HardwareSources,
    amd_gpus,
    detected,
    nvidia_gpus,
    system_memory,
)

pytestmark = pytest.mark.anyio
MIB = 2**20


def tool(folder: Path, script: str) -> str:
    """A program in the place of `nvidia-smi`."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def sources(folder: Path, script: str | None = None, *, patience: float = 30.0) -> HardwareSources:
    program = str(folder / "no-such-tool") if script is None else tool(folder, script)
    return HardwareSources(program, folder / "drm", folder / "meminfo", patience)


def with_card(folder: Path, name: str, memory: str) -> None:
    device = folder / "drm" / name / "device"
    device.mkdir(parents=True)
    (device / "mem_info_vram_total").write_text(memory)


async def test_asks_nvidias_tool_the_kernel_and_nobody_else(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "meminfo").write_text("MemTotal:       16316412 kB\nMemFree: 1 kB\n")
    with_card(tmp_path, "card1", "17163091968\n")

    found = await detected(
        sources(tmp_path, f'echo "$@" > {asked}\necho "NVIDIA H200, 143771"\necho "NVIDIA L4, 23034"')
    )

    assert asked.read_text() == "--query-gpu=name,memory.total --format=csv,noheader,nounits\n"
    cards = (Gpu("NVIDIA H200", 143771 * MIB), Gpu("NVIDIA L4", 23034 * MIB), Gpu("AMD", 17163091968))
    assert found == Hardware(cards, 16316412 * 1024)


async def test_a_machine_that_tells_nothing_is_no_error(tmp_path: Path) -> None:
    assert await detected(sources(tmp_path)) == Hardware((), None)


@pytest.mark.parametrize("script", ["echo 'no driver' >&2; exit 9", "echo 'RTX, 24576'; exit 1", "kill -9 $$"])
async def test_a_tool_that_fails_has_told_nothing(tmp_path: Path, script: str) -> None:
    assert (await detected(sources(tmp_path, script))).gpus == ()


async def test_a_tool_that_cannot_be_run_has_told_nothing(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_bytes(b"\x7fELF no program at all")
    (tmp_path / "nvidia-smi").chmod(0o755)

    assert (await detected(HardwareSources(str(tmp_path / "nvidia-smi"), tmp_path, tmp_path))).gpus == ()


async def test_a_tool_that_hangs_is_ended(tmp_path: Path) -> None:
    number = tmp_path / "number"

    with capture_logs() as told:
        found = await detected(sources(tmp_path, f"echo $$ > {number}\nexec sleep 600", patience=0.3))

    assert found.gpus == ()
    assert [(each["event"], each["detail"]) for each in told] == [
        ("graphics cards unknown", f"{tmp_path}/nvidia-smi: no answer within 0.3 s")
    ]
    if number.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(number.read_text()), 0)


async def test_who_stops_waiting_leaves_no_tool_behind(tmp_path: Path) -> None:
    number = tmp_path / "number"
    waiting = asyncio.create_task(detected(sources(tmp_path, f"echo $$ > {number}\nexec sleep 600")))
    await until(lambda: number.exists() and number.read_text() != "")
    waiting.cancel()
    await asyncio.wait({waiting})

    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


@pytest.mark.parametrize(
    ("output", "gpus"),
    [
        ("", ()),
        ("NVIDIA GeForce RTX 4090, 24564\n", (Gpu("NVIDIA GeForce RTX 4090", 24564 * MIB),)),
        ("GPU, with a comma, 8188\r\n", (Gpu("GPU, with a comma", 8188 * MIB),)),
        ("NVIDIA GB10, [N/A]\nNVIDIA L4, 23034", (Gpu("NVIDIA L4", 23034 * MIB),)),
        ("No devices were found", ()),
        ("24576", (Gpu("NVIDIA", 24576 * MIB),)),
    ],
)
def test_reads_what_the_tool_prints(output: str, gpus: tuple[Gpu, ...]) -> None:
    assert nvidia_gpus(output) == gpus


def test_counts_each_amd_card_once(tmp_path: Path) -> None:
    for name in ("card0", "card0-DP-1", "renderD128"):
        with_card(tmp_path, name, "8573157376")
    with_card(tmp_path, "card1", "unknown")
    (tmp_path / "drm" / "card2" / "device").mkdir(parents=True)

    assert amd_gpus(tmp_path / "drm") == (Gpu("AMD", 8573157376),)


@pytest.mark.parametrize(
    ("text", "memory"), [("MemTotal:       1024 kB\n", 1048576), ("MemFree: 3 kB", None), ("", None)]
)
def test_reads_the_memory_of_the_system(text: str, memory: int | None) -> None:
    assert system_memory(text) == memory
