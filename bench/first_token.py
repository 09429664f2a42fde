"""`python bench/first_token.py [REF]`: the added time to first token of the whole path against an earlier commit's.

Both run beside each other on one core and are asked in turns, a second each, so that a slow stretch of the machine
falls on both. Without REF the earlier one is the main job: sign-in, admission by a plain counter and stored
conversations, before there were limits, a scheduler, routing and metrics. Takes 90 s and a clone with its history.
"""

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import machine
from measurements import MODELS, Effort, measure
from processes import Cores, on_core, running, upstream_port
from targets import with_added_times
from tools import HERE, UPSTREAM, BenchError, compile_tools
from variants import VARIANTS, Site, Subject

MAIN_JOB: Final = "348db326c4e3"
ROUNDS, EFFORT, BOUND = 20, Effort(seconds=1.0, warm=0.3), 1.10
QUANTILES: Final = ("added_p50_ms", "added_p95_ms")
Figures = dict[str, dict[str, float]]


def unpack(ref: str, folder: Path) -> Path:
    """The packages as they were at a commit; raises `BenchError` where this clone does not have it."""
    done = subprocess.run(["git", "-C", HERE.parent, "archive", ref, "src"], capture_output=True, check=False)
    if done.returncode:
        raise BenchError(f"commit {ref} is not in this clone (a shallow one?): {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


def start(name: str, site: Site, stack: ExitStack) -> Subject:
    site.folder.mkdir()
    try:
        return stack.enter_context(VARIANTS["direct" if name == "direct" else "ollamanet"](site))
    except BenchError as problem:
        raise BenchError(f"{name} did not start: {problem}") from problem


def all_rounds(ref: str, site: Site) -> list[Figures]:
    """Each round asks the upstream, the earlier commit and this one, in an order that turns."""
    earlier = replace(site, source=unpack(ref, site.folder))
    sites = {"direct": site, "earlier": earlier, "now": site}
    with ExitStack() as stack:
        subjects = {name: start(name, replace(at, folder=site.folder / name), stack) for name, at in sites.items()}
        rounds = []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            turn = list(subjects.items())
            measured = {
                name: measure("first_token", subject, site, EFFORT)[0]
                for name, subject in (reversed(turn) if number % 2 else turn)
            }
            rounds.append(with_added_times(measured))
    return rounds


def compare(rounds: list[Figures]) -> Mapping[str, float]:
    """Medians over the rounds in ms, and the ratio of the two commits' medians, for each quantile."""
    found = {}
    for figure in QUANTILES:
        for name in ("earlier", "now"):
            found[f"{name}_{figure}"] = median(each[name][figure] for each in rounds)
        found[f"ratio_{figure}"] = found[f"now_{figure}"] / found[f"earlier_{figure}"]
    return found


def report(ref: str, rounds: list[Figures], steal: float) -> None:
    """Print a table, and keep the raw figures."""
    found = compare(rounds)
    print(f"| added time to first token | {ref} | now | ratio | bound |")
    print("|---|--:|--:|--:|--:|")
    for figure in QUANTILES:
        cells = [f"{found[f'{name}_{figure}']:.3f} ms" for name in ("earlier", "now")]
        print(f"| {figure.split('_')[1]} | {' | '.join(cells)} | {found[f'ratio_{figure}']:.2f} x | {BOUND:.2f} x |")
    at = datetime.now(UTC)
    path = HERE / "results" / f"{at:%Y%m%dT%H%M%SZ}-first-token.json"
    path.parent.mkdir(exist_ok=True)
    data = {"at": at.isoformat(), "against": ref, "machine": machine.facts(), "steal_percent": steal}
    path.write_text(json.dumps(data | {"medians": found, "rounds": rounds}, indent=1) + "\n")
    print(f"raw results: {path.name}", file=sys.stderr)


def main() -> int:
    ref = sys.argv[1] if len(sys.argv) > 1 else MAIN_JOB
    before, cores = machine.ticks(), Cores.of_this_machine()
    try:
        compile_tools()
        with tempfile.TemporaryDirectory(prefix="ollamanet-bench-") as name, on_core(cores.generator):
            folder = Path(name)
            with running([UPSTREAM, "0", *MODELS], core=cores.generator, log=folder / "upstream.log") as upstream:
                rounds = all_rounds(ref, Site(upstream_port(upstream.log), MODELS, folder, cores))
    except BenchError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    report(ref, rounds, machine.steal_percent(before, machine.ticks()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
