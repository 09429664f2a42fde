"""`python bench/run.py`: the same work direct and through each variant, in turns; prints a table, writes the results.

Takes 2 to 3 minutes (`--quick`: about 40 s) and a C compiler. README.md beside this file says how to read it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import machine
import report
from measurements import LOADS, MODELS, Effort, measure
from processes import Cores, on_core, running, upstream_port
from targets import TARGETS, Round, judge, with_added_times
from tools import UPSTREAM, BenchError, compile_tools
from variants import VARIANTS, Site, Subject, starts

BUSY_PERCENT: Final = 10
LOADS_OF: Final = {
    "direct": ("first_token", "requests", "tokens"),
    "bare relay": ("first_token", "idle_streams", "requests", "tokens", "streams"),
    "idiom": ("first_token", "requests", "tokens"),
    "ollamanet": ("first_token", "idle_streams", "requests", "tokens", "streams"),
    "litellm": ("first_token", "requests"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of the benchmark does: which variants, how often, how long, and when to stop early."""

    variants: tuple[str, ...]
    rounds: int
    effort: Effort
    limit_s: float
    litellm: str | None


def parse(words: Sequence[str]) -> tuple[Plan, bool]:
    """The plan, and whether a missed target fails the run."""
    parser = argparse.ArgumentParser(description="Measure OllamaNet against the bare relay, the idiom and no gateway.")
    parser.add_argument("--quick", action="store_true", help="one short round, about 40 s")
    parser.add_argument("--rounds", type=int, help="how often all variants are measured in turn (default 3, quick 1)")
    parser.add_argument("--only", help="comma-separated variants: " + ", ".join(VARIANTS))
    parser.add_argument("--litellm", metavar="PATH", help="also measure the LiteLLM proxy at this path")
    parser.add_argument("--strict", action="store_true", help="exit with status 1 when a target is missed")
    given = parser.parse_args(words)
    usual = [name for name in VARIANTS if name != "litellm" or given.litellm]
    variants = [name.strip() for name in given.only.split(",")] if given.only else usual
    if unknown := set(variants) - set(usual):
        parser.error(f"no such variant: {', '.join(sorted(unknown))} (litellm needs --litellm PATH)")
    effort = Effort(seconds=1.0, warm=0.4) if given.quick else Effort(seconds=2.0, warm=0.5)
    rounds = given.rounds or (1 if given.quick else 3)
    limit_s = 60.0 * rounds + (60.0 * rounds if given.litellm else 0.0)
    return Plan(tuple(variants), rounds, effort, limit_s, given.litellm), given.strict


def start_all(plan: Plan, number: int, site: Site, stack: ExitStack) -> dict[str, Subject]:
    """Start every variant of the round; between loads the others wait on the gateway's core and cost it nothing."""
    subjects = {}
    for name in plan.variants:
        folder = site.folder / f"{name.replace(' ', '-')}-{number}"
        folder.mkdir()
        try:
            subjects[name] = stack.enter_context(VARIANTS[name](replace(site, folder=folder)))
        except BenchError as problem:
            raise BenchError(f"{name} did not start: {problem}") from problem
    return subjects


def one_round(plan: Plan, number: int, site: Site) -> tuple[dict[str, dict[str, float]], dict[str, Any]]:
    """Each load on all variants in turn, so that those compared with each other ran within seconds."""
    raw: dict[str, Any] = {name: {} for name in plan.variants}
    with ExitStack() as stack:
        subjects = start_all(plan, number, site, stack)
        figures = {name: starts(subject) for name, subject in subjects.items()}
        for load in LOADS:
            turn = [name for name in plan.variants if load in LOADS_OF[name]]
            for name in reversed(turn) if number % 2 else turn:
                print(f"round {number + 1} of {plan.rounds}: {load}, {name}", file=sys.stderr, flush=True)
                try:
                    found, raw[name][load] = measure(load, subjects[name], site, plan.effort)
                except BenchError as problem:
                    raise BenchError(f"{name}: {problem}") from problem
                figures[name] |= found
    return with_added_times(figures), raw


def all_rounds(plan: Plan, site: Site) -> tuple[list[Round], list[dict[str, Any]]]:
    """Round after round, while another one is likely to end within the plan's limit."""
    rounds: list[Round] = []
    raws: list[dict[str, Any]] = []
    started = time.monotonic()
    for number in range(plan.rounds):
        spent = time.monotonic() - started
        if number and spent + spent / number > plan.limit_s:
            print(f"stopping after {number} rounds: another would pass {plan.limit_s:.0f} s", file=sys.stderr)
            break
        steal = machine.ticks()
        figures, raw = one_round(plan, number, site)
        rounds.append(figures)
        raws.append(raw | {"steal_percent": machine.steal_percent(steal, machine.ticks())})
    return rounds, raws


def bench(plan: Plan) -> bool:
    """Run the plan, print and write its results; returns whether no target was missed."""
    compile_tools()
    cores = Cores.of_this_machine()
    if cores.gateway is None:
        print("one core only: load and gateway share it, so even the ratios are rough", file=sys.stderr)
    at, facts = datetime.now(UTC), machine.facts()
    if facts["busy_percent"] > BUSY_PERCENT:
        print(
            f"other processes use {facts['busy_percent']} % of this machine: the figures will be off", file=sys.stderr
        )
    with tempfile.TemporaryDirectory(prefix="ollamanet-bench-") as name, on_core(cores.generator):
        folder = Path(name)
        with running([UPSTREAM, "0", *MODELS], core=cores.generator, log=folder / "upstream.log") as upstream:
            site = Site(upstream_port(upstream.log), MODELS, folder, cores, plan.litellm)
            rounds, raws = all_rounds(plan, site)
    page = report.render(at, facts, rounds, plan.variants)
    data = {
        "at": at.isoformat(),
        "machine": facts,
        "plan": asdict(plan),
        "medians": report.medians(rounds, plan.variants),
        "ratios": report.ratios(rounds, plan.variants),
        "targets": [asdict(judge(target, rounds)) for target in TARGETS],
        "rounds": rounds,
        "raw": raws,
    }
    print(page)
    print(f"raw results: {report.write(at, page, data)}")
    return all(judge(target, rounds).outcome != "MISS" for target in TARGETS)


def main() -> int:
    plan, strict = parse(sys.argv[1:])
    if not sys.platform.startswith("linux"):
        print("make bench needs Linux: its load tools use epoll and it reads /proc", file=sys.stderr)
        return 2
    try:
        reached = bench(plan)
    except BenchError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    return 1 if strict and not reached else 0


if __name__ == "__main__":
    sys.exit(main())
