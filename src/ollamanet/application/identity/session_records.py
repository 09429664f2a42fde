"""What the audit trail says of sessions that end."""

from datetime import datetime

from ollamanet.application.identity.session_ports import SessionOwner
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import SessionId


def ended_entry(owner: SessionOwner, by: Agent, origin: Origin, at: datetime, *, because: str) -> AuditEntry:
    """One session of somebody ended."""
    user = owner.user
    return AuditEntry(
        "session.revoked",
        by,
        origin,
        at,
        target=f"user:{user.id}",
        target_name=str(user.username),
        after={"session": str(owner.session.id), "because": because},
    )


def own_session(actor: Actor) -> SessionId:
    """The sign-in of the caller.

    Raises:
        Forbidden: he came with an API key; whoever finds one must not see, or end, its owner's sign-ins.
    """
    if actor.session is None:
        raise Forbidden("this needs a sign-in; an API key has no session")
    return actor.session
