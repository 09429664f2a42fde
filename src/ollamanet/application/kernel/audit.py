"""The audit trail, as those see it who do what goes into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from.

    Attributes:
        address: of the client, as far as the proxies in between are trusted; "" for the command line.
        device: what the client says it is (its User-Agent), at most 256 characters.
        request_id: of the request; "" for the command line.
    """

    address: str = ""
    device: str = ""
    request_id: str = ""


HERE: Final = Origin(device="command line")


@dataclass(frozen=True, slots=True)
class Agent:
    """Who did something: an account, or nobody with one (the command line, somebody who failed to sign in).

    Attributes:
        name: a user name, `command line`, or what somebody claimed to be.
        key: the id of the API key.
    """

    user_id: UserId | None
    name: str
    key: str | None = None

    @classmethod
    def of(cls, actor: Actor) -> "Agent":
        """Him who asks."""
        return cls(actor.user_id, actor.name, actor.key)


OPERATOR: Final = Agent(None, "command line")
RETENTION: Final = Agent(None, "retention")
"""The service itself, which forgets what was deleted long ago."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done, or was tried.

    Attributes:
        action: what, as `thing.verb`: `user.locked`, `session.refused`, `role.changed`.
        by: who.
        target: on whom or what, as `kind:id`: `user:0190...`; "" where the action says it.
        target_name: its name at that time.
        origin: from where.
        at: when, aware, UTC.
        before, after: what changed, plain JSON values; never secrets, never what was said in a conversation.
    """

    action: str
    by: Agent
    origin: Origin
    at: datetime
    target: str = ""
    target_name: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


class AuditTrail(Protocol):
    """Where entries go that no other write carries along."""

    async def record(self, *entries: AuditEntry) -> None:
        """Append; durable when this returns.

        Raises:
            StorageUnavailable: nothing was appended.
        """
        ...
