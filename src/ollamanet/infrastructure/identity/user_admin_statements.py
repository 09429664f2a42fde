"""The statements of the administration of accounts."""

from typing import Any, Final

from sqlalchemy import Select, Unicode, bindparam, case, delete, func, or_, select

from ollamanet.infrastructure.identity.tables import (
    ApiKeyRow,
    ExternalIdentityRow,
    InvitationRow,
    PasswordResetRow,
    SessionRow,
    SignInFailuresRow,
    UserRow,
)
from ollamanet.infrastructure.kernel.sql_base import DateTimeUTC, table_of

_USERS: Final = table_of(UserRow)
_SESSIONS: Final = table_of(SessionRow)
_KEYS: Final = table_of(ApiKeyRow)
_RESETS: Final = table_of(PasswordResetRow)
_FAILURES: Final = table_of(SignInFailuresRow)
_IDENTITIES: Final = table_of(ExternalIdentityRow)
_INVITATIONS: Final = table_of(InvitationRow)

_USER_ID: Final = bindparam("user_id", type_=_USERS.c.id.type)
# A bind parameter may not share its name with a column of the table that is changed.
_OWNER: Final = bindparam("owner", type_=_USERS.c.id.type)
_NOW: Final = bindparam("now", type_=DateTimeUTC())
_ESCAPE: Final = "\\"

# Conditions that are not wanted are given patterns and times that all rows meet: each list stays one statement.
_last_seen: Final = func.coalesce(_USERS.c.last_sign_in_at, bindparam("never", type_=DateTimeUTC()))
_WANTED: Final = (
    _USERS.c.status.like(bindparam("status", type_=Unicode()), escape=_ESCAPE),
    _USERS.c.roles.like(bindparam("role", type_=Unicode()), escape=_ESCAPE),
    or_(
        _USERS.c.username_key.like(bindparam("in_username", type_=Unicode()), escape=_ESCAPE),
        _USERS.c.email_key.like(bindparam("in_email", type_=Unicode()), escape=_ESCAPE),
    ),
    _USERS.c.created_at >= bindparam("created_from"),
    _USERS.c.created_at < bindparam("created_to"),
    _last_seen >= bindparam("signed_in_from", type_=DateTimeUTC()),
    _last_seen < bindparam("signed_in_to", type_=DateTimeUTC()),
)
_FOUND: Final = select(_USERS).where(*_WANTED)
# Where NULLs stand is another thing on each database.
_EVER: Final = case((_USERS.c.last_sign_in_at.is_(None), 0), else_=1)


def _paged(found: Select[Any]) -> Select[Any]:
    return found.limit(bindparam("limit")).offset(bindparam("offset"))


BY_USERNAME: Final = _paged(_FOUND.order_by(_USERS.c.username_key, _USERS.c.id))
BY_USERNAME_DOWN: Final = _paged(_FOUND.order_by(_USERS.c.username_key.desc(), _USERS.c.id.desc()))
BY_EMAIL: Final = _paged(_FOUND.order_by(_USERS.c.email_key, _USERS.c.id))
BY_EMAIL_DOWN: Final = _paged(_FOUND.order_by(_USERS.c.email_key.desc(), _USERS.c.id.desc()))
BY_CREATED_AT: Final = _paged(_FOUND.order_by(_USERS.c.created_at, _USERS.c.id))
BY_CREATED_AT_DOWN: Final = _paged(_FOUND.order_by(_USERS.c.created_at.desc(), _USERS.c.id.desc()))
BY_SIGN_IN: Final = _paged(_FOUND.order_by(_EVER, _USERS.c.last_sign_in_at, _USERS.c.id))
BY_SIGN_IN_DOWN: Final = _paged(_FOUND.order_by(_EVER.desc(), _USERS.c.last_sign_in_at.desc(), _USERS.c.id.desc()))
COUNT_FOUND: Final = select(func.count(_USERS.c.id).label("total")).where(*_WANTED)

COUNT_SESSIONS: Final = select(func.count(_SESSIONS.c.id).label("total")).where(
    _SESSIONS.c.user_id == _OWNER, _SESSIONS.c.revoked_at.is_(None), _SESSIONS.c.expires_at > _NOW
)
COUNT_KEYS: Final = select(func.count(_KEYS.c.id).label("total")).where(
    _KEYS.c.user_id == _OWNER,
    _KEYS.c.revoked_at.is_(None),
    or_(_KEYS.c.expires_at.is_(None), _KEYS.c.expires_at > _NOW),
)
LOCKED_UNTIL: Final = select(func.max(_FAILURES.c.locked_until).label("until")).where(
    or_(
        _FAILURES.c.subject == bindparam("by_email"),
        _FAILURES.c.subject == bindparam("by_username"),
        _FAILURES.c.subject == bindparam("by_id"),
    ),
    _FAILURES.c.locked_until > _NOW,
)

DELETE_SESSIONS: Final = delete(_SESSIONS).where(_SESSIONS.c.user_id == _OWNER)
DELETE_KEYS: Final = delete(_KEYS).where(_KEYS.c.user_id == _OWNER)
DELETE_RESETS: Final = delete(_RESETS).where(_RESETS.c.user_id == _OWNER)
DELETE_IDENTITIES: Final = delete(_IDENTITIES).where(_IDENTITIES.c.user_id == _OWNER)
DELETE_USED_INVITATIONS: Final = delete(_INVITATIONS).where(_INVITATIONS.c.used_by == _OWNER)
INVITED: Final = select(_INVITATIONS.c.id, _INVITATIONS.c.email).where(_INVITATIONS.c.email != "")
DELETE_INVITATION: Final = delete(_INVITATIONS).where(_INVITATIONS.c.id == bindparam("invitation_id"))

_GONE: Final = (_USERS.c.status == "deleted", _USERS.c.deleted_at <= bindparam("moment"))
DELETED_BEFORE: Final = (
    select(_USERS).where(*_GONE).order_by(_USERS.c.deleted_at, _USERS.c.id).limit(bindparam("limit"))
)
DELETE_USER: Final = delete(_USERS).where(_USERS.c.id == _USER_ID, *_GONE)
