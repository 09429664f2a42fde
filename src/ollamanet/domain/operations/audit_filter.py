"""Which entries of the audit trail somebody wants to see."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from uuid import UUID

from ollamanet.domain.kernel.errors import InvalidRequest

_ACTION: Final = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{0,40})?")
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """All that is said must hold; None says nothing.

    Attributes:
        actor_id: who did it.
        actor_name: the same by name, as it was then.
        action: `user.locked`; all that begin so, where it ends with a dot.
        target: `user:0190...`; all of the kind, where it ends with a colon.
        since: not before it; until: before it. Aware, UTC.
    """

    actor_id: UUID | None = None
    actor_name: str | None = None
    action: str | None = None
    target: str | None = None
    address: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(
        cls,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        address: str | None = None,
        request_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Self:
        """Read what somebody typed; an `actor` is an account's id or a user name.

        Raises:
            InvalidRequest: names the field and what was expected.
        """
        texts = {"actor": actor, "target": target, "address": address, "request_id": request_id}
        for name, text in texts.items():
            _check_text(name, text)
        if action is not None and _ACTION.fullmatch(action) is None:
            raise InvalidRequest("action: expected one like `user.locked`, or the beginning of some like `user.`")
        actor_id = _uuid(actor)
        return cls(
            actor_id=actor_id,
            actor_name=None if actor_id is not None else actor,
            action=action,
            target=target,
            address=address,
            request_id=request_id,
            since=_time("since", since),
            until=_time("until", until),
        )


def _check_text(name: str, text: str | None) -> None:
    if text is not None and (not 0 < len(text) <= _LONGEST or not text.isprintable()):
        raise InvalidRequest(f"{name}: expected 1 to {_LONGEST} printable characters")


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # A plus sign in an address is a space, and whoever forgot that means a plus sign.
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if found.tzinfo is None:
            raise InvalidRequest(f"{name}: expected a time with its zone, like 2026-11-22T12:00:00Z")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{name}: expected a time like 2026-11-22T12:00:00Z") from error
