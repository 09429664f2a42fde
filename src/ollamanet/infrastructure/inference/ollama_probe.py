"""Whether a replica is alive."""

from dataclasses import dataclass

import msgspec

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_errors import RETRY_AFTER


class VersionAnswer(msgspec.Struct):
    """The answer of `/api/version`, which touches neither disk nor GPU nor scheduler."""

    version: str


@dataclass(frozen=True, slots=True)
class OllamaProbe:
    """Asks a replica for its version.

    Attributes:
        api: the replica.
        clock: measures the latency.
        timeout: seconds (> 0) that count as alive.
    """

    api: OllamaApi
    clock: Clock
    timeout: float = 2.0

    @property
    def name(self) -> str:
        """The replica's name."""
        return self.api.name

    async def check(self) -> float:
        """Seconds that it took to answer.

        Raises:
            NoHealthyReplica: it did not, or not as Ollama does; `detail` says what happened.
        """
        started = self.clock.monotonic()
        try:
            await self.api.get("/api/version", VersionAnswer, timeout=self.timeout)
        except Refusal as refusal:
            raise NoHealthyReplica(refusal.detail, retry_after=refusal.retry_after or RETRY_AFTER) from refusal
        return self.clock.monotonic() - started
