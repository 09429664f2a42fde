"""`ollamanet users invite` and `ollamanet users setup-token`: the ways to an account from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

import click

from ollamanet.application.identity.commands.create_invitation import CreateInvitation, CreateInvitationHandler, Invited
from ollamanet.application.identity.queries.find_setup_token import FindSetupTokenHandler
from ollamanet.application.kernel.audit import HERE
from ollamanet.domain.identity.invitation import DAYS, USUAL_DAYS
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.errors import Kind, Refusal

Result = TypeVar("Result")


class SignUpUseCases(Protocol):
    """What the commands call."""

    @property
    def create_invitation(self) -> CreateInvitationHandler:
        """Invites."""
        ...

    @property
    def find_setup_token(self) -> FindSetupTokenHandler:
        """Tells the token of the first administrator."""
        ...


class SignUpContext(Protocol):
    """What the commands expect as click's `obj`."""

    def identity(self) -> AbstractAsyncContextManager[SignUpUseCases]:
        """Open the database, give the use cases, close it."""
        ...


class _Mistyped(click.ClickException):
    exit_code = 2


@click.command("invite")
@click.argument("email", required=False)
@click.option("--role", "roles", multiple=True, default=(Role.USER.value,), show_default=True, help="may be repeated")
@click.option("--days", type=click.IntRange(*DAYS), default=USUAL_DAYS, show_default=True, help="until it expires")
@click.pass_obj
def invite(context: SignUpContext, email: str | None, roles: tuple[str, ...], days: int) -> None:
    """Invite somebody to make an account: EMAIL, or without it whoever has the token, which is printed."""

    async def make(use_cases: SignUpUseCases) -> Invited:
        return await use_cases.create_invitation(CreateInvitation(None, email, roles, days, HERE))

    invited = _run(context, make)
    whom = invited.invitation.email or "whoever has the token"
    click.echo(f"invited {whom} with {', '.join(sorted(invited.invitation.roles))}, for {days} days", err=True)
    if invited.mailed:
        click.echo("it was mailed too", err=True)
    click.echo(invited.token)


@click.command("setup-token")
@click.pass_obj
def setup_token(context: SignUpContext) -> None:
    """Print the token with which the first administrator is made by POST /api/v1/auth/setup."""

    async def find(use_cases: SignUpUseCases) -> str | None:
        return await use_cases.find_setup_token()

    found = _run(context, find)
    if found is None:
        raise click.ClickException("there is an administrator already; the token opens nothing")
    click.echo(found)


def _run(context: SignUpContext, work: Callable[[SignUpUseCases], Awaitable[Result]]) -> Result:
    async def with_use_cases() -> Result:
        async with context.identity() as use_cases:
            return await work(use_cases)

    try:
        return asyncio.run(with_use_cases())
    except Refusal as refusal:
        raise (_Mistyped if refusal.kind is Kind.INVALID else click.ClickException)(refusal.detail) from refusal
