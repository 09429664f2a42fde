"""Everything that keeps replicas running, as one thing that is started and stopped."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol, Self

import structlog

from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict

_LAST_WORDS_SECONDS: Final = 30.0


class Recovery(Protocol):
    """What keeps one replica running."""

    def status(self) -> RecoveryStatus:
        """How it stands."""
        ...

    def restart(self) -> None:
        """Begin to start the replica again.

        Raises:
            Conflict: not now.
        """
        ...

    def stop(self) -> None:
        """Let `run` end what it started, and return."""
        ...

    async def run(self) -> None:
        """Work until `stop`, or until cancelled."""
        ...


class ReplicaRecoveries:
    """Satisfies the port `Recoveries`; as a context it runs each of them, and stops all at once at its end.

    Args:
        recoveries: by the name of their replica.
        patience: seconds (> 0) that they get to stop; what is still running then is cancelled.
    """

    def __init__(self, recoveries: Mapping[ReplicaId, Recovery], *, patience: float = _LAST_WORDS_SECONDS) -> None:
        self._recoveries = recoveries
        self._patience = patience
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for replica, recovery in self._recoveries.items():
            task = asyncio.create_task(recovery.run(), name=f"recovery of {replica}")
            task.add_done_callback(_tell_of_a_defect)
            self._tasks.append(task)
        return self

    async def __aexit__(self, *_reason: object) -> None:
        for recovery in self._recoveries.values():
            recovery.stop()
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=self._patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def status(self, replica: ReplicaId) -> RecoveryStatus | None:
        """How it stands; None for a replica that nobody here can restart."""
        recovery = self._recoveries.get(replica)
        return None if recovery is None else recovery.status()

    def restart(self, replica: ReplicaId) -> None:
        """Begin to start the replica again.

        Raises:
            Conflict: there is no way to do so, or not now.
        """
        recovery = self._recoveries.get(replica)
        if recovery is None:
            raise Conflict("nothing here can restart this replica: it is not managed, and has no restart hook")
        recovery.restart()


def _tell_of_a_defect(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        structlog.get_logger().error("defect", component=task.get_name(), exc_info=error)
