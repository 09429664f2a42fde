"""`ollamanet users`: accounts from the command line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeVar

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from ollamanet.application.identity.commands.create_user import CreateUser, CreateUserHandler
from ollamanet.application.identity.queries.list_users import ListUsers, ListUsersHandler
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.errors import InvalidRequest, Kind, Refusal
from ollamanet.interfaces.identity.schemas import AccountView

_PAGE_SIZE: Final = 200
_LONGEST_INPUT: Final = 65_536
_WIDE: Final = 1000  # what is read by a program, or kept in a file, is not folded

Result = TypeVar("Result")


class IdentityUseCases(Protocol):
    """What the commands call."""

    @property
    def create_user(self) -> CreateUserHandler:
        """Makes an account."""
        ...

    @property
    def list_users(self) -> ListUsersHandler:
        """Lists accounts."""
        ...


class IdentityContext(Protocol):
    """What the `users` group expects as click's `obj`."""

    def identity(self) -> AbstractAsyncContextManager[IdentityUseCases]:
        """Open the database, give the use cases, close it."""
        ...


class _Mistyped(click.ClickException):
    """One line on stderr, as for every refusal, and the exit code of wrong usage."""

    exit_code = 2


def _told(refusal: Refusal) -> click.ClickException:
    mistyped = refusal.kind is Kind.INVALID
    return _Mistyped(refusal.detail) if mistyped else click.ClickException(refusal.detail)


@click.group("users")
def users() -> None:
    """Make and list accounts, and invite people to make theirs."""


@users.command("create")
@click.argument("email")
@click.option("--username", required=True, help="3 to 64 letters, digits, '.', '_' or '-'")
@click.option("--role", "role_name", default="user", show_default=True, metavar="[user|admin]")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input, one line")
@click.pass_obj
def create(context: IdentityContext, email: str, username: str, role_name: str, *, password_stdin: bool) -> None:
    """Make an account for EMAIL. Without --password-stdin the password is asked for."""

    async def make(use_cases: IdentityUseCases) -> User:
        return await use_cases.create_user(CreateUser(email, username, password, role))

    try:
        role = Role.parse(role_name)
        password = _password_from_stdin() if password_stdin else _password_from_terminal()
        user = _run(context, make)
    except Refusal as refusal:
        raise _told(refusal) from refusal
    click.echo(f"created {user.username} <{user.email}> with the role {role.value}")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_obj
def list_accounts(context: IdentityContext, *, as_json: bool) -> None:
    """List all accounts, the oldest first."""

    async def collect(use_cases: IdentityUseCases) -> list[AccountView]:
        return [AccountView.of(user) async for user in _all_users(use_cases.list_users)]

    try:
        accounts = _run(context, collect)
    except Refusal as refusal:
        raise _told(refusal) from refusal
    if as_json:
        for account in accounts:
            click.echo(msgspec.json.encode(account))
    else:
        _print_table(accounts)


def _run(context: IdentityContext, work: Callable[[IdentityUseCases], Awaitable[Result]]) -> Result:
    async def with_use_cases() -> Result:
        async with context.identity() as use_cases:
            return await work(use_cases)

    return asyncio.run(with_use_cases())


async def _all_users(list_users: ListUsersHandler) -> AsyncIterator[User]:
    page = 1
    while (found := await list_users(ListUsers(PageRequest(page, _PAGE_SIZE)))).items:
        for user in found.items:
            yield user
        page += 1


def _password_from_stdin() -> str:
    typed = sys.stdin.buffer.read(_LONGEST_INPUT)
    try:
        line = typed.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InvalidRequest("password: expected UTF-8 text on standard input") from error
    if "\n" in line:
        raise InvalidRequest("password: expected one line on standard input")
    return line


def _password_from_terminal() -> str:
    if not sys.stdin.isatty():
        raise InvalidRequest("password: no terminal to ask on; give it on standard input with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _print_table(accounts: list[AccountView]) -> None:
    table = Table(title="Times are UTC", box=box.SIMPLE)
    for heading in ("username", "email", "roles"):
        table.add_column(heading, overflow="fold")
    for heading in ("created", "last sign-in", "status"):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        signed_in = account.last_sign_in_at
        table.add_row(
            account.username,
            account.email,
            ", ".join(account.roles),
            f"{account.created_at:%Y-%m-%d %H:%M}",
            f"{signed_in:%Y-%m-%d %H:%M}" if signed_in else "never",
            account.status,
        )
    # Names are people's own text, and must not be read as markup.
    width = None if sys.stdout.isatty() else _WIDE
    Console(markup=False, emoji=False, highlight=False, width=width).print(table)
