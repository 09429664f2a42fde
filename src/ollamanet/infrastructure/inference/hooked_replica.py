"""A replica that somebody else runs, and can be asked to restart."""

import asyncio
from dataclasses import dataclass

import structlog

from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.restart_policy import Patience, RecoveryState, RestartPolicy, RunLimit
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.infrastructure.inference.doze import Doze
from ollamanet.infrastructure.inference.managed_process import Audience
from ollamanet.infrastructure.inference.restart_hook import HookCall, HookFailed, RestartHook


@dataclass(frozen=True, slots=True)
class HookedSpec:
    """A replica with a hook.

    Attributes:
        replica: its name in the pool.
        url: where it is.
        interval: seconds (>= 0) between two runs of the hook, whoever asks for them.
        policy: how long it may be unwell.
    """

    replica: ReplicaId
    url: str
    interval: float
    policy: RestartPolicy


class HookedReplica:
    """Satisfies `Recovery`: `run` watches the replica until `stop`, and runs the hook when it does not get well."""

    def __init__(
        self, spec: HookedSpec, hook: RestartHook, audience: Audience, clock: Clock, *, glance: float = 1.0
    ) -> None:
        """Look after the replica every `glance` seconds (> 0)."""
        self._spec = spec
        self._hook = hook
        self._audience = audience
        self._clock = clock
        self._glance = glance
        self._limit = RunLimit(spec.interval)
        self._doze = Doze()
        self._asked = False
        self._stopping = False
        self._acting: asyncio.Future[str] | None = None
        self._runs = 0
        self._state = RecoveryState.STOPPED
        self._detail = "the hook was not needed yet"

    def status(self) -> RecoveryStatus:
        """How it stands."""
        return RecoveryStatus(self._hook.kind, self._state, self._runs, self._detail)

    def restart(self) -> None:
        """Run the hook.

        Raises:
            Conflict: it runs, or ran too short a time ago.
        """
        wait = self._limit.wait(self._clock.monotonic())
        if self._asked or self._state is RecoveryState.ACTING or wait > 0:
            raise Conflict("its restart hook was run a short time ago", retry_after=max(1.0, wait))
        self._asked = True
        self._doze.wake()

    def stop(self) -> None:
        """Let `run` return; a hook that is running is cut."""
        self._stopping = True
        if self._acting is not None:
            self._acting.cancel()
        self._doze.wake()

    async def run(self) -> None:
        """Watch it until `stop`."""
        patience = Patience(self._spec.policy)
        self._state = RecoveryState.WATCHING
        while not self._stopping:
            now = self._clock.monotonic()
            over = patience.is_over(self._audience.well(self._spec.replica), now)
            if self._asked:
                await self._act("an administrator asked for it")
            elif over and self._limit.wait(now) <= 0:
                await self._act(f"unwell for {self._spec.policy.unhealthy_after:g} s or more")
                patience = Patience(self._spec.policy)
            await self._doze.sleep(self._glance)
        self._state = RecoveryState.STOPPED

    async def _act(self, reason: str) -> None:
        log = structlog.get_logger()
        replica = self._spec.replica
        self._asked = False
        self._state = RecoveryState.ACTING
        self._limit.ran(self._clock.monotonic())
        self._runs += 1
        log.warning("restart hook", replica=replica, code="acting", detail=reason)
        acting = self._acting = asyncio.ensure_future(self._hook(HookCall(replica, self._spec.url, reason)))
        try:
            # Only waited for: whoever cancels the hook means the hook, and not this task.
            await asyncio.wait({acting})
        finally:
            acting.cancel()
            self._acting = None
        self._state = RecoveryState.WATCHING
        if acting.cancelled():
            self._detail = "cut, as OllamaNet stops"
        elif isinstance(error := acting.exception(), HookFailed):
            self._detail = f"failed: {error}"
            log.error("restart hook", replica=replica, code="failed", detail=str(error))
        else:
            self._detail = acting.result()
            log.info("restart hook", replica=replica, code="done", detail=self._detail)
            self._audience.restarted(replica)
