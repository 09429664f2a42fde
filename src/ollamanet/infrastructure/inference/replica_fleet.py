"""All the replicas: where they are, how they do, what they have."""

from collections.abc import Callable, Sequence

import httpx

from ollamanet.application.inference.ports import InstalledModel, Replica, ReplicaSink, ReplicaStream
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_probe import OllamaProbe


class ReplicaFleet:
    """Satisfies `ReplicaPool`, `Replicas` and `ModelDirectory`; tells a `ReplicaSink` all that it learns.

    `start` begins the probes and returns at once; `aclose` ends them. `add` may be called before `start` and after.

    Args:
        sink: told of every replica, its health and its models, always from the event loop.
        transport: shared with whatever else talks HTTP; not closed here.
        clock: the time.
        new_chat: makes what answers chats at an address (`OllamaChat`).
        slots_of: slots that a model's profile asks for, or None for the replica's own number.
    """

    def __init__(
        self,
        sink: ReplicaSink,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        new_chat: Callable[[ReplicaAddress], Replica],
        slots_of: Callable[[ModelName], int | None] = lambda _: None,
    ) -> None: ...

    def start(self) -> None:
        """Begin to probe; needs a running loop."""

    async def aclose(self) -> None:
        """Stop probing, and wait until everything that was begun has ended; idempotent."""

    # ReplicaPool: see application/inference/replica_ports.py

    def add(
        self, url: str, options: ReplicaOptions, *, token: str | None = None, replica: ReplicaId | None = None
    ) -> ReplicaId: ...

    def configure(self, replica: ReplicaId, options: ReplicaOptions) -> None: ...

    async def remove(self, replica: ReplicaId) -> None: ...

    def drain(self, replica: ReplicaId, reason: str) -> None: ...

    def resume(self, replica: ReplicaId) -> None: ...

    def gone(self, replica: ReplicaId, reason: str) -> None: ...

    def restarted(self, replica: ReplicaId) -> None: ...

    async def check(self, replica: ReplicaId) -> ReplicaStatus: ...

    def status(self, replica: ReplicaId) -> ReplicaStatus: ...

    def statuses(self) -> tuple[ReplicaStatus, ...]: ...

    def watch(self, listener: Callable[[ReplicaStatus], None]) -> Callable[[], None]: ...

    @property
    def probes(self) -> Sequence[OllamaProbe]:
        """One for every replica, always as many as there are now: a live view for readiness."""
        ...

    # Replicas: see application/inference/ports.py

    async def open(self, replica: ReplicaId, request: ReplyRequest, *, timeout: float) -> ReplicaStream: ...

    def failed(self, replica: ReplicaId, failure: Refusal) -> None: ...

    # ModelDirectory: see application/inference/ports.py

    async def find(self, name: ModelName) -> InstalledModel | None: ...

    def is_resident(self, name: ModelName) -> bool: ...

    async def first_chat_model(self) -> ModelName | None: ...

    async def models(self) -> tuple[InstalledModel, ...]:
        """All that the replicas have, by name."""
        ...
