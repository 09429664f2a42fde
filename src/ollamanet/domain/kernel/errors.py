"""Refusals: what the service declines to do and why, without a word about any transport.

Refusal
├── InvalidRequest           INVALID          invalid_request
├── Unauthenticated          UNAUTHENTICATED  unauthenticated
├── Forbidden                FORBIDDEN        forbidden
├── NotFound                 MISSING          not_found
├── Conflict                 CONFLICT         conflict
├── RequestTooLarge          TOO_LARGE        request_too_large
├── PromptTooLarge           INVALID          prompt_too_large
├── TooOften                 EXHAUSTED        rate_limited
├── NoRoom                   UNAVAILABLE      queue_full
├── StorageUnavailable       UNAVAILABLE      storage_unavailable
└── ShuttingDown             UNAVAILABLE      shutting_down

A module adds its own beside its rules, in `domain/<module>/errors.py`.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import ClassVar


class Kind(Enum):
    """What sort of refusal it is; every transport maps each kind exactly once."""

    INVALID = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    MISSING = auto()
    CONFLICT = auto()
    TOO_LARGE = auto()
    LOCKED = auto()
    EXHAUSTED = auto()
    UPSTREAM = auto()
    UNAVAILABLE = auto()
    TIMEOUT = auto()


class Refusal(Exception):
    """A request that is declined for a reason the caller is told.

    Attributes:
        kind: the sort of refusal; decides the status on each transport.
        code: stable snake_case name that programs may rely on.
        title: a short, fixed sentence for people.
        detail: what was wrong this time; never holds secrets or prompts.
        retry_after: seconds (> 0) after which the same request may succeed, or None.
        limits: the caller's own limits that were hit, by name; empty where it is not for those.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self, detail: str, *, retry_after: float | None = None, limits: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.limits: Mapping[str, int] = limits or {}


class InvalidRequest(Refusal):
    """The request is malformed; `detail` names the field and what was expected."""

    kind, code, title = Kind.INVALID, "invalid_request", "The request is not valid"


class Unauthenticated(Refusal):
    """Nobody, or nobody we know, is asking."""

    kind, code, title = Kind.UNAUTHENTICATED, "unauthenticated", "Sign in first"


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    kind, code, title = Kind.FORBIDDEN, "forbidden", "Not allowed"


class NotFound(Refusal):
    """There is no such thing, or it is somebody else's."""

    kind, code, title = Kind.MISSING, "not_found", "Not found"


class Conflict(Refusal):
    """The state of the service does not allow it: a name is taken, or an edit came too late."""

    kind, code, title = Kind.CONFLICT, "conflict", "Conflict with what is there"


class RequestTooLarge(Refusal):
    """The body is over the byte limit."""

    kind, code, title = Kind.TOO_LARGE, "request_too_large", "The request is too large"


class PromptTooLarge(Refusal):
    """The prompt does not fit and may not be cut."""

    kind, code, title = Kind.INVALID, "prompt_too_large", "The prompt is too large"


class TooOften(Refusal):
    """The caller, or his address, has used up what may be had in a minute."""

    kind, code, title = Kind.EXHAUSTED, "rate_limited", "Too many requests in a minute"


class NoRoom(Refusal):
    """More waits already than can be done in time."""

    kind, code, title = Kind.UNAVAILABLE, "queue_full", "Too much waits already"


class StorageUnavailable(Refusal):
    """The database is full, locked or gone; what was stored before is safe."""

    kind, code, title = Kind.UNAVAILABLE, "storage_unavailable", "The database cannot be used now"


class ShuttingDown(Refusal):
    """The service is stopping and takes no new work."""

    kind, code, title = Kind.UNAVAILABLE, "shutting_down", "The service is shutting down"
