"""`ollamanet roles`: roles from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeVar

import click
import msgspec

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_role import ChangeRole
from ollamanet.application.identity.commands.create_role import CreateRole
from ollamanet.application.identity.commands.delete_role import DeleteRole
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import InvalidRequest, Kind, Refusal
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.identity.cli_account import LIMITS_OPTION, NOTHING
from ollamanet.interfaces.identity.role_routes import RoleUseCases
from ollamanet.interfaces.identity.role_schemas import RoleView
from ollamanet.interfaces.identity.said_limits_schemas import SaidLimitsBody

_PAGE_SIZE: Final = 200

Result = TypeVar("Result")


class RolesContext(Protocol):
    """What the `roles` group expects as click's `obj`."""

    def roles(self) -> AbstractAsyncContextManager[RoleUseCases]:
        """Open the database, give the use cases, close it."""
        ...


_PERMISSIONS = click.option(
    "--permission", "permissions", multiple=True, metavar="NAME", help=f"of {', '.join(Permission)}; can be repeated"
)


class _Mistyped(click.ClickException):
    """One line on stderr, as for every refusal, and the exit code of wrong usage."""

    exit_code = 2


@click.group("roles")
def roles() -> None:
    """Look after roles: what they allow, and their limits."""


@roles.command("list")
@click.pass_obj
def list_roles(context: RolesContext) -> None:
    """List all roles as JSON, one a line."""

    async def listed(cases: RoleUseCases) -> list[RoleView]:
        views: list[RoleView] = []
        while (found := await cases.listed.page(_me(), PageRequest(len(views) // _PAGE_SIZE + 1, _PAGE_SIZE))).items:
            views += map(RoleView.of, found.items)
            if len(views) >= found.total:
                break
        return views

    for view in _run(context, listed):
        click.echo(msgspec.json.encode(view))


@roles.command("create")
@click.argument("name")
@_PERMISSIONS
@LIMITS_OPTION
@click.option("--description", default="", help="what it is for")
@click.pass_obj
def create(
    context: RolesContext, name: str, permissions: tuple[str, ...], limits: tuple[str, ...], description: str
) -> None:
    """Make the role NAME."""

    async def made(cases: RoleUseCases) -> str:
        said = CallerLimits(**_limits(limits))
        return (await cases.create(CreateRole(_me(), name, _permissions(permissions), description, said))).name

    click.echo(f"created the role {_run(context, made)}")


@roles.command("update")
@click.argument("name")
@_PERMISSIONS
@LIMITS_OPTION
@click.option("--no-permissions", is_flag=True, help="take all permissions away")
@click.option("--description", help="what it is for")
@click.pass_obj
def update(
    context: RolesContext,
    name: str,
    permissions: tuple[str, ...],
    limits: tuple[str, ...],
    description: str | None,
    *,
    no_permissions: bool,
) -> None:
    """Change the role NAME: what is given replaces what was there, the rest stays."""

    async def changed(cases: RoleUseCases) -> str:
        if no_permissions and permissions:
            raise InvalidRequest("permission: give either permissions or --no-permissions")
        allowed = _permissions(permissions) if permissions or no_permissions else None
        return (await cases.change(ChangeRole(_me(), name, description, allowed, _limits(limits)))).name

    click.echo(f"changed the role {_run(context, changed)}")


@roles.command("delete")
@click.argument("name")
@click.option("--reassign", metavar="ROLE", help="the role that its holders get")
@click.pass_obj
def delete(context: RolesContext, name: str, reassign: str | None) -> None:
    """Delete the role NAME."""

    async def gone(cases: RoleUseCases) -> int:
        return (await cases.delete(DeleteRole(_me(), name, reassign))).accounts

    accounts = _run(context, gone)
    click.echo(f"deleted the role {name}" + (f"; {accounts} got the role {reassign}" if accounts else ""))


def _me() -> Administrator:
    return Administrator.operator()


def _run(context: RolesContext, work: Callable[[RoleUseCases], Awaitable[Result]]) -> Result:
    async def with_cases() -> Result:
        async with context.roles() as cases:
            return await work(cases)

    try:
        return asyncio.run(with_cases())
    except Refusal as refusal:
        mistyped = refusal.kind is Kind.INVALID
        raise (_Mistyped(refusal.detail) if mistyped else click.ClickException(refusal.detail)) from refusal


def _permissions(names: tuple[str, ...]) -> frozenset[Permission]:
    unknown = set(names) - {permission.value for permission in Permission}
    if unknown:
        raise InvalidRequest(f"permission: expected some of {', '.join(Permission)}")
    return frozenset(map(Permission, names))


def _limits(given: tuple[str, ...]) -> dict[str, Any]:
    """Read as the API would, from words to numbers."""
    sent: dict[str, object] = {}
    for each in given:
        name, _, value = each.partition("=")
        if each == NOTHING:
            sent |= dict.fromkeys(SaidLimitsBody.__struct_fields__)
        elif value == NOTHING:
            sent[name] = None
        else:
            sent[name] = value.split(",") if name == "models" else value
    try:
        return msgspec.convert(sent, SaidLimitsBody, strict=False).said()
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"limit: {error}") from error
