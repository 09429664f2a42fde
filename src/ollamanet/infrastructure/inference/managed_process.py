"""A replica that we run ourselves: started, watched, started again, stopped."""

import errno
import socket
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.restart_policy import Patience, RecoveryState, RestartLedger, RestartPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.doze import Doze
from ollamanet.infrastructure.inference.kept_process import CannotStart, KeptProcess, ProgramSpec


class Audience(Protocol):
    """Who has to know about the lives of the process; the pool's `gone`, `restarted` and health."""

    def well(self, replica: ReplicaId) -> bool | None:
        """Whether it does what it is there for; None where nobody can or should say."""
        ...

    def gone(self, replica: ReplicaId, reason: str) -> None:
        """It is dead, or about to be ended."""
        ...

    def restarted(self, replica: ReplicaId) -> None:
        """It was started anew."""
        ...


@dataclass(frozen=True, slots=True)
class ManagedSpec:
    """A replica to run.

    Attributes:
        replica: its name in the pool.
        program: what to run.
        host: the address at which it will listen.
        port: the same.
        policy: when to start it again.
    """

    replica: ReplicaId
    program: ProgramSpec
    host: str
    port: int
    policy: RestartPolicy


class ManagedProcess:
    """Satisfies `Recovery`: `run` keeps it alive until `stop`; nothing here blocks the loop."""

    kind: Final = "process"

    def __init__(self, spec: ManagedSpec, audience: Audience, clock: Clock, *, glance: float = 1.0) -> None:
        """Look after the replica every `glance` seconds (> 0)."""
        self._spec = spec
        self._audience = audience
        self._clock = clock
        self._glance = glance
        self._ledger = RestartLedger(spec.policy)
        self._doze = Doze()
        self._asked = False
        self._stopping = False
        self._state = RecoveryState.STOPPED
        self._detail = "not started yet"
        self._next_start: float | None = None
        self._pid: int | None = None

    def status(self) -> RecoveryStatus:
        """How it stands."""
        due = self._next_start
        retry_in = None if due is None else max(0.0, due - self._clock.monotonic())
        return RecoveryStatus(self.kind, self._state, self._ledger.restarts, self._detail, retry_in, self._pid)

    def restart(self) -> None:
        """End it, or its pause, and start it at once."""
        self._asked = True
        self._doze.wake()

    def stop(self) -> None:
        """Let `run` end the process and return."""
        self._stopping = True
        self._doze.wake()

    async def run(self) -> None:
        """Keep it running until `stop`."""
        while not self._stopping:
            self._asked = False
            pause = await self._live()
            await self._rest(pause)
            if self._asked:
                self._ledger.forgive()
        self._state = RecoveryState.STOPPED

    async def _live(self) -> float:
        """One life, from the start to the end: seconds to wait before the next."""
        self._state = RecoveryState.STARTING
        if (taken := _taken(self._spec.host, self._spec.port)) is not None:
            return self._failed(taken, RecoveryState.PORT_TAKEN)
        try:
            process = await KeptProcess.start(self._spec.program)
        except CannotStart as error:
            return self._failed(f"cannot be started: {error}")
        self._ledger.started(self._clock.monotonic())
        self._pid = process.pid
        process.when_over(self._doze.wake)
        self._now_is(RecoveryState.RUNNING, f"started as process {process.pid}")
        self._audience.restarted(self._spec.replica)
        reason = await self._reason_to_end(process)
        self._audience.gone(self._spec.replica, reason or process.last_words)
        if reason is not None:
            self._now_is(RecoveryState.STOPPING, reason)
            await process.stop()
        self._pid = None
        if self._asked or self._stopping:
            return 0.0
        return self._failed(reason or process.last_words)

    async def _reason_to_end(self, process: KeptProcess) -> str | None:
        """Wait until it has to be ended, and say why; None when it ended by itself."""
        patience = Patience(self._spec.policy)
        while not process.over:
            if self._stopping:
                return "OllamaNet stops"
            if self._asked:
                return "an administrator asked for it"
            if patience.is_over(self._audience.well(self._spec.replica), self._clock.monotonic()):
                return f"unwell for {self._spec.policy.unhealthy_after:g} s or more"
            await self._doze.sleep(self._glance)
        return None

    async def _rest(self, pause: float) -> None:
        self._next_start = self._clock.monotonic() + pause
        while not (self._stopping or self._asked) and (left := self._next_start - self._clock.monotonic()) > 0:
            await self._doze.sleep(left)
        self._next_start = None

    def _failed(self, reason: str, state: RecoveryState = RecoveryState.BACKING_OFF) -> float:
        pause = self._ledger.failed(self._clock.monotonic())
        if self._ledger.looping and state is RecoveryState.BACKING_OFF:
            state = RecoveryState.CRASH_LOOPING
        self._now_is(state, reason)
        return pause

    def _now_is(self, state: RecoveryState, detail: str) -> None:
        self._state, self._detail = state, detail
        log = structlog.get_logger()
        tell = log.info if state in {RecoveryState.RUNNING, RecoveryState.STOPPING} else log.warning
        tell("managed replica", replica=self._spec.replica, code=state.value, detail=detail)


def _taken(host: str, port: int) -> str | None:
    """Why the address cannot be listened on, or None."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: connections of the process before it that are not quite over yet do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"something else listens on {host} port {port}"
            return f"cannot listen on {host} port {port}: {error.strerror}"
    return None
