"""The arithmetic of the benchmark, pure: medians over rounds, ratios within a round, and the bounds to reach.

A round maps a variant's name to its figures; a figure that was not measured is absent. Ratios are taken within one
round, whose variants ran seconds apart, and only then is their median taken: a machine that slows down between rounds
changes both sides alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

Figures = Mapping[str, float]
Round = Mapping[str, Figures]

NOT_BUILT: Final = frozenset({"native"})


@dataclass(frozen=True, slots=True)
class Target:
    """One bound: `figure` of `variant`, as a multiple of the same figure of `against` (None: as it stands)."""

    title: str
    variant: str
    figure: str
    against: str | None
    bound: float
    at_most: bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a target: its measured value (ratio, or absolute figure) if there is one."""

    target: Target
    value: float | None
    outcome: str


def _rate(title: str, variant: str, figure: str, against: str, bound: float) -> Target:
    return Target(title, variant, figure, against, bound, at_most=False)


def _cost(title: str, variant: str, figure: str, against: str | None, bound: float, unit: str = "") -> Target:
    return Target(title, variant, figure, against, bound, at_most=True, unit=unit)


TARGETS: Final = (
    _rate("native: streaming requests / core-second", "native", "requests_per_core_s", "bare relay", 0.15),
    _rate("native: tokens / core-second, fast streams", "native", "tokens_per_core_s", "bare relay", 0.50),
    _rate("chat, stored: streaming requests / core-second", "ollamanet", "requests_per_core_s", "bare relay", 0.05),
    _rate("chat, stored: streaming requests / core-second", "ollamanet", "requests_per_core_s", "idiom", 4.0),
    _cost("chat, stored: CPU of 200 streams at 30 tokens/s", "ollamanet", "streams_cpu_percent", "bare relay", 2.0),
    _cost("native: added time to first token, p50", "native", "added_p50_ms", "bare relay", 10.0),
    _cost("native: added time to first token, p95", "native", "added_p95_ms", "bare relay", 15.0),
    _cost("chat, stored: added time to first token, p50", "ollamanet", "added_p50_ms", "bare relay", 25.0),
    _cost("chat, stored: added time to first token, p95", "ollamanet", "added_p95_ms", "bare relay", 25.0),
    _cost("native: memory per idle open stream", "native", "idle_stream_kb", None, 30.0, "kB"),
    _cost("chat, stored: memory per idle open stream", "ollamanet", "idle_stream_kb", None, 60.0, "kB"),
    _rate("native: streaming requests / core-second", "native", "requests_per_core_s", "litellm", 50.0),
    _rate("chat, stored: streaming requests / core-second", "ollamanet", "requests_per_core_s", "litellm", 20.0),
    _cost("start to ready, bytecode warm", "ollamanet", "start_s", None, 2.0, "s"),
)


def with_added_times(measured: Round) -> dict[str, dict[str, float]]:
    """The round with `added_p50_ms` and `added_p95_ms`: each variant's time to first token less the direct one's.

    Quantiles are subtracted, not samples: there is no telling which request through the gateway matches which without.
    Without a direct measurement in the round nothing is added.
    """
    direct = measured.get("direct", {})
    result = {variant: dict(figures) for variant, figures in measured.items()}
    for variant, figures in result.items():
        for quantile in ("p50", "p95"):
            name = f"first_token_{quantile}_ms"
            if variant != "direct" and name in figures and name in direct:
                figures[f"added_{quantile}_ms"] = figures[name] - direct[name]
    return result


def median_figure(rounds: Sequence[Round], variant: str, figure: str) -> float | None:
    """The median over the rounds that have the figure, or None."""
    values = [measured[variant][figure] for measured in rounds if figure in measured.get(variant, {})]
    return median(values) if values else None


def median_ratio(rounds: Sequence[Round], variant: str, against: str, figure: str) -> float | None:
    """The median of the ratios of two variants' figures, each within one round.

    Rounds in which the lower side is not positive (an added time drowned in noise) say nothing and are left out; None
    if no round is left.
    """
    ratios = []
    for measured in rounds:
        over, under = measured.get(variant, {}).get(figure), measured.get(against, {}).get(figure)
        if over is not None and under is not None and under > 0:
            ratios.append(over / under)
    return median(ratios) if ratios else None


def judge(target: Target, rounds: Sequence[Round]) -> Verdict:
    """PASS or MISS, or why there is neither: the variant is not built, was not run, or the machine was too noisy."""
    if target.against is None:
        value = median_figure(rounds, target.variant, target.figure)
    else:
        value = median_ratio(rounds, target.variant, target.against, target.figure)
    if value is not None:
        reached = value <= target.bound if target.at_most else value >= target.bound
        return Verdict(target, value, "PASS" if reached else "MISS")
    if target.variant in NOT_BUILT:
        return Verdict(target, None, "not built")
    needed = {target.variant} | ({target.against} if target.against else set())
    ran = all(any(target.figure in measured.get(name, {}) for measured in rounds) for name in needed)
    return Verdict(target, None, "too noisy" if ran else "not run")
