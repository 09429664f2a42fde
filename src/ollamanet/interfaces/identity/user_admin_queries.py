"""How a list of accounts is asked for."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Meta

from ollamanet.application.identity.administration_ports import SortBy, UserSearch
from ollamanet.domain.identity.names import EMAIL_LENGTH
from ollamanet.domain.identity.text import checked_text
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.errors import InvalidRequest

Status: TypeAlias = Literal["active", "locked", "deleted"]
Sort: TypeAlias = Literal["username", "email", "created_at", "last_sign_in_at"]
Order: TypeAlias = Literal["asc", "desc"]

# Read here: where a time is expected, the framework takes numbers too, and times without a zone.
_TIME: Final = {"format": "date-time"}

StatusParameter: TypeAlias = Annotated[Status | None, QueryParameter(name="status")]
RoleParameter: TypeAlias = Annotated[
    str | None,
    QueryParameter(name="role", min_length=1, max_length=64, description="the name of a role, as it is shown"),
]
TextParameter: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="q", max_length=EMAIL_LENGTH, description="a part of the user name or the address, in any case"
    ),
]
CreatedFrom: TypeAlias = Annotated[
    str | None, QueryParameter(name="created_from", description="with a time zone; inclusive", schema_extra=_TIME)
]
CreatedTo: TypeAlias = Annotated[
    str | None, QueryParameter(name="created_to", description="with a time zone; exclusive", schema_extra=_TIME)
]
SignedInFrom: TypeAlias = Annotated[
    str | None, QueryParameter(name="signed_in_from", description="the last sign-in; inclusive", schema_extra=_TIME)
]
SignedInTo: TypeAlias = Annotated[
    str | None,
    QueryParameter(
        name="signed_in_to",
        description="exclusive; who never signed in did so before all times",
        schema_extra=_TIME,
    ),
]
SortParameter: TypeAlias = Annotated[Sort, QueryParameter(name="sort")]
OrderParameter: TypeAlias = Annotated[Order, QueryParameter(name="order")]
IfMatch: TypeAlias = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="the `ETag` of the account as it was seen; another one is a 409"),
]


@dataclass(frozen=True, slots=True)
class Times:
    """Ranges of times, in UTC."""

    created_from: datetime | None
    created_to: datetime | None
    signed_in_from: datetime | None
    signed_in_to: datetime | None


def provide_times(
    created_from: CreatedFrom = None,
    created_to: CreatedTo = None,
    signed_in_from: SignedInFrom = None,
    signed_in_to: SignedInTo = None,
) -> Times:
    """The ranges that the query parameters ask for.

    Raises:
        InvalidRequest: one is no time, or has no time zone.
    """
    return Times(
        _utc("created_from", created_from),
        _utc("created_to", created_to),
        _utc("signed_in_from", signed_in_from),
        _utc("signed_in_to", signed_in_to),
    )


def provide_search(
    times: NamedDependency[Times],
    q: TextParameter = None,
    status: StatusParameter = None,
    role: RoleParameter = None,
    sort: SortParameter = "created_at",
    order: OrderParameter = "asc",
) -> UserSearch:
    """What the query parameters ask for.

    Raises:
        InvalidRequest: text cannot be compared.
    """
    return UserSearch(
        text=checked_text("q", q or ""),
        status=None if status is None else UserStatus(status),
        role=None if role is None else checked_text("role", role),
        sort=SortBy(sort),
        descending=order == "desc",
        **asdict(times),
    )


def _utc(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time: datetime = msgspec.convert(text, Annotated[datetime, Meta(tz=True)])
        return time.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise InvalidRequest(f"{name}: expected a time with its zone, like 2026-11-22T12:00:00Z") from error


def versions_from(if_match: str | None) -> frozenset[str] | None:
    """The versions that `If-Match` names; None where it is not there, or takes any."""
    if if_match is None:
        return None
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")}
    return None if "*" in tags else frozenset(tags)
