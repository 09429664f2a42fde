"""Prompts: what they cost, and how Ollama makes a long one fit the window without telling anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ollamanet.infrastructure.simulator.messages import Message
from ollamanet.infrastructure.simulator.run_options import RunOptions
from ollamanet.infrastructure.simulator.tokens import count_tokens
from ollamanet.infrastructure.simulator.wire_errors import PROMPT_TOO_LONG, WireError, window_exceeded

_START_TOKENS: Final = 1
_REPLY_HEADER_TOKENS: Final = 3


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in parts, so that two prompts can share a cached beginning.

    `tokens` may be less than the parts cost: a prompt that was cut keeps its parts.
    """

    parts: tuple[tuple[str, int], ...]
    tokens: int
    question: str

    @property
    def text(self) -> str:
        """All parts, as the seed of the reply."""
        return "\x1e".join(text for text, _ in self.parts)

    def shared_tokens(self, other: "Prompt | None") -> int:
        """Tokens of the leading parts that both prompts have, at least one short of the whole prompt."""
        if other is None:
            return 0
        shared = 0
        for mine, theirs in zip(self.parts, other.parts, strict=False):
            if mine != theirs:
                break
            shared += mine[1]
        return min(shared, self.tokens - 1)


def chat_prompt(messages: Sequence[Message], *, tools: str, window: int, truncate: bool) -> Prompt:
    """Render a chat; with `truncate` the oldest turns go until it fits `window` tokens.

    System messages and the last message always stay, so the result may still be too long.
    """
    kept = [(message, message.tokens) for message in messages]
    overhead = _START_TOKENS + _REPLY_HEADER_TOKENS + count_tokens(tools)
    total = overhead + sum(cost for _, cost in kept)
    oldest = 0
    while truncate and total > window and oldest < len(kept) - 1:
        if kept[oldest][0].role == "system":
            oldest += 1
        else:
            total -= kept.pop(oldest)[1]
    parts = [(tools, overhead), *((f"{message.role}: {message.text}", cost) for message, cost in kept)]
    question = next((message.text for message, _ in reversed(kept) if message.role == "user"), "")
    return Prompt(tuple(parts), total, question)


def generate_prompt(pieces: Sequence[str], *, images_tokens: int, context: int, raw: bool) -> Prompt:
    """Render a completion: `pieces` are system, prompt and suffix, `context` the length of the history given as ids."""
    overhead = 0 if raw else _START_TOKENS + _REPLY_HEADER_TOKENS
    parts = [("", overhead + images_tokens + context), *((piece, count_tokens(piece)) for piece in pieces if piece)]
    return Prompt(tuple(parts), max(1, sum(tokens for _, tokens in parts)), "\n".join(pieces))


def fit(prompt: Prompt, run: RunOptions, *, truncate: bool, native_chat: bool) -> Prompt:
    """Cut a prompt that is still too long, as the rendered path does, or refuse it, as the child does.

    Raises:
        WireError: 400; the child's nested JSON where the prompt is sent uncut, a sentence where shifting is off.
    """
    window = run.load.num_ctx
    if prompt.tokens <= window:
        return prompt
    if native_chat or not truncate:
        raise window_exceeded(prompt.tokens, window)
    if not run.load.shift:
        raise WireError(400, PROMPT_TOO_LONG)
    kept = min(max(run.num_keep, 0), window)
    return replace(prompt, tokens=window - max((window - kept) // 2, 1))
