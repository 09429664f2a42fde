"""The statements of accounts at external providers."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update

from ollamanet.infrastructure.identity.tables import ExternalIdentityRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_USERS: Final = table_of(UserRow)
_IDENTITIES: Final = table_of(ExternalIdentityRow)

INSERT_IDENTITY: Final = insert(_IDENTITIES)

USER_OF_IDENTITY: Final = (
    select(_USERS)
    .join_from(_USERS, _IDENTITIES, _IDENTITIES.c.user_id == _USERS.c.id)
    .where(_IDENTITIES.c.issuer == bindparam("of_issuer"), _IDENTITIES.c.subject == bindparam("of_subject"))
)
RECORD_IDENTITY_SIGN_IN: Final = (
    update(_IDENTITIES)
    .where(_IDENTITIES.c.issuer == bindparam("of_issuer"), _IDENTITIES.c.subject == bindparam("of_subject"))
    .values(last_sign_in_at=bindparam("signed_in_at"))
)

SET_ROLES: Final = update(_USERS).where(_USERS.c.id == bindparam("user_id")).values(roles=bindparam("new_roles"))
