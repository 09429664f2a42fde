"""The name of a model, as Ollama spells it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from ollamanet.domain.kernel.errors import InvalidRequest

_PART: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9_-])?"
_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,348}[A-Za-z0-9])?"
_SHAPE: Final = re.compile(rf"(?P<family>(?:(?:{_HOST}/)?{_PART}/)?{_PART})(?::(?P<tag>{_PART}))?")
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class ModelName:
    """An Ollama model reference, always with an explicit tag (`llama3` becomes `llama3:latest`).

    Grammar: `[host/][namespace/]model[:tag]`. Ollama matches names without regard to case, so use `key` to compare.
    """

    family: str
    tag: str = "latest"

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Self:
        """Read a name as people write it; the few that everybody uses are remembered.

        Raises:
            InvalidRequest: it is not of the grammar (path characters such as `..` or a leading `/` are not).
        """
        match = _SHAPE.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None or ".." in text:
            raise InvalidRequest("model: expected a name like 'llama3' or 'namespace/model:tag'")
        return cls(match["family"], match["tag"] or "latest")

    @property
    def key(self) -> str:
        """The form in which two spellings of one model are equal."""
        return _key(self.family, self.tag)

    @property
    def is_cloud(self) -> bool:
        """Whether Ollama would forward requests for it to its cloud: it tells so by the end of the tag."""
        tag = self.tag.casefold()
        return tag == "cloud" or tag.endswith("-cloud")

    def __str__(self) -> str:
        return f"{self.family}:{self.tag}"


@lru_cache(maxsize=4096)
def _key(family: str, tag: str) -> str:
    # Asked a dozen times a request, always of the same few.
    return f"{family}:{tag}".casefold()
