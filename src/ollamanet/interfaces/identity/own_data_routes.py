"""Routes by which somebody takes his data along, and leaves."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Router, delete, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta

from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccount, DeleteOwnAccountHandler
from ollamanet.application.identity.commands.export_own_data import ExportOwnData, ExportOwnDataHandler
from ollamanet.application.kernel.audit import Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.account_states import RESTORABLE_FOR
from ollamanet.domain.identity.user import User
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.watched import CLIENT_GONE, while_connected
from ollamanet.interfaces.kernel.zip_stream import ZipStream

AnyRequest = Request[Any, Any, Any]
Files = AsyncGenerator[tuple[str, bytes], None]

_SENT_AT_ONCE: Final = 64 * 1024
_ZIP: Final = ResponseSpec(
    data_container=bytes,
    media_type="application/zip",
    description="A ZIP archive; `index.json`, its last file, lists all others.",
    generate_examples=False,
)


class LeaveBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The proof that it is really the owner of the account."""

    password: Annotated[str, Meta(min_length=1, max_length=1024, examples=["correct horse battery staple"])]

    def __repr__(self) -> str:
        """Never the password, wherever this is printed."""
        return "LeaveBody()"


class DeletedAccountView(msgspec.Struct, kw_only=True):
    """A deleted account; an administrator can restore it until `restorable_until`. Times are UTC."""

    deleted_at: datetime
    restorable_until: datetime

    @classmethod
    def of(cls, user: User) -> "DeletedAccountView":
        """What its owner is told."""
        if user.deleted_at is None:
            raise ValueError("the account is not deleted")
        return cls(deleted_at=user.deleted_at, restorable_until=user.deleted_at + RESTORABLE_FOR)


LeaveData = Annotated[LeaveBody, json_body("the password once more", {"password": "correct horse battery staple"})]


def own_data_router(export: ExportOwnDataHandler, leave: DeleteOwnAccountHandler, clock: Clock) -> Router:
    """`/auth/me/export` and `DELETE /auth/me`, to be mounted where callers are known."""

    @get(
        "/export",
        operation_id="exportOwnData",
        summary="All of your data, as a ZIP archive",
        responses={200: _ZIP, **problems(401, 403, 409, 429)},
        media_type="application/zip",
    )
    async def export_own_data(request: AnyRequest, origin: NamedDependency[Origin]) -> ASGIApp:
        return ZipDownload(partial(export, ExportOwnData(actor_of(request), origin)), clock.now())

    @delete(
        "/",
        operation_id="deleteOwnAccount",
        summary="Delete your account",
        status_code=200,
        response_description="Until when it can be restored.",
        responses=problems(400, 401, 403, 409, 413, 429, 503),
    )
    async def delete_own_account(
        request: AnyRequest, data: LeaveData, origin: NamedDependency[Origin]
    ) -> DeletedAccountView:
        return DeletedAccountView.of(await leave(DeleteOwnAccount(actor_of(request), origin, data.password)))

    return Router(path="/auth/me", route_handlers=[export_own_data, delete_own_account], tags=["auth"])


class ZipDownload:
    """An ASGI application that sends files as an archive while its client is there."""

    def __init__(self, source: Callable[[], Files], at: datetime) -> None:
        """Send what `source` gives; its files are of the time `at`."""
        self._source = source
        self._at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send to the end, or until the client has gone."""
        if not await while_connected(receive, self._send_all(send)):
            info_of(scope).code = CLIENT_GONE

    async def _send_all(self, send: Send) -> None:
        with ZipStream(self._at) as archive:
            async with aclosing(self._source()) as files:
                begun = False
                async for path, piece in files:
                    # Not before the first piece, so that a refusal has its own status.
                    if not begun:
                        await self._begin(send)
                        begun = True
                    await _pack(archive, path, piece, send)
            archive.finish()
            await send({"type": "http.response.body", "body": archive.take(), "more_body": False})

    async def _begin(self, send: Send) -> None:
        name = f"ollamanet-{self._at:%Y-%m-%d}.zip"
        headers = [
            (b"content-type", b"application/zip"),
            (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _pack(archive: ZipStream, path: str, piece: bytes, send: Send) -> None:
    for start in range(0, max(len(piece), 1), _SENT_AT_ONCE):
        archive.add(path, piece[start : start + _SENT_AT_ONCE])
        if archive.waiting >= _SENT_AT_ONCE:
            await send({"type": "http.response.body", "body": archive.take(), "more_body": True})
        # Packing costs time, and a socket that takes everything at once never lets others have their turn.
        await asyncio.sleep(0)
