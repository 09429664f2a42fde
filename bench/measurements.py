"""The measurements: each drives one load through one variant and turns what was seen into figures."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from processes import cpu_seconds, family, on_core, resident_bytes
from tools import LOADGEN, BenchError
from variants import Site, Subject

ERRORS_TOLERATED: Final = 0.01
STREAMS, STREAM_RATE = 200, 30


@dataclass(frozen=True, slots=True)
class Load:
    """What the load generator is asked for; `tokens` is what the model brings in each answer."""

    model: str
    tokens: int
    connections: int
    seconds: float
    warm: float
    ramp: float = 0.0
    pause_us: int = 0
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured: seconds for each load, and how many idle streams are opened."""

    seconds: float
    warm: float
    idle_streams: int = 1000


def first_token(effort: Effort) -> Load:
    """One caller who pauses: nothing queues, nothing is batched."""
    return Load("n8i1000", 8, connections=1, seconds=effort.seconds, warm=effort.warm, pause_us=2000)


def requests(effort: Effort) -> Load:
    """Short answers that the upstream has ready at once: the cost of a request, not of its tokens."""
    return Load("n16i0", 16, connections=32, seconds=effort.seconds, warm=effort.warm)


def tokens(effort: Effort) -> Load:
    """Long answers as fast as they can be relayed."""
    return Load("n2000i0", 2000, connections=8, seconds=effort.seconds, warm=effort.warm)


def streams(effort: Effort) -> Load:
    """A team at work: 100 tokens in 3.3 s, spread so that starts and tokens are even over time."""
    return Load("n100i33333", 100, STREAMS, effort.seconds, warm=3.6, ramp=3.3)


def idle_streams(effort: Effort) -> Load:
    """Everybody has a first token and waits: what an open stream weighs."""
    return Load("n100i60000000", 100, effort.idle_streams, seconds=1.0, warm=60.0, hold=True)


LOADS: Final[Mapping[str, Callable[[Effort], Load]]] = {
    "first_token": first_token,
    "idle_streams": idle_streams,
    "requests": requests,
    "tokens": tokens,
    "streams": streams,
}
MODELS: Final = tuple(load(Effort(1, 1)).model for load in LOADS.values())


@dataclass(frozen=True, slots=True)
class Seen:
    """One load's outcome: the generator's results, and the gateway's CPU and memory around the measured time."""

    results: dict[str, Any]
    core_share: float | None
    tail_cpu_s: float | None
    grown_bytes: int | None


def command_of(load: Load, subject: Subject) -> list[str]:
    words = [str(LOADGEN), "-p", str(subject.port), "-u", subject.path, "-b", subject.body(load.model)]
    words += ["-c", str(load.connections), "-n", str(load.tokens), "-d", str(load.seconds), "-w", str(load.warm)]
    words += ["-r", str(load.ramp), "-t", str(load.pause_us)]
    for authorization in subject.authorizations:
        words += ["-A", authorization]
    return [*words, "-k"] if load.hold else words


def drive(load: Load, subject: Subject, site: Site) -> Seen:
    """Raises `BenchError` when answers fail, come short, or are not all stored: a fast wrong answer is no figure."""
    pids = family(subject.server.pid) if subject.server else []
    before, stored = resident_bytes(pids), subject.stored() if subject.stored else 0
    with on_core(site.cores.generator):
        process = subprocess.Popen(command_of(load, subject), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        began = ended = cpu = used = 0.0
        line = ""
        for line in process.stdout:
            if line.startswith('{"event":"begin"'):
                began, cpu = time.monotonic(), cpu_seconds(pids)
            elif line.startswith('{"event":"end"'):
                ended, used = time.monotonic(), cpu_seconds(pids)
                grown = resident_bytes(pids) - before
        complaint = process.stderr.read()
    if process.returncode:
        raise BenchError(f"loadgen ended with status {process.returncode}: {complaint}{_log(subject)}")
    results = json.loads(line)
    tail = settle(pids)
    _check(load, subject, results, stored)
    if not pids:
        return Seen(results, None, None, None)
    return Seen(results, (used - cpu) / (ended - began), tail, grown)


def settle(pids: list[int], limit_s: float = 10.0) -> float:
    """Wait until the gateway rests; the CPU seconds that this took are work it had put off (or cancelled streams)."""
    start = before = cpu_seconds(pids)
    deadline = time.monotonic() + limit_s
    while pids and time.monotonic() < deadline:
        time.sleep(0.2)
        now = cpu_seconds(pids)
        if now - before <= 0.01:
            break
        before = now
    return cpu_seconds(pids) - start


def _check(load: Load, subject: Subject, results: Mapping[str, Any], stored_before: int) -> None:
    failed, done = sum(results["errors"].values()), results["requests"]
    if failed > ERRORS_TOLERATED * (failed + done) or (not done and not load.hold):
        raise BenchError(f"load {load.model}: {done} answers, errors {results['errors']}{_log(subject)}")
    if failed:
        print(f"  load {load.model}: {failed} of {failed + done} answers failed: {results['errors']}", file=sys.stderr)
    if subject.stored and (kept := subject.stored() - stored_before) < done:
        raise BenchError(f"load {load.model}: {done} answers, but only {kept} conversations were stored{_log(subject)}")


def _log(subject: Subject) -> str:
    return f"\nits last words:\n{subject.server.log_tail()}" if subject.server else ""


def figures_of(name: str, load: Load, seen: Seen) -> dict[str, float]:
    """Figures by name; per core-second means per second of CPU time that the gateway used, all threads together."""
    results, share = seen.results, seen.core_share
    if name == "first_token":
        return {f"first_token_{q}_ms": results["first_token_ms"][q] for q in ("p50", "p95")}
    if name == "idle_streams":
        return {} if seen.grown_bytes is None else {"idle_stream_kb": seen.grown_bytes / 1000 / load.connections}
    if name == "streams":
        due = STREAMS * STREAM_RATE
        delivered = results["tokens_per_s"] / due
        return {} if share is None else {"streams_cpu_percent": 100 * share / delivered, "streams_delivered": delivered}
    rate = results[f"{name}_per_s"]
    figures = {f"{name}_per_s": rate}
    return figures if share is None else figures | {f"{name}_per_core_s": rate / share, f"{name}_core_share": share}


def measure(name: str, subject: Subject, site: Site, effort: Effort) -> tuple[dict[str, float], dict[str, Any]]:
    """One load on one variant: its figures, and everything raw behind them."""
    load = LOADS[name](effort)
    seen = drive(load, subject, site)
    return figures_of(name, load, seen), asdict(load) | asdict(seen)
