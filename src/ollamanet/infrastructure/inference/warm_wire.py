"""What is sent to load a model, or to keep it loaded, and what comes back."""

from typing import Final

from msgspec import UNSET, Struct, UnsetType

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_wire import ModelDetails
from ollamanet.infrastructure.inference.warm_models import WarmModel

GENERATE: Final = "/api/generate"
EMBED: Final = "/api/embed"


class ListedModel(Struct):
    """A model in the answer of `/api/tags` or `/api/ps`; names with one `digest` share one place in memory."""

    name: str
    digest: str | None = None
    details: ModelDetails | None = None
    capabilities: frozenset[str] | None = None
    remote_host: str | None = None

    @property
    def key(self) -> str:
        """Its name, to be compared."""
        try:
            return ModelName.parse(self.name).key
        except InvalidRequest:
            return self.name.casefold()

    @property
    def path(self) -> str:
        """Where to ask for it: a model that only embeds does not generate."""
        if self.capabilities:
            return EMBED if "embedding" in self.capabilities and "completion" not in self.capabilities else GENERATE
        # Before 0.30 Ollama did not list capabilities; then only the family of the weights tells.
        family = self.details.family if self.details else None
        return EMBED if family is not None and "bert" in family else GENERATE


class ModelsListed(Struct):
    """The answer of `/api/tags` and `/api/ps`."""

    models: list[ListedModel] | None


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
