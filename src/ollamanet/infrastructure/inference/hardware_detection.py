"""What this machine has: graphics cards and memory. What cannot be found out is left out, and never an error."""

import asyncio
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from ollamanet.domain.inference.hardware_profile import Gpu, Hardware

_QUERY: Final = ("--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
_MIB: Final = 2**20
_KIB: Final = 2**10
_MOST: Final = 64 * 1024
# `card0-DP-1` is a connector of `card0`, and `renderD128` another name of it.
_CARD: Final = re.compile(r"card[0-9]+")


@dataclass(frozen=True, slots=True)
class HardwareSources:
    """Where to look.

    Attributes:
        nvidia_smi: NVIDIA's tool, found on the path unless it is one.
        drm: the kernel's graphics devices.
        meminfo: the kernel's account of memory.
        patience: seconds (> 0) that the tool gets; it hangs where a driver does.
    """

    nvidia_smi: str = "nvidia-smi"
    drm: Path = Path("/sys/class/drm")
    meminfo: Path = Path("/proc/meminfo")
    patience: float = 5.0


async def detected(sources: HardwareSources | None = None) -> Hardware:
    """What there is on this machine: NVIDIA's cards, then AMD's, and the memory of the system.

    The limits of a container are not looked at: Ollama rarely runs in the same one.
    """
    sources = sources or HardwareSources()
    nvidia = nvidia_gpus(await _told_by_nvidia_smi(sources))
    return Hardware(gpus=(*nvidia, *amd_gpus(sources.drm)), system_memory=system_memory(_text(sources.meminfo)))


async def _told_by_nvidia_smi(sources: HardwareSources) -> str:
    program = shutil.which(sources.nvidia_smi)
    if program is None:
        return ""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *_QUERY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        return _untold(program, error.strerror or str(error))
    try:
        async with asyncio.timeout(sources.patience):
            output, _ = await process.communicate()
    except TimeoutError:
        return _untold(program, f"no answer within {sources.patience:g} s")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        return _untold(program, f"ended with {process.returncode}")
    return output.decode("utf-8", "replace")


def _untold(program: str, reason: str) -> str:
    # Not an error: there may be no card. But who has one wonders why a small profile was chosen.
    structlog.get_logger().warning("graphics cards unknown", detail=f"{program}: {reason}")
    return ""


def nvidia_gpus(output: str) -> tuple[Gpu, ...]:
    """The cards that `nvidia-smi` lists as `name, MiB`; one that shares the system's memory says `[N/A]`."""
    gpus = []
    for line in output.splitlines():
        name, _, memory = line.rpartition(",")
        if re.fullmatch(r"[0-9]{1,9}", memory.strip()):
            gpus.append(Gpu(name.strip() or "NVIDIA", int(memory) * _MIB))
    return tuple(gpus)


def amd_gpus(drm: Path) -> tuple[Gpu, ...]:
    """The cards whose AMD driver tells how much memory they have."""
    memories = (_number(card / "device" / "mem_info_vram_total") for card in _cards(drm))
    return tuple(Gpu("AMD", memory) for memory in memories if memory)


def _cards(drm: Path) -> Iterable[Path]:
    try:
        return sorted(card for card in drm.iterdir() if _CARD.fullmatch(card.name))
    except OSError:
        return ()


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def system_memory(meminfo: str) -> int | None:
    """Bytes of memory by the kernel's account, or None where it has no such line."""
    match = re.search(r"^MemTotal:\s+([0-9]{1,15}) kB$", meminfo, re.MULTILINE)
    return int(match[1]) * _KIB if match else None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
