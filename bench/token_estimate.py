"""What the estimate of a prompt costs, and how far it is off: `PYTHONPATH=src python -m bench.token_estimate`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from timeit import repeat

from bench.token_facts import counted_texts, kinds, prompts, tokenizers

from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import Role, Turn
from ollamanet.domain.kernel.model_name import ModelName

BYTES = 16_384
"""About 4,096 tokens of English."""

MODEL = ModelName("model")


@dataclass(frozen=True, slots=True)
class Error:
    """Estimates of prompts over what they cost.

    Attributes:
        below: share of prompts that cost more than was estimated.
        lowest: the least estimate, as a factor of the cost.
        median: half of them are lower.
        high: 95 % of them are lower.
    """

    below: float
    lowest: float
    median: float
    high: float


def error_of(tokenizer: str, chosen: Sequence[str], *, learning: int, judged: int = 400, seed: int = 1) -> Error:
    """The error on prompts of these kinds after so many others were learnt from, without further learning."""
    calibration = TokenCalibration()
    for prompt in prompts(tokenizer, chosen, count=learning, seed=seed):
        calibration.learn(MODEL, estimated=_estimate(calibration, prompt.turns), measured=prompt.tokens)
    factors = sorted(
        _estimate(calibration, prompt.turns) / prompt.tokens
        for prompt in prompts(tokenizer, chosen, count=judged, seed=seed + 1)
    )
    below = sum(factor < 1.0 for factor in factors) / judged
    return Error(below, factors[0], factors[judged // 2], factors[judged * 95 // 100])


def text_of(kind: str) -> str:
    """Texts of one kind, 16 kB of them."""
    data = "\n".join(text.text for text in counted_texts() if text.kind == kind).encode()
    return (data * (BYTES // len(data) + 1))[:BYTES].decode(errors="ignore")


def microseconds(kind: str, *, calls: int, rounds: int) -> float:
    """The best time of an estimate of one turn of 16 kB, calibrated."""
    turn = Turn(Role.USER, text_of(kind))
    count = TokenCalibration().counter(MODEL)
    return min(repeat(lambda: count(turn), number=calls, repeat=rounds)) / calls * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="estimates in a round")
    parser.add_argument("--rounds", type=int, default=15, help="rounds, of which the best counts")
    parser.add_argument("--prompts", type=int, default=1000, help="prompts to learn from")
    chosen = parser.parse_args(arguments)
    print(f"| text of {BYTES:,} bytes | us | bound |\n|---|---:|---:|")
    for kind in kinds():
        print(f"| {kind} | {microseconds(kind, calls=chosen.calls, rounds=chosen.rounds):.1f} | 50 |")
    print(f"\nEstimate over count, before and after {chosen.prompts} prompts of that kind:\n")
    print(
        "| text | tokenizer | before: lowest, median, 95 % | after: too low, lowest, median, 95 % |\n|---|---|---|---|"
    )
    for kinds_of_row in (*((kind,) for kind in kinds()), kinds()):
        for name in tokenizers():
            before = error_of(name, kinds_of_row, learning=0)
            after = error_of(name, kinds_of_row, learning=chosen.prompts)
            print(
                f"| {kinds_of_row[0] if len(kinds_of_row) == 1 else 'all'} | {name} "
                f"| {before.lowest:.2f}, {before.median:.2f}, {before.high:.2f} "
                f"| {after.below:.1%}, {after.lowest:.2f}, {after.median:.2f}, {after.high:.2f} |"
            )


def _estimate(calibration: TokenCalibration, turns: Sequence[Turn]) -> int:
    return sum(map(calibration.counter(MODEL), turns)) + calibration.overhead(MODEL)


if __name__ == "__main__":
    main()
