"""What is known about a request that is over; for counting, never for storing what was said."""

from dataclasses import dataclass

from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Usage


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """One request that had a place.

    Attributes:
        model: what was asked.
        workload: its class.
        replica: which one answered or was to; None if it never had a slot.
        outcome: a `DoneReason`'s value, or the code of the refusal it ended with.
        queued: seconds it waited for a slot, or until it ended without one.
        first_token: seconds from admission to the first piece; None if there was none.
        generating: seconds from the first piece to the end; 0.0 if there was none.
        total: seconds from admission to the end.
        pieces: pieces of text or thinking that came.
        expected_output: tokens the answer was taken for.
        prompt_estimate: tokens the prompt was taken for; 0 if nobody estimated.
        usage: tokens as the replica counted them.
        trimmed: turns that were left out of the prompt.
        cold_load: the model had to be loaded first.
        attempts: replicas that were asked, >= 0.
        truncated: Ollama cut the prompt itself, as far as its count tells.
    """

    model: ModelName
    workload: Priority
    replica: ReplicaId | None
    outcome: str
    queued: float
    first_token: float | None
    generating: float
    total: float
    pieces: int
    expected_output: int
    prompt_estimate: int
    usage: Usage
    trimmed: int
    cold_load: bool
    attempts: int
    truncated: bool
