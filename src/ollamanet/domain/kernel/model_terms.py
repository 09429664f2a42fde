"""What holds for the prompts of one model."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ollamanet.domain.kernel.chat import Turn
from ollamanet.domain.kernel.model_name import ModelName


class Overflow(StrEnum):
    """What to do with a conversation that outgrew the prompt limit.

    TRIM drops the oldest turns; SUMMARIZE puts a summary in their place as soon as there is one; REJECT refuses.
    """

    TRIM = "trim"
    SUMMARIZE = "summarize"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """A model that would answer, and how prompts for it are measured.

    Attributes:
        name: the model.
        prompt_tokens: tokens a prompt may take, > 0.
        overflow: what happens to a longer conversation when its request does not say.
        count: tokens that a turn is likely to cost this model, template overhead included; errs high.
        overhead: tokens (>= 0) that a prompt is likely to cost on top of its turns, once.
    """

    name: ModelName
    prompt_tokens: int
    overflow: Overflow
    count: Callable[[Turn], int]
    overhead: int = 0
