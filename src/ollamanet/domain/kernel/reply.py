"""What comes back while a reply is made, in this order: Queued*, Started, (Thinking | Text | ToolCalled)*, Finished."""

from dataclasses import dataclass
from enum import StrEnum

from ollamanet.domain.kernel.chat import ToolCall


class DoneReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits for a slot.

    Attributes:
        position: requests that go before it, plus one (>= 1).
        estimated_wait: seconds, from measured rates; None while nothing was measured.
    """

    position: int
    estimated_wait: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """A replica took the request.

    Attributes:
        replica: the replica's name, never its address with credentials.
        queued: seconds it waited for a slot.
        cold_load: the model was not resident there, so loading it comes first.
    """

    replica: str
    queued: float
    cold_load: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer (one token, as a rule)."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model asks for a function call, whole."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the replica counted them; None where it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is complete.

    Attributes:
        reason: STOP, LENGTH or TIMEOUT (then it is partial); the other reasons are never announced, they are recorded.
        usage: measured tokens.
        load: seconds the replica spent loading the model, 0.0 when it was resident.
        prefill: seconds the replica spent on the prompt.
        truncated: the model did not read all of the prompt, as far as the replica's counts tell.
    """

    reason: DoneReason
    usage: Usage = Usage()
    load: float = 0.0
    prefill: float = 0.0
    truncated: bool = False


Delta = Text | Thinking | ToolCalled | Finished
"""What a replica's stream brings."""

ReplyEvent = Queued | Started | Delta
"""What the conversation module hears from admission on."""
