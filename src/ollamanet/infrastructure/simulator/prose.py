"""Text that a small model might have written, the same for the same seed."""

import random
import re
from typing import Final

_OPENERS: Final = (
    "A short answer about {}: the",
    "Let us look at {} first, because the",
    "On {} the usual view is that the",
    "With {} in mind, the",
)
_WORDS: Final = tuple(
    re.findall(
        r"\w+",
        """
    river model garden answer light question system morning window number paper engine method harbour signal
    winter reason table pattern bridge letter market circle valley message summer balance corner village feature
    network mountain picture structure result journey station cloud forest island season measure harvest kitchen
    slow careful bright narrow simple early quiet useful common steady modern gentle famous separate exact open
    gives keeps finds moves holds turns shows grows follows carries explains reaches opens changes remains becomes
    and with under over near without between toward after before beyond through because while although where when
    small large several most each another every some many few other same often seldom always perhaps together
    again
        """,
    )
)
_TOPIC: Final = re.compile(r"[^\W\d_]{5,24}")
_SENTENCE: Final = (7, 13)


def write_prose(rng: random.Random, *, about: str, length: int) -> list[str]:
    """Write `length` tokens, each a word with its leading space, the first one without.

    Args:
        rng: decides every word.
        about: the question; its longest word is taken up in the opening.
        length: tokens, >= 0.
    """
    topic = max(_TOPIC.findall(about[-2000:]), key=len, default="this")
    words = rng.choice(_OPENERS).format(topic).split()
    words += rng.choices(_WORDS, k=max(0, length - len(words)))
    words = words[:length]
    end = rng.randint(*_SENTENCE) + len(_OPENERS[0].split())
    while end < length:
        words[end - 1] += "."
        words[end] = words[end].capitalize()
        end += rng.randint(*_SENTENCE)
    if words and not words[-1].endswith("."):
        words[-1] += "."
    return words[:1] + [" " + word for word in words[1:]]
