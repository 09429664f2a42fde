"""Model names as Ollama reads them: `[host/][namespace/]model[:tag]`, compared without regard to case."""

import re
from dataclasses import dataclass
from typing import Final, Self

_HOST: Final = "registry.ollama.ai"
_NAMESPACE: Final = "library"
_PART: Final = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,79}"
_SHAPE: Final = re.compile(
    rf"(?:(?:(?P<host>[A-Za-z0-9_][A-Za-z0-9_.:\-]{{0,349}})/)?(?P<namespace>{_PART})/)?(?P<model>{_PART})(?::(?P<tag>{_PART}))?"
)


@dataclass(frozen=True, slots=True)
class ModelName:
    """A whole name; `model` and `tag` are never empty."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Fill in the defaults; None where Ollama would call the name invalid."""
        if (match := _SHAPE.fullmatch(text)) is None:
            return None
        return cls(match["host"] or _HOST, match["namespace"] or _NAMESPACE, match["model"], match["tag"] or "latest")

    @property
    def short(self) -> str:
        """The shortest form that is still unambiguous, always with its tag."""
        if self.host != _HOST:
            return self.full
        name = f"{self.model}:{self.tag}"
        return name if self.namespace == _NAMESPACE else f"{self.namespace}/{name}"

    @property
    def full(self) -> str:
        """All four parts, as some refusals show them."""
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"

    @property
    def key(self) -> str:
        """What two spellings of one model have in common."""
        return self.full.lower()

    @property
    def is_cloud(self) -> bool:
        """Whether the tag asks for the request to be forwarded to ollama.com."""
        return self.tag == "cloud" or self.tag.endswith("-cloud")
