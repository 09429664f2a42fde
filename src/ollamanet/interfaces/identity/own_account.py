"""All about an account, as files for its owner."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from ollamanet.application.identity.queries.export_account import ExportAccount
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.api_key_schemas import ApiKeyView
from ollamanet.interfaces.identity.schemas import AccountView
from ollamanet.interfaces.kernel.json_pieces import json_array, json_text

Files = AsyncGenerator[tuple[str, bytes], None]


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Satisfies `OwnData`."""

    export: ExportAccount

    @property
    def folder(self) -> str:
        """Where it is."""
        return "account"

    async def files(self, owner: UserId) -> Files:
        """`account.json`, and lists of sign-ins, API keys, identities elsewhere, and entries of the audit trail."""
        yield "account.json", json_text(_account(await self.export.account(owner)))
        lists = (
            ("sessions.json", json_array(self.export.sessions(owner))),
            ("api-keys.json", json_array(_keys(self.export.api_keys(owner)))),
            ("identities.json", json_array(self.export.identities(owner))),
            ("activity.json", json_array(self.export.activity(owner))),
        )
        for name, pieces in lists:
            async with aclosing(pieces):
                async for piece in pieces:
                    yield name, piece


def _account(user: User) -> dict[str, object]:
    view: dict[str, object] = msgspec.to_builtins(AccountView.of(user))
    said = {name: value for name, value in msgspec.to_builtins(user.limits).items() if value is not None}
    return view | {
        "password_changed_at": user.password_changed_at,
        "email_verified_at": user.email_verified_at,
        "limits": said,
    }


async def _keys(keys: AsyncGenerator[ApiKey, None]) -> AsyncGenerator[dict[str, object], None]:
    async with aclosing(keys):
        async for key in keys:
            view: dict[str, object] = msgspec.to_builtins(ApiKeyView.of(key))
            yield view | {"revoked_at": key.revoked_at}
