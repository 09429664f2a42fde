"""Ways to ask somebody else to restart a replica: a command, or a webhook."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

import httpx

from ollamanet.infrastructure.inference.kept_process import CannotStart, KeptProcess, ProgramSpec


class HookFailed(Exception):
    """The hook did not do what it should; the message says how, without secrets."""


@dataclass(frozen=True, slots=True)
class HookCall:
    """What a hook is told.

    Attributes:
        replica: its name in the pool.
        url: where it is.
        reason: why, in words.
    """

    replica: str
    url: str
    reason: str


class RestartHook(Protocol):
    """Asks for a restart."""

    @property
    def kind(self) -> str:
        """`command` or `webhook`."""
        ...

    async def __call__(self, call: HookCall) -> str:
        """Ask, and tell in words what came of it.

        Raises:
            HookFailed: it failed, or took too long.
        """
        ...


@dataclass(frozen=True, slots=True)
class CommandHook:
    """Runs a command, with `REPLICA_NAME`, `REPLICA_URL` and `RESTART_REASON` in its environment.

    Attributes:
        program: what to run.
        timeout: seconds (> 0) after which it is ended with all that it started.
    """

    program: ProgramSpec
    timeout: float
    kind: ClassVar[str] = "command"

    async def __call__(self, call: HookCall) -> str:
        """Run it to its end."""
        about = {"REPLICA_NAME": call.replica, "REPLICA_URL": call.url, "RESTART_REASON": call.reason}
        program = replace(self.program, environment={**self.program.environment, **about})
        try:
            process = await KeptProcess.start(program)
        except CannotStart as error:
            raise HookFailed(f"cannot be started: {error}") from error
        try:
            async with asyncio.timeout(self.timeout):
                await process.wait()
        except TimeoutError:
            raise HookFailed(f"took longer than {self.timeout:g} s") from None
        finally:
            await process.stop()
        if process.code != 0:
            raise HookFailed(process.last_words)
        return process.last_words


@dataclass(frozen=True, slots=True)
class WebhookHook:
    """Sends a POST with JSON to one address, and nowhere else: it follows no redirect and uses no proxy.

    Attributes:
        url: `http` or `https`.
        timeout: seconds (> 0) for the whole exchange.
        token: sent as a bearer token, or None.
    """

    url: str
    timeout: float
    token: str | None = field(default=None, repr=False)
    kind: ClassVar[str] = "webhook"

    async def __call__(self, call: HookCall) -> str:
        """Send it; any status of 2xx is success, the body is not read."""
        headers = {"User-Agent": "ollamanet"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        body: Mapping[str, str] = {"event": "restart", "replica": call.replica, "url": call.url, "reason": call.reason}
        try:
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,  # noqa: S113
                client.stream("POST", self.url, json=body, headers=headers) as answer,
            ):
                status = answer.status_code
        except TimeoutError:
            raise HookFailed(f"did not answer within {self.timeout:g} s") from None
        except httpx.HTTPError as error:
            # Its text may hold the address, and that may hold a secret in its path.
            raise HookFailed(f"cannot be called: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise HookFailed(f"answered with status {status}")
        return f"answered with status {status}"
