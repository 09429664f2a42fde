"""What a search for accounts means to the database."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select

from ollamanet.application.identity.administration_ports import SortBy, UserSearch
from ollamanet.domain.identity.look_alikes import skeleton
from ollamanet.domain.identity.text import folded
from ollamanet.infrastructure.identity import user_admin_statements as statements

ORDERS: Final[Mapping[tuple[SortBy, bool], Select[Any]]] = {
    (SortBy.USERNAME, False): statements.BY_USERNAME,
    (SortBy.USERNAME, True): statements.BY_USERNAME_DOWN,
    (SortBy.EMAIL, False): statements.BY_EMAIL,
    (SortBy.EMAIL, True): statements.BY_EMAIL_DOWN,
    (SortBy.CREATED_AT, False): statements.BY_CREATED_AT,
    (SortBy.CREATED_AT, True): statements.BY_CREATED_AT_DOWN,
    (SortBy.LAST_SIGN_IN_AT, False): statements.BY_SIGN_IN,
    (SortBy.LAST_SIGN_IN_AT, True): statements.BY_SIGN_IN_DOWN,
}
"""The statement for what is sorted by, and whether downwards."""

_FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_ALL: Final = "%"


def search_parameters(wanted: UserSearch) -> dict[str, object]:
    """The conditions; those that are not wanted hold for every account."""
    return {
        "status": _ALL if wanted.status is None else wanted.status.value,
        "role": _ALL if wanted.role is None else _containing(msgspec.json.encode(wanted.role).decode()),
        "in_username": _containing(skeleton(wanted.text)),
        "in_email": _containing(folded(wanted.text)),
        "never": _FIRST,
        "created_from": wanted.created_from or _FIRST,
        "created_to": wanted.created_to or _LAST,
        "signed_in_from": wanted.signed_in_from or _FIRST,
        "signed_in_to": wanted.signed_in_to or _LAST,
    }


def _containing(text: str) -> str:
    # SQL Server knows sets in brackets too; what needs no escape may have one on all three.
    for special in ("\\", "%", "_", "["):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"
