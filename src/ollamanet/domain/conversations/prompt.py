"""What of a conversation is said to the model: instructions, a summary of older turns, and the recent ones that fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ollamanet.domain.conversations.summary import Summary, system_turn
from ollamanet.domain.kernel.chat import Role, Turn
from ollamanet.domain.kernel.errors import PromptTooLarge
from ollamanet.domain.kernel.model_terms import Overflow

_PART_KEPT: Final = 2
"""A new summary leaves the recent turns that fill half of the room: so the next ones need no new summary each."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits. The turns said, summarized and trimmed are together all of the conversation.

    Attributes:
        turns: 1..n, oldest first.
        trimmed: turns that were left out, and that no summary in the prompt stands for.
        tokens: its estimated size.
        summarized: turns that the summary in the prompt stands for; 0 when there is none in it.
    """

    turns: tuple[Turn, ...]
    trimmed: int
    tokens: int
    summarized: int = 0


def build_prompt(
    system: str | None,
    turns: Sequence[Turn],
    *,
    budget: int,
    overflow: Overflow,
    count: Callable[[Turn], int],
    extra: int = 0,
    earlier: int = 0,
    summary: Summary | None = None,
) -> Prompt:
    """Leave out the oldest turns until the prompt fits.

    Args:
        system: instructions that always stay; None for none.
        turns: 1..n, oldest first, without system turns; the last one is the question and always stays. A question
            that is the result of a tool stays with its call and the other results of it.
        budget: tokens the prompt may take, > 0.
        overflow: whether turns may be left out, and whether a summary may stand for them.
        count: tokens a turn costs, template overhead included; >= 0.
        extra: tokens of what is sent beside the turns: tools, the template's own words; >= 0.
        earlier: turns of the conversation before those given, >= 0; they are never said.
        summary: of the oldest turns, `earlier` ones included; None when there is none.

    Returns:
        The system turn, if any, and the longest suffix of the rest that fits and does not begin with a tool's result,
        because a result without its call means nothing to a model. The results of a call that stays all stay. Under
        SUMMARIZE, and only if something must be left out, the system turn ends with the summary, if that leaves room
        for the question; no turn that it covers is said then.

    Raises:
        PromptTooLarge: what must stay exceeds the budget alone, or nothing may be dropped.

    Source: the rule of ollama's `server/prompt.go`, but an oversize question is refused instead of cut.
    """
    plain = _Window(turns, system_turn(system, None), budget - extra, count)
    if plain.needed > plain.room:
        raise PromptTooLarge(f"message: about {extra + plain.needed} tokens, and the limit is {budget}")
    first, tokens = plain.widest(0)
    if overflow is Overflow.REJECT and (first > plain.oldest(0) or earlier):
        reason = f"more than {budget} tokens" if first else f"more than the {len(turns)} turns that are looked at"
        raise PromptTooLarge(f"conversation: {reason}, and overflow is 'reject'")
    if overflow is Overflow.SUMMARIZE and summary is not None and earlier + first:
        told = _Window(turns, system_turn(system, summary), budget - extra, count)
        covered = max(0, summary.turns - earlier)
        if told.needed <= told.room and covered <= told.tail:
            first, tokens = told.widest(covered)
            return Prompt(told.said(first), earlier + first - summary.turns, extra + tokens, summary.turns)
    return Prompt(plain.said(first), earlier + first, extra + tokens)


def turns_to_summarize(
    system: str | None, turns: Sequence[Turn], *, budget: int, count: Callable[[Turn], int], earlier: int = 0
) -> int:
    """How many of the oldest turns of an overflowing conversation a new summary is to cover; arguments as above.

    Returns:
        All but the recent turns that fill half of the room, or half of what is looked at, and never the question:
        0..`earlier` + n - 1. Where it can be, what is left begins with a user's turn, as most templates expect.
    """
    head = system_turn(system, None)
    room = budget if head is None else budget - count(head)
    window = _Window(turns, None, room // _PART_KEPT, count)
    # Turns that are not looked at any more overflow too: there, half of those that are make the room.
    least = min(len(turns) // _PART_KEPT, window.tail) if earlier else 0
    first, _ = window.widest(least)
    while first < window.tail and turns[first].role is not Role.USER:
        first += 1
    return earlier + first


class _Window:
    """The end of a conversation that is said after a head; `tail` is where that begins which must be said."""

    __slots__ = ("_count", "_head", "_turns", "needed", "room", "tail")

    def __init__(self, turns: Sequence[Turn], head: Turn | None, room: int, count: Callable[[Turn], int]) -> None:
        self._turns = turns
        self._head = () if head is None else (head,)
        self._count = count
        self.room = room
        self.tail = _exchange(turns, len(turns) - 1)
        self.needed = sum(map(count, (*self._head, *turns[self.tail :])))

    def widest(self, least: int) -> tuple[int, int]:
        """Where the longest run begins that fits, not before `least` (<= `tail`); and the tokens of it all."""
        first, tokens, oldest = self.tail, self.needed, self.oldest(least)
        while first > oldest:
            start = _exchange(self._turns, first - 1)
            cost = sum(map(self._count, self._turns[start:first]))
            if tokens + cost > self.room:
                break
            first, tokens = start, tokens + cost
        return first, tokens

    def oldest(self, least: int) -> int:
        """The first turn from `least` on that is not a result whose call is not there; at most `tail`."""
        return next((index for index in range(least, self.tail) if self._turns[index].role is not Role.TOOL), self.tail)

    def said(self, first: int) -> tuple[Turn, ...]:
        return self._head + tuple(self._turns[first:])


def _exchange(turns: Sequence[Turn], last: int) -> int:
    """Where the turns begin that go only together: a call before the results that end at `last`, else `last` itself."""
    while last > 0 and turns[last].role is Role.TOOL:
        last -= 1
    return last
