"""`ollamanet api-keys`: API keys from the command line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from ollamanet.application.identity.commands.create_api_key import CreateApiKeyFor, CreateApiKeyForHandler
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKey, RevokeApiKeyHandler
from ollamanet.application.identity.key_records import KeyWish
from ollamanet.application.identity.new_keys import CreatedKey
from ollamanet.application.identity.queries.find_user import FindUser, FindUserHandler
from ollamanet.application.identity.queries.list_api_keys import ListApiKeys, ListApiKeysHandler
from ollamanet.application.kernel.audit import HERE
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.api_key import ApiKeyId
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.identity.api_key_schemas import ApiKeyView
from ollamanet.interfaces.identity.cli_context import OPERATOR, told

_PAGE_SIZE: Final = 200
_WIDE: Final = 1000  # what is read by a program, or kept in a file, is not folded

Result = TypeVar("Result")


class KeyUseCases(Protocol):
    """What the commands call."""

    @property
    def find_user(self) -> FindUserHandler:
        """Finds whose keys are meant."""
        ...

    @property
    def create_api_key_for(self) -> CreateApiKeyForHandler:
        """Makes a key."""
        ...

    @property
    def list_api_keys(self) -> ListApiKeysHandler:
        """Lists keys."""
        ...

    @property
    def revoke_api_key(self) -> RevokeApiKeyHandler:
        """Ends a key."""
        ...


class KeysContext(Protocol):
    """What the `api-keys` group expects as click's `obj`."""

    def api_keys(self) -> AbstractAsyncContextManager[KeyUseCases]:
        """Open the database, give the use cases, close it."""
        ...


@click.group("api-keys")
def api_keys() -> None:
    """Make, list and revoke API keys. LOGIN is an email address or a user name."""


@api_keys.command("create")
@click.argument("login")
@click.option("--name", required=True, help="what its owner calls it")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([each.value for each in Permission]),
    help="what it may do; repeat it for more. Without: chat and models:read",
)
@click.option("--model", "models", multiple=True, help="the only model that it may ask; repeat it for more")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="when it ends, UTC; without it never does"
)
@click.pass_obj
def create(
    context: KeysContext,
    login: str,
    name: str,
    scopes: tuple[str, ...],
    models: tuple[str, ...],
    expires: datetime | None,
) -> None:
    """Make a key for LOGIN, and print it: it is not shown again."""
    wish = KeyWish(
        name,
        frozenset(Permission(scope) for scope in scopes) if scopes else None,
        models or None,
        expires_at=expires.replace(tzinfo=UTC) if expires else None,
    )

    async def make(cases: KeyUseCases) -> CreatedKey:
        user = await cases.find_user(FindUser(OPERATOR, login))
        return await cases.create_api_key_for(CreateApiKeyFor(user.id, wish, HERE))

    made = _run(context, make)
    click.echo(f"created {made.key.id} with the scopes {', '.join(sorted(made.key.scopes))}; the key:", err=True)
    click.echo(made.text)


@api_keys.command("list")
@click.argument("login")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_obj
def list_keys(context: KeysContext, login: str, *, as_json: bool) -> None:
    """List the keys of LOGIN, the newest first."""

    async def collect(cases: KeyUseCases) -> list[ApiKeyView]:
        user, page, views = await cases.find_user(FindUser(OPERATOR, login)), 1, list[ApiKeyView]()
        while (found := await cases.list_api_keys(ListApiKeys(None, user.id, PageRequest(page, _PAGE_SIZE)))).items:
            views += [ApiKeyView.of(key) for key in found.items]
            page += 1
        return views

    keys = _run(context, collect)
    if as_json:
        for key in keys:
            click.echo(msgspec.json.encode(key))
    else:
        _print_table(keys)


@api_keys.command("revoke")
@click.argument("login")
@click.argument("key_id", type=click.UUID)
@click.pass_obj
def revoke(context: KeysContext, login: str, key_id: UUID) -> None:
    """End the key KEY_ID of LOGIN; running servers notice within seconds."""

    async def end(cases: KeyUseCases) -> None:
        user = await cases.find_user(FindUser(OPERATOR, login))
        await cases.revoke_api_key(RevokeApiKey(None, user.id, ApiKeyId(key_id), HERE))

    _run(context, end)
    click.echo(f"revoked {key_id}")


def _run(context: KeysContext, work: Callable[[KeyUseCases], Awaitable[Result]]) -> Result:
    async def with_use_cases() -> Result:
        async with context.api_keys() as cases:
            return await work(cases)

    try:
        return asyncio.run(with_use_cases())
    except Refusal as refusal:
        raise told(refusal) from refusal


def _print_table(keys: list[ApiKeyView]) -> None:
    table = Table(title="Times are UTC", box=box.SIMPLE)
    for heading in ("id", "prefix"):
        table.add_column(heading, no_wrap=True)
    for heading in ("name", "scopes", "models"):
        table.add_column(heading, overflow="fold")
    for heading in ("expires", "last use"):
        table.add_column(heading, no_wrap=True)
    for key in keys:
        table.add_row(
            str(key.id),
            key.prefix,
            key.name,
            ", ".join(key.scopes),
            "all" if key.models is None else ", ".join(key.models),
            _minute(key.expires_at),
            _minute(key.last_used_at),
        )
    # Names are people's own text, and must not be read as markup.
    width = None if sys.stdout.isatty() else _WIDE
    Console(markup=False, emoji=False, highlight=False, width=width).print(table)


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"
