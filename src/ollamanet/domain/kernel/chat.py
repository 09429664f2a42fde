"""What is said to a model: turns, options, and the request for a reply that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ollamanet.domain.kernel.caller_limits import NOBODY_SAID, SaidLimits
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName


class Role(StrEnum):
    """Who speaks in a turn."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Priority(StrEnum):
    """The workload classes that a caller may ask for: background work waits while interactive work is there.

    The scheduler knows more of them (`WorkloadClass` of the inference module), which follow from what is asked for.
    """

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called.

    Attributes:
        id: opaque; made by us when the replica gave none.
        name: the function.
        arguments: a JSON object, as text.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, as a model sees it.

    Attributes:
        role: who speaks.
        text: what is said; may be empty (a turn of tool calls only).
        images: bare base64, no `data:` prefix.
        tool_calls: calls that an assistant turn asked for.
    """

    role: Role
    text: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the reply is to be generated.

    Attributes:
        options: Ollama's run-time options by their names (`temperature`, `num_predict`, ...); never load-time ones,
            because a change of those makes the replica reload the model.
        format: None, `"json"`, or a JSON schema, as JSON text.
        think: None (the model's default), a bool, or `"low"`, `"medium"`, `"high"`, `"max"`.
        tools: function definitions, as JSON text of an array; None for none.
    """

    options: Mapping[str, float | int | str | tuple[str, ...]] = field(default_factory=dict)
    format: str | None = None
    think: bool | str | None = None
    tools: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """A prompt that waits for its answer.

    Attributes:
        request_id: the caller's handle on this request.
        user: who asks; limits and fairness are his.
        model: what shall answer.
        turns: 1..n, oldest first; a system turn stands at index 0.
        sampling: how.
        priority: its workload class.
        timeout: seconds (> 0) it may take in all, queueing included; None for the service's own bound.
        roles: names of the user's roles; his limits depend on them.
        key: the API key it came with; None for a sign-in.
        said: what the user's account, roles and key say of his limits.
        affinity: what it has in common with earlier requests (its conversation), so that a prompt cache is used again.
        prompt_tokens: the estimated size of the turns, >= 0.
        trimmed: turns that were left out to make it fit.
    """

    request_id: RequestId
    user: UserId
    model: ModelName
    turns: tuple[Turn, ...]
    sampling: Sampling = field(default_factory=Sampling)
    priority: Priority = Priority.INTERACTIVE
    timeout: float | None = None
    roles: frozenset[str] = frozenset()
    key: str | None = None
    said: SaidLimits = NOBODY_SAID
    affinity: str | None = None
    prompt_tokens: int = 0
    trimmed: int = 0
