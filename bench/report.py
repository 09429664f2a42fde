"""The results as a table for people and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from targets import TARGETS, Round, Target, Verdict, judge, median_figure, median_ratio
from tools import HERE

RESULTS: Final = HERE / "results"
COLUMNS: Final = (
    ("added_p50_ms", "added first token p50, ms", "{:.3f}"),
    ("added_p95_ms", "p95, ms", "{:.3f}"),
    ("requests_per_core_s", "requests / core-s", "{:,.0f}"),
    ("tokens_per_core_s", "tokens / core-s", "{:,.0f}"),
    ("streams_cpu_percent", "CPU of 200 streams, %", "{:.1f}"),
    ("idle_stream_kb", "kB / idle stream", "{:.1f}"),
    ("start_s", "ready after, s", "{:.2f}"),
)
RATIO_FIGURES: Final = tuple(name for name, _, _ in COLUMNS if name != "start_s")


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return "| " + " | ".join([f"{first.strip():{widths[0]}}", *others]) + " |"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up in a terminal."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([_row(header, widths), rule, *(_row(row, widths) for row in rows)])


def _measured(rounds: Sequence[Round], variants: Sequence[str]) -> str:
    def cell(variant: str, figure: str, form: str) -> str:
        value = median_figure(rounds, variant, figure)
        return "" if value is None else form.format(value)

    rows = [[variant, *(cell(variant, figure, form) for figure, _, form in COLUMNS)] for variant in variants]
    return table(["variant", *(title for _, title, _ in COLUMNS)], rows)


def _amount(value: float, target: Target) -> str:
    if target.against is None:
        return f"{value:.3g} {target.unit}"
    if not target.at_most and target.bound < 1:
        return f"{100 * value:.1f} %"
    return f"{value:.3g} x"


def _judged(verdicts: Sequence[Verdict]) -> str:
    rows = []
    for verdict in verdicts:
        target = verdict.target
        sign = "<=" if target.at_most else ">="
        against = f" {target.against}" if target.against else ""
        got = "" if verdict.value is None else _amount(verdict.value, target)
        rows.append([target.title, f"{sign} {_amount(target.bound, target)}{against}", got, verdict.outcome])
    return table(["target", "bound", "measured", "verdict"], rows)


def medians(rounds: Sequence[Round], variants: Sequence[str]) -> dict[str, dict[str, float]]:
    """The median of every figure that any round has."""
    found: dict[str, dict[str, float]] = {}
    for variant in variants:
        names = sorted({name for measured in rounds for name in measured.get(variant, {})})
        values = {name: median_figure(rounds, variant, name) for name in names}
        found[variant] = {name: value for name, value in values.items() if value is not None}
    return found


def ratios(rounds: Sequence[Round], variants: Sequence[str]) -> dict[str, dict[str, float]]:
    """Each variant's figures as multiples of the bare relay's, and its rates as multiples of the direct ones."""
    found: dict[str, dict[str, float]] = {}
    for variant in variants:
        sides = [("bare relay", figure) for figure in RATIO_FIGURES]
        sides += [("direct", figure) for figure in ("first_token_p50_ms", "requests_per_s", "tokens_per_s")]
        for against, figure in sides:
            value = median_ratio(rounds, variant, against, figure)
            if value is not None and variant != against:
                found.setdefault(variant, {})[f"{figure} / {against}"] = value
    return found


def render(at: datetime, machine: Mapping[str, object], rounds: Sequence[Round], variants: Sequence[str]) -> str:
    """The page that `latest.md` holds."""
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    direct = medians(rounds, variants).get("direct")
    lines = [f"# Benchmark of {at:%Y-%m-%d %H:%M} UTC, medians of {len(rounds)} round(s)", "", facts, ""]
    lines += [_measured([*rounds], [variant for variant in variants if variant != "direct"]), ""]
    if direct:
        form = "Direct: first token after {first_token_p50_ms:.3f} ms; {requests_per_s:,.0f} requests/s; "
        lines += [(form + "{tokens_per_s:,.0f} tokens/s.").format(**direct), ""]
    lines += [_judged([judge(target, rounds) for target in TARGETS]), ""]
    lines += ["Only ratios compare between machines; bench/README.md says what each figure is."]
    return "\n".join(lines) + "\n"


def write(at: datetime, page: str, data: Mapping[str, Any]) -> Path:
    """Put the raw results under their time and the page into `latest.md`; returns the file of raw results."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(data, indent=1) + "\n")
    (RESULTS / "latest.md").write_text(page)
    return path
