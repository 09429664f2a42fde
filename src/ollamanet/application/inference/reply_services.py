"""What a reply needs on its way, in one place."""

from collections.abc import Callable
from dataclasses import dataclass

from ollamanet.application.inference.admission_ports import Admission
from ollamanet.application.inference.ports import (
    ModelDirectory,
    ModelProfiles,
    Quota,
    Replicas,
    ReplyMeter,
    TokenEstimates,
)
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.chat import Priority


@dataclass(frozen=True, slots=True)
class ReplyBounds:
    """How long a reply may take, in seconds (> 0).

    Attributes:
        queue: waiting for a slot.
        total: everything, waiting included.
    """

    queue: float = 60.0
    total: float = 120.0


@dataclass(frozen=True, slots=True)
class ReplyServices:
    """The ports behind a reply.

    Attributes:
        audit: compares what was counted with what was estimated.
        bounds: how long a request of a workload class may take.
    """

    admission: Admission
    quota: Quota
    models: ModelDirectory
    replicas: Replicas
    estimates: TokenEstimates
    profiles: ModelProfiles
    meter: ReplyMeter
    audit: PromptAudit
    clock: Clock
    bounds: Callable[[Priority], ReplyBounds]
