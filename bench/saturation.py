"""Ten times what two slots can do, for a minute: who is refused, who is answered, what it costs, what is left after it.

`python bench/saturation.py [SECONDS]` starts a simulator and the service on free ports, asks as fast as the slots can
answer, then ten times as fast, then as at first; prints a table and writes the raw figures.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

import httpx
from processes import free_port, resident_bytes, running, wait_until_ready

SLOTS, TOKENS, TOKENS_PER_S, TIMES = 2, 10, 100, 10
CAPACITY: Final = SLOTS * TOKENS_PER_S / TOKENS
CALM_S, DEADLINE_S = 10.0, 120.0
RESULTS: Final = Path(__file__).parent / "results"


@dataclass
class Phase:
    """One stretch of load."""

    name: str
    rate: float
    seconds: float
    ends: Counter[str] = field(default_factory=Counter)
    answered_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    per_s: float = 0.0
    grown_mb: float = 0.0

    def row(self) -> str:
        refused = sum(self.ends.values()) - self.ends["answered"]
        late = sum(seconds > DEADLINE_S for seconds in self.answered_s)
        cells = [self.name, f"{self.rate:.0f}", f"{self.ends['answered']:,}", f"{self.per_s:.1f}", f"{refused:,}"]
        cells += [_p95(self.answered_s, 1.0, "s"), _p95(self.refused_s, 1000.0, "ms"), str(late)]
        return "| " + " | ".join([*cells, str(self.without_retry_after), f"{self.grown_mb:+.1f}"]) + " |"


def _p95(values: list[float], factor: float, unit: str) -> str:
    return f"{quantiles(values, n=20)[-1] * factor:.1f} {unit}" if len(values) > 1 else ""


async def drive(phase: Phase, ask: Callable[[Phase], Awaitable[None]], pid: int) -> None:
    """Ask at a steady rate, whatever becomes of it; what is waiting at the end is waited for."""
    before, started, tasks = resident_bytes([pid]), time.monotonic(), []
    for number in range(round(phase.rate * phase.seconds)):
        due = started + number / phase.rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.ensure_future(ask(phase)))
    await asyncio.gather(*tasks)
    phase.per_s = phase.ends["answered"] / (time.monotonic() - started)
    phase.grown_mb = (resident_bytes([pid]) - before) / 1e6


async def phases_of(url: str, pid: int, seconds: float) -> list[Phase]:
    """Calm, storm, calm."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=url, timeout=150, limits=limits, trust_env=False) as http:
        headers = []
        for number in range(8):
            name = f"storm{number}"
            person = {"email": f"{name}@example.com", "username": name, "password": "correct horse battery"}
            token = (await http.post("/api/v1/auth/register", json=person)).json()["access_token"]
            headers.append({"Authorization": f"Bearer {token}"})

        async def ask(phase: Phase) -> None:
            began = time.monotonic()
            sender = headers[sum(phase.ends.values()) % len(headers)]
            answer = await http.post("/api/v1/chats", json={"message": "Hi"}, headers=sender)
            passed = time.monotonic() - began
            if answer.status_code == 200:
                phase.ends["answered"] += 1
                phase.answered_s.append(passed)
                return
            phase.ends[answer.json()["code"]] += 1
            phase.refused_s.append(passed)
            phase.without_retry_after += "retry-after" not in answer.headers

        found = [
            Phase("before", 0.9 * CAPACITY, CALM_S),
            Phase("storm", TIMES * CAPACITY, seconds),
            Phase("after", 0.9 * CAPACITY, CALM_S),
        ]
        for phase in found:
            await drive(phase, ask, pid)
        return found


def main() -> None:
    """Start everything, drive it, report."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    own = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA")}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        upstream, port = free_port(), free_port()
        simulate = [sys.executable, "-m", "ollamanet", "simulate", "--port", str(upstream), "--models", "llama3.2"]
        simulate += ["--slots", str(SLOTS), "--tokens-per-second", str(TOKENS_PER_S), "--reply-tokens", str(TOKENS)]
        simulator = stack.enter_context(
            running([*simulate, "--load-seconds", "0"], core=None, log=Path(folder) / "simulator.log", env=own)
        )
        wait_until_ready(simulator, upstream, "/api/version")
        names = ("USER_CONCURRENCY", "USER_RPM", "USER_TPM", "REGISTER_RPM")
        limits = {f"OLLAMANET_{name}": "1000000" for name in names}
        settings = {"OLLAMA_BASE_URLS": f"http://127.0.0.1:{upstream}", "OLLAMANET_SLOTS_PER_MODEL": str(SLOTS)}
        server = stack.enter_context(
            running(
                [sys.executable, "-m", "ollamanet", "serve", "--port", str(port)],
                core=None,
                log=Path(folder) / "ollamanet.log",
                env=own | limits | settings | {"OLLAMANET_DATA_DIR": folder},
            )
        )
        wait_until_ready(server, port, "/health/ready")
        found = asyncio.run(phases_of(f"http://127.0.0.1:{port}", server.pid, seconds))
        defects = Path(folder, "ollamanet.log").read_text().count('"status":500')
    report(found, defects)


def report(found: list[Phase], defects: int) -> None:
    """Print a table, and keep the raw figures."""
    titles = ("phase", "asked / s", "answered", "answered / s", "refused", "answered p95", "refused p95")
    titles += ("late", "without Retry-After", "MB grown")
    print("| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles))
    for phase in found:
        print(phase.row())
    print(f"\nthe storm: {dict(found[1].ends)}; answers 500 in the log: {defects}")
    at = datetime.now(UTC)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}-saturation.json"
    rows = [{**vars(phase), "answered_s": sorted(phase.answered_s), "refused_s": None} for phase in found]
    path.write_text(json.dumps({"at": at.isoformat(), "defects": defects, "phases": rows}, indent=1) + "\n")
    print(f"raw results: {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
