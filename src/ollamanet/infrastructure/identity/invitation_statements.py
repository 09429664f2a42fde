"""The statements of invitations."""

from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from ollamanet.infrastructure.identity.tables import InvitationRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_INVITATIONS: Final = table_of(InvitationRow)

INSERT_INVITATION: Final = insert(_INVITATIONS)

INVITATION_BY_TOKEN: Final = select(_INVITATIONS).where(_INVITATIONS.c.token_hash == bindparam("digest"))
INVITATION_BY_ID: Final = select(_INVITATIONS).where(_INVITATIONS.c.id == bindparam("invitation_id"))
INVITATIONS_BY_AGE: Final = (
    select(_INVITATIONS)
    .order_by(_INVITATIONS.c.created_at.desc(), _INVITATIONS.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
COUNT_INVITATIONS: Final = select(func.count(_INVITATIONS.c.id).label("total"))

# The database decides who comes first: the row is open for one of those that come at once.
USE_INVITATION: Final = (
    update(_INVITATIONS)
    .where(
        _INVITATIONS.c.token_hash == bindparam("digest"),
        _INVITATIONS.c.used_at.is_(None),
        _INVITATIONS.c.revoked_at.is_(None),
        _INVITATIONS.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("used_when"), used_by=bindparam("user_id"))
)
REVOKE_INVITATION: Final = (
    update(_INVITATIONS)
    .where(
        _INVITATIONS.c.id == bindparam("invitation_id"),
        _INVITATIONS.c.used_at.is_(None),
        _INVITATIONS.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("revoked_when"))
)
