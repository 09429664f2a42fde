"""Facts about the machine that a result must be read with."""

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

from tools import HERE


def facts() -> dict[str, Any]:
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "busy_percent": round(busy_percent(), 1),
        "commit": _commit(),
    }


def busy_percent(seconds: float = 1.0) -> float:
    """How much of all cores other processes use, before anything of the benchmark runs."""
    before = ticks()
    time.sleep(seconds)
    after = ticks()
    idle = sum(after[field] - before[field] for field in ("idle", "iowait"))
    return 100 * (1 - idle / max(1, sum(after.values()) - sum(before.values())))


def ticks() -> dict[str, int]:
    """Ticks of all cores since boot, by what they went into."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    line = Path("/proc/stat").read_text().split("\n", 1)[0]
    return dict(zip(names, map(int, line.split()[1:9]), strict=True))


def steal_percent(before: dict[str, int], after: dict[str, int]) -> float:
    """How much of the time between two `ticks` the hypervisor kept from this machine."""
    return 100 * (after["steal"] - before["steal"]) / max(1, sum(after.values()) - sum(before.values()))


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str | None:
    """The commit and whether the tree differs from it; None outside a git checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        described = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return described.stdout.strip() or None
