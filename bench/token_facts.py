"""Texts of several kinds and how many tokens four tokenizers made of them; and prompts put together from those.

`token_texts/KIND.txt` holds our own texts, separated by lines of `%%`. `counts.json` has the counts of each, in that
order, without marks of beginning and end: Llama 3 (`llama3-tokenizer-js` 1), Mistral 7B and Mistral NeMo
(`mistral-common` 1.13, `tokenizer.model.v1` and `tekken_240911`), Qwen 2 (vocabulary of `dashscope` 2.0). Llama 3 has
128,000 tokens, Mistral 7B 32,000, NeMo 131,072, Qwen 151,643.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ollamanet.domain.kernel.chat import Role, Turn

FOLDER = Path(__file__).parent / "token_texts"
OVERHEAD = 24
"""Tokens that a prompt has beyond its turns, in the prompts made here: a short instruction of the template."""

MARKS = 5
"""Tokens that mark a turn, in the prompts made here, as in those of Llama 3 and Qwen."""


@dataclass(frozen=True, slots=True)
class CountedText:
    """A text, and the tokens that each tokenizer makes of it."""

    kind: str
    text: str
    tokens: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CountedPrompt:
    """Turns, and what they cost one tokenizer, marks and overhead included."""

    turns: Sequence[Turn]
    tokens: int


@cache
def counted_texts() -> tuple[CountedText, ...]:
    """All texts."""
    counts = json.loads((FOLDER / "counts.json").read_text(encoding="utf-8"))
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        texts = file.read_text(encoding="utf-8").removesuffix("\n").split("\n%%\n")
        for index, text in enumerate(texts):
            tokens = {name: kinds[file.stem][index] for name, kinds in counts.items()}
            found.append(CountedText(file.stem, text, tokens))
    return tuple(found)


def tokenizers() -> tuple[str, ...]:
    """Their names."""
    return tuple(counted_texts()[0].tokens)


def kinds() -> tuple[str, ...]:
    """Kinds of text."""
    return tuple(dict.fromkeys(text.kind for text in counted_texts()))


def prompts(tokenizer: str, chosen: Sequence[str], *, count: int, seed: int) -> Iterator[CountedPrompt]:
    """Conversations of 1 to 20 turns, each of one kind, a fifth of the turns only a word."""
    dice = random.Random(seed)
    texts = {kind: [text for text in counted_texts() if text.kind == kind] for kind in chosen}
    for _ in range(count):
        kind = dice.choice(chosen)
        turns, tokens = [], OVERHEAD
        for _ in range(dice.choice((1, 1, 1, 2, 3, 6, 12, 20))):
            if dice.random() < 0.2:
                turns.append(Turn(Role.USER, "hi"))
                tokens += MARKS + 1
            else:
                text = dice.choice(texts[kind])
                turns.append(Turn(Role.USER, text.text))
                tokens += MARKS + text.tokens[tokenizer]
        yield CountedPrompt(turns, tokens)
