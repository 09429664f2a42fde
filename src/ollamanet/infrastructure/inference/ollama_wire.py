"""Ollama's JSON, both ways: what is sent to `/api/chat`, and the lines and lists that come back.

Nothing is refused for a field we do not know, and a counter that is absent or null is unknown, not zero.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from msgspec import UNSET, DecodeError, Meta, Raw, Struct, UnsetType

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName

UNREADABLE: Final = (DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON we expect, for text that is not UTF-8, and for deep nesting."""

Counter = Annotated[int, Meta(ge=0, lt=2**53)]
Nanoseconds = Annotated[float, Meta(ge=0)]


class FunctionSent(Struct):
    """A call that the model asked for earlier; `arguments` is a JSON object."""

    name: str
    arguments: Raw


class ToolCallSent(Struct):
    """One entry of a turn's `tool_calls`."""

    id: str
    function: FunctionSent


class MessageSent(Struct, omit_defaults=True):
    """One turn; images are bare base64."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCallSent, ...] = ()


class ChatSent(Struct, omit_defaults=True):
    """The body of `POST /api/chat`; `stream` has no default, so it is always sent."""

    model: str
    messages: tuple[MessageSent, ...]
    stream: bool
    options: Mapping[str, Any] | UnsetType = UNSET
    format: Raw | UnsetType = UNSET
    think: bool | str | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    keep_alive: float | UnsetType = UNSET


class FunctionLine(Struct, gc=False):
    """A function call as the model made it."""

    name: str
    arguments: dict[str, Any] | None = None


class ToolCallLine(Struct, gc=False):
    """A whole tool call; older servers give no id."""

    function: FunctionLine
    id: str | None = None


class MessageLine(Struct, gc=False):
    """A piece of the reply."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[ToolCallLine] | None = None


class ChatLine(Struct, gc=False):
    """One line of a chat stream; the last one has `done` and the counters (durations in nanoseconds)."""

    message: MessageLine | None = None
    done: bool = False
    error: str | dict[str, Any] | None = None
    done_reason: str | None = None
    load_duration: Nanoseconds | None = None
    prompt_eval_duration: Nanoseconds | None = None
    prompt_eval_count: Counter | None = None
    eval_count: Counter | None = None


class ErrorBody(Struct):
    """The body of a refusal; behind a proxy it may be anything else."""

    error: str | dict[str, Any]


class VersionAnswer(Struct):
    """The answer of `/api/version`."""

    version: str


class ModelDetails(Struct):
    """What is said about a model's weights; `context_length` is the one it was trained with, since Ollama 0.30."""

    family: str | None = None
    context_length: Counter | None = None


class ModelEntry(Struct):
    """A model in a list; `remote_host` is set for one that Ollama would forward to its cloud.

    `size` is in bytes: of its files in `/api/tags`, of all that it takes while loaded in `/api/ps`.
    """

    name: str
    details: ModelDetails | None = None
    capabilities: frozenset[str] | None = None
    remote_host: str | None = None
    digest: str = ""
    size: Counter = 0
    size_vram: Counter = 0

    @property
    def key(self) -> str:
        """Its name, to be compared; that of one which nobody could ask for by its name too."""
        try:
            return ModelName.parse(self.name).key
        except InvalidRequest:
            return self.name.casefold()

    @property
    def chats(self) -> bool:
        """It completes texts."""
        return "completion" in self.capabilities if self.capabilities else not self._is_encoder

    @property
    def only_embeds(self) -> bool:
        """It makes vectors of texts, and nothing else."""
        if self.capabilities:
            return "embedding" in self.capabilities and "completion" not in self.capabilities
        return self._is_encoder

    @property
    def _is_encoder(self) -> bool:
        # Before 0.30 Ollama did not list capabilities; then only the family of the weights tells.
        family = self.details.family if self.details else None
        return family is not None and "bert" in family


class ModelList(Struct):
    """The answer of `/api/tags` and `/api/ps`."""

    models: list[ModelEntry] | None


class ShowSent(Struct):
    """The body of `POST /api/show`."""

    model: str


class ModelShown(Struct):
    """The answer of `/api/show`, which knows more than the lists do: what only the chat template tells."""

    capabilities: frozenset[str] | None = None
    details: ModelDetails | None = None
    model_info: dict[str, Any] | None = None
