"""Text that a small model might have written, the same for the same seed."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_OPENERS: Final = (
    "Here is a short answer about {}.",
    "Let us look at {} first.",
    "There is more to say about {} than it seems.",
    "With {} in mind it becomes simple.",
)
_PATTERNS: Final = (
    "the adjective noun verb the noun place the noun",
    "adverb the noun verb one adjective noun",
    "when the noun verb the noun the adjective noun verb the noun",
    "every noun verb the adjective noun place one noun",
    "the noun and the noun verb the adjective noun",
    "so one noun verb the noun because the noun verb the adjective noun",
)
_PARTS: Final[Mapping[str, Sequence[str]]] = {
    part: words.split()
    for part, words in {
        "noun": "river model garden answer light question system morning window number paper engine method harbour "
        "signal reason table pattern bridge letter market circle valley message balance corner village feature network",
        "verb": "changes follows carries explains reaches opens holds turns shows keeps finds moves measures joins",
        "adjective": "slow careful bright narrow simple early quiet useful common steady modern gentle separate exact",
        "adverb": "usually often sometimes seldom here perhaps mostly later",
        "place": "behind near without beside under before beyond",
    }.items()
}
_TOPIC: Final = re.compile(r"[^\W\d_]{5,24}")
# The question may be a whole book: its end says what it is about.
_TOPIC_SIGNS: Final = 2000


def write_prose(rng: random.Random, *, about: str, length: int) -> list[str]:
    """Write `length` tokens, each a word with its leading space, the first one without.

    Args:
        rng: decides every word.
        about: the question; its longest word is taken up in the opening.
        length: tokens, >= 0.
    """
    topic = max(_TOPIC.findall(about[-_TOPIC_SIGNS:]), key=len, default="this")
    words = rng.choice(_OPENERS).format(topic).split()
    sentences = _sentences(rng)
    while len(words) < length:
        words += next(sentences)
    words = words[:length]
    if words and not words[-1].endswith("."):
        words[-1] += "."
    return words[:1] + [" " + word for word in words[1:]]


def _sentences(rng: random.Random) -> Iterator[list[str]]:
    while True:
        parts = rng.choice(_PATTERNS).split()
        words = [rng.choice(_PARTS[part]) if part in _PARTS else part for part in parts]
        words[0] = words[0].capitalize()
        words[-1] += "."
        yield words
