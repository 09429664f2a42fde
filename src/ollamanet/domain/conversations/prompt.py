"""What of a conversation is said to the model: the system turn, and the longest run of recent turns that fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ollamanet.domain.kernel.chat import Role, Turn
from ollamanet.domain.kernel.errors import PromptTooLarge
from ollamanet.domain.kernel.model_terms import Overflow


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits.

    Attributes:
        turns: 1..n, oldest first.
        trimmed: turns that were left out.
        tokens: its estimated size.
    """

    turns: tuple[Turn, ...]
    trimmed: int
    tokens: int


def build_prompt(
    system: str | None,
    turns: Sequence[Turn],
    *,
    budget: int,
    overflow: Overflow,
    count: Callable[[Turn], int],
) -> Prompt:
    """Drop the oldest turns until the prompt fits.

    Args:
        system: instructions that always stay; None for none.
        turns: 1..n, oldest first, without system turns; the last one is the question and always stays.
        budget: tokens the prompt may take, > 0.
        overflow: whether turns may be dropped.
        count: tokens a turn costs, template overhead included; >= 0.

    Returns:
        The system turn, if any, and the longest suffix of the rest that fits and does not begin with a tool's result,
        because a result without its call means nothing to a model.

    Raises:
        PromptTooLarge: the system turn and the question alone exceed the budget, or nothing may be dropped.

    Source: the rule of ollama's `server/prompt.go`, but an oversize question is refused instead of cut.
    """
    head = (Turn(Role.SYSTEM, system),) if system else ()
    tokens = sum(map(count, head)) + count(turns[-1])
    if tokens > budget:
        raise PromptTooLarge(f"message: about {tokens} tokens, and the limit is {budget}")
    first = len(turns) - 1
    while first > 0 and tokens + (cost := count(turns[first - 1])) <= budget:
        first -= 1
        tokens += cost
    while first < len(turns) - 1 and turns[first].role is Role.TOOL:
        tokens -= count(turns[first])
        first += 1
    if first > 0 and overflow is Overflow.REJECT:
        raise PromptTooLarge(f"conversation: more than {budget} tokens, and overflow is 'reject'")
    return Prompt(head + tuple(turns[first:]), trimmed=first, tokens=tokens)
