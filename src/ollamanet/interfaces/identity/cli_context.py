"""What all `users` commands share: the use cases, who asks, and how a refusal is told."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeVar

import click

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.queries.find_user import FindUser
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import InvalidRequest, Kind, Refusal
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases

OPERATOR: Final = Administrator.operator()
"""Whoever can start the command has the database in his hands anyway."""

_LONGEST_INPUT: Final = 65_536

Result = TypeVar("Result")


class IdentityUseCases(Protocol):
    """What the commands call."""

    @property
    def user_admin(self) -> UserAdminCases:
        """Everything that administrators do with accounts."""
        ...


class IdentityContext(Protocol):
    """What the `users` group expects as click's `obj`."""

    def identity(self) -> AbstractAsyncContextManager[IdentityUseCases]:
        """Open the database, give the use cases, close it."""
        ...


class _Mistyped(click.ClickException):
    """One line on stderr, as for every refusal, and the exit code of wrong usage."""

    exit_code = 2


def told(refusal: Refusal) -> click.ClickException:
    """A refusal in one line; exit code 2 where something was mistyped, else 1."""
    mistyped = refusal.kind is Kind.INVALID
    return _Mistyped(refusal.detail) if mistyped else click.ClickException(refusal.detail)


def run(context: IdentityContext, work: Callable[[UserAdminCases], Awaitable[Result]]) -> Result:
    """Do the work with the database open.

    Raises:
        ClickException: it was refused.
    """

    async def with_use_cases() -> Result:
        async with context.identity() as use_cases:
            return await work(use_cases.user_admin)

    try:
        return asyncio.run(with_use_cases())
    except Refusal as refusal:
        raise told(refusal) from refusal


async def found(cases: UserAdminCases, who: str) -> User:
    """The account that goes by an email address, a user name or an id."""
    return await cases.find(FindUser(OPERATOR, who))


def password_from_stdin() -> str:
    """One line, without its ending.

    Raises:
        InvalidRequest: it is more than one, or no UTF-8 text.
    """
    typed = sys.stdin.buffer.read(_LONGEST_INPUT)
    try:
        line = typed.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InvalidRequest("password: expected UTF-8 text on standard input") from error
    if "\n" in line:
        raise InvalidRequest("password: expected one line on standard input")
    return line


def password_from_terminal() -> str:
    """Asked for twice, and not shown.

    Raises:
        InvalidRequest: nobody sits there.
    """
    if not sys.stdin.isatty():
        raise InvalidRequest("password: no terminal to ask on; give it on standard input with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before what cannot be taken back.

    Raises:
        InvalidRequest: nobody sits there to be asked, and --yes was not given.
        Abort: he did not mean it.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidRequest("this cannot be taken back: say --yes")
    click.confirm(question, abort=True, err=True)
