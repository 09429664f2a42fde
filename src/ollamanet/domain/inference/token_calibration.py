"""What prompts cost each model, learnt from what they did cost: a factor, an overhead, and how far it may be off."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from typing import Final

from ollamanet.domain.kernel.chat import Turn
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.token_estimate import IMAGE_TOKENS, estimate_said

RARE: Final = 0.05
"""The share of prompts that may cost more than was estimated, and of those that may cost less than `least` says."""

# Bounds that no count can push the estimate over: natural logarithms of factors, and tokens.
_LOWEST: Final = log(0.5)
_HIGHEST: Final = log(4.0)
_LEAST_AT_FIRST: Final = log(0.5)
_OVERHEAD_AT_FIRST: Final = 32.0
_MOST_OVERHEAD: Final = 1024.0
_ABSURD: Final = 8

_FIRST_STEP: Final = 0.15
_LAST_STEP: Final = 0.01
_FIRST_TOKENS: Final = 8.0
_LAST_TOKENS: Final = 0.25
_SLOWING: Final = 4.0
_LONG: Final = 256
"""Tokens of turns at which a prompt says as much about the factor as about the overhead."""


@dataclass(slots=True)
class _Learnt:
    """What is known about one model.

    Attributes:
        factor: logarithm of what the estimate of a text is multiplied by.
        least: logarithm of the factor that all but few prompts exceed.
        overhead: tokens that each prompt has beyond its turns: the template's own words, instructions of the model.
        prompts: how many taught it.
    """

    factor: float = 0.0
    least: float = _LEAST_AT_FIRST
    overhead: float = _OVERHEAD_AT_FIRST
    prompts: int = 0


class TokenCalibration:
    """Satisfies `TokenEstimates`: per model the upper and the lower side of what prompts cost.

    Each count moves a quantile by a step whose size does not depend on the count (a stochastic subgradient of the
    pinball loss, on logarithms), so that a false count does no more harm than any other. Steps shrink as counts come
    in, down to a size that still follows a change. Starts from the estimate of `token_estimate`, which errs high.

    Args:
        most: models that are remembered, >= 1; the one that was not used for the longest time is forgotten.

    Source: Koenker and Bassett, Regression Quantiles, Econometrica 46 (1978).
    """

    def __init__(self, most: int = 256) -> None:
        self._most: Final = most
        self._learnt: Final[OrderedDict[str, _Learnt]] = OrderedDict()

    def counter(self, model: ModelName) -> Callable[[Turn], int]:
        """Tokens of a turn for this model, template overhead included; errs high, and stays what it is."""
        factor = exp(self._of(model).factor)

        def count(turn: Turn) -> int:
            return ceil(factor * estimate_said(turn)) + IMAGE_TOKENS * len(turn.images)

        return count

    def overhead(self, model: ModelName) -> int:
        """Tokens (>= 0) that a prompt costs this model on top of its turns, once; errs high."""
        return ceil(self._of(model).overhead)

    def least(self, model: ModelName, estimated: int) -> int:
        """Tokens (>= 0) that a prompt of that estimate costs, except for few that cost less still."""
        learnt = self._of(model)
        return int(max(0, estimated - ceil(learnt.overhead)) * exp(min(0.0, learnt.least - learnt.factor)))

    def learn(self, model: ModelName, *, estimated: int, measured: int) -> None:
        """A prompt that was estimated at so many tokens, overhead included, cost so many.

        Counts that no tokenizer explains are left out: none at all, or many times more or less than was estimated, as
        from a replica that does not count what it had cached.
        """
        if measured <= 0 or estimated <= 0 or _is_absurd(estimated, measured):
            return
        learnt = self._of(model)
        self._learnt[model.key] = learnt
        self._learnt.move_to_end(model.key)
        if len(self._learnt) > self._most:
            self._learnt.popitem(last=False)
        _teach(learnt, estimated, measured)

    def _of(self, model: ModelName) -> _Learnt:
        return self._learnt.get(model.key) or _Learnt()


def _is_absurd(estimated: int, measured: int) -> bool:
    # A short prompt may cost many times its estimate: the model's own instructions come with it.
    return measured * _ABSURD < estimated or measured > estimated * _ABSURD + _MOST_OVERHEAD


def _teach(learnt: _Learnt, estimated: int, measured: int) -> None:
    slowed = sqrt(1.0 + learnt.prompts / _SLOWING)
    step = max(_LAST_STEP, _FIRST_STEP / slowed)
    tokens = max(_LAST_TOKENS, _FIRST_TOKENS / slowed)
    said = max(0.0, estimated - learnt.overhead)
    weight = said / (said + _LONG)
    too_low = measured > estimated
    cost = log(measured / estimated) + learnt.factor
    learnt.least = _moved(learnt.least, step * weight, above=cost > learnt.least, rare=1.0 - RARE)
    learnt.factor = _within(_LOWEST, _moved(learnt.factor, step * weight, above=too_low, rare=RARE), _HIGHEST)
    overhead = _moved(learnt.overhead, tokens * (1.0 - weight), above=too_low, rare=RARE)
    learnt.overhead = _within(0.0, overhead, _MOST_OVERHEAD)
    learnt.prompts += 1


def _moved(quantile: float, step: float, *, above: bool, rare: float) -> float:
    """One step towards the value that a share `rare` of all observations lies above."""
    return quantile + step * (1.0 - rare if above else -rare)


def _within(lowest: float, value: float, highest: float) -> float:
    return max(lowest, min(value, highest))
