"""Sessions at the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from ollamanet.application.kernel.page import Page
from ollamanet.domain.identity.session import Session
from ollamanet.domain.kernel.ids import SessionId

RefreshTokenText = Annotated[str, Meta(min_length=1, max_length=256)]


class RefreshTokenBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The refresh token, for programs; browsers have it in their cookie, and send no body."""

    refresh_token: RefreshTokenText

    def __repr__(self) -> str:
        """Never the token, wherever this is printed."""
        return "RefreshTokenBody()"


class SessionView(msgspec.Struct, kw_only=True):
    """A sign-in on one device. Times are UTC."""

    id: UUID
    created_at: datetime
    last_used_at: Annotated[datetime, Meta(description="up to a minute behind")]
    expires_at: Annotated[datetime, Meta(description="when it ends without further use")]
    address: Annotated[str, Meta(description="of the client, at the sign-in or the last refresh")]
    device: Annotated[str, Meta(description="what the client said it is (its User-Agent)")]
    current: Annotated[bool, Meta(description="whether it is the one that asks")]

    @classmethod
    def of(cls, session: Session, current: SessionId | None) -> Self:
        """All of the session that its owner may know."""
        return cls(
            id=session.id,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            address=session.address,
            device=session.device,
            current=session.id == current,
        )


class SessionPage(msgspec.Struct, kw_only=True):
    """One page of sessions."""

    items: list[SessionView]
    page: int
    page_size: int
    total: int

    @classmethod
    def of(cls, found: Page[Session], current: SessionId | None) -> Self:
        """The page at the wire."""
        items = [SessionView.of(session, current) for session in found.items]
        return cls(items=items, page=found.page, page_size=found.page_size, total=found.total)
