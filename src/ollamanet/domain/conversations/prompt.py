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
    extra: int = 0,
) -> Prompt:
    """Drop the oldest turns until the prompt fits.

    Args:
        system: instructions that always stay; None for none.
        turns: 1..n, oldest first, without system turns; the last one is the question and always stays. A question
            that is the result of a tool stays with its call and the other results of it.
        budget: tokens the prompt may take, > 0.
        overflow: whether turns may be dropped.
        count: tokens a turn costs, template overhead included; >= 0.
        extra: tokens of what is sent beside the turns: tools, the template's own words; >= 0.

    Returns:
        The system turn, if any, and the longest suffix of the rest that fits and does not begin with a tool's result,
        because a result without its call means nothing to a model. The results of a call that stays all stay.

    Raises:
        PromptTooLarge: what must stay exceeds the budget alone, or nothing may be dropped.

    Source: the rule of ollama's `server/prompt.go`, but an oversize question is refused instead of cut.
    """
    head = (Turn(Role.SYSTEM, system),) if system else ()
    first = _exchange(turns, len(turns) - 1)
    tokens = extra + sum(map(count, head)) + sum(map(count, turns[first:]))
    if tokens > budget:
        raise PromptTooLarge(f"message: about {tokens} tokens, and the limit is {budget}")
    oldest = _first_with_its_call(turns, first)
    while first > oldest:
        earlier = _exchange(turns, first - 1)
        cost = sum(map(count, turns[earlier:first]))
        if tokens + cost > budget:
            break
        first, tokens = earlier, tokens + cost
    if first > oldest and overflow is Overflow.REJECT:
        raise PromptTooLarge(f"conversation: more than {budget} tokens, and overflow is 'reject'")
    return Prompt(head + tuple(turns[first:]), trimmed=first, tokens=tokens)


def _exchange(turns: Sequence[Turn], last: int) -> int:
    """Where the turns begin that go only together: a call before the results that end at `last`, else `last` itself."""
    while last > 0 and turns[last].role is Role.TOOL:
        last -= 1
    return last


def _first_with_its_call(turns: Sequence[Turn], end: int) -> int:
    """The first turn that is not a result whose call was not even read back; at most `end`."""
    return next((index for index in range(end) if turns[index].role is not Role.TOOL), end)
