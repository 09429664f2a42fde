"""What is sent to load a model, or to keep it loaded, and what comes back."""

from typing import Final

from msgspec import UNSET, Struct, UnsetType

from ollamanet.infrastructure.inference.ollama_wire import ModelEntry
from ollamanet.infrastructure.inference.warm_models import WarmModel

GENERATE: Final = "/api/generate"
EMBED: Final = "/api/embed"


def load_path(entry: ModelEntry) -> str:
    """Where to ask for a model: one that only embeds does not generate."""
    return EMBED if entry.only_embeds else GENERATE


class LoadOptions(Struct, frozen=True, omit_defaults=True):
    """Those of real traffic: with others Ollama would load the model again for the next request."""

    num_ctx: int | UnsetType = UNSET


class LoadSent(Struct, frozen=True, omit_defaults=True):
    """The body of `POST /api/generate` or `/api/embed` without a prompt; `keep_alive` in seconds, negative for ever."""

    model: str
    keep_alive: float
    stream: bool | UnsetType = UNSET
    options: LoadOptions | UnsetType = UNSET

    @classmethod
    def of(cls, model: WarmModel, path: str, keep_alive: float) -> "LoadSent":
        """What loads the model, or only starts its time anew where it is loaded; unloads it with 0 seconds."""
        options = UNSET if model.num_ctx is None else LoadOptions(model.num_ctx)
        return cls(str(model.name), keep_alive, False if path == GENERATE else UNSET, options)


class Answered(Struct):
    """The answer, of which nothing is needed but that it came."""
