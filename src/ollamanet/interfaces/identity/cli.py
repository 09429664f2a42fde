"""`ollamanet users`: accounts from the command line."""

from collections.abc import AsyncIterator
from typing import Final

import click
import msgspec

from ollamanet.application.identity.administration_ports import SortBy, UserSearch
from ollamanet.application.identity.commands.create_user import CreatedUser, CreateUser
from ollamanet.application.identity.queries.search_users import SearchUsers
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.text import checked_text
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.interfaces.identity.cli_account import set_account, show
from ollamanet.interfaces.identity.cli_context import (
    OPERATOR,
    IdentityContext,
    password_from_stdin,
    password_from_terminal,
    run,
    told,
)
from ollamanet.interfaces.identity.cli_status import STATUS_COMMANDS
from ollamanet.interfaces.identity.cli_tables import print_table
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases
from ollamanet.interfaces.identity.user_admin_schemas import AdministeredView, CreatedUserView

_PAGE_SIZE: Final = 200


@click.group("users")
def users() -> None:
    """Make, list, change and delete accounts, and invite people to make theirs."""


@users.command("create")
@click.argument("email")
@click.option("--username", required=True, help="3 to 64 letters, digits, '.', '_' or '-'")
@click.option("--role", "roles", multiple=True, default=("user",), show_default=True, help="several times for several")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input, one line")
@click.option("--generate-password", is_flag=True, help="make one, and show it once")
@click.option("--json", "as_json", is_flag=True, help="answer with a JSON object")
@click.pass_obj
def create(
    context: IdentityContext,
    email: str,
    username: str,
    roles: tuple[str, ...],
    *,
    password_stdin: bool,
    generate_password: bool,
    as_json: bool,
) -> None:
    """Make an account for EMAIL. The password is asked for if nothing else is said."""
    if password_stdin and generate_password:
        raise click.UsageError("--password-stdin and --generate-password exclude each other")

    async def make(cases: UserAdminCases) -> CreatedUser:
        return await cases.create(CreateUser(OPERATOR, email, username, password, roles))

    try:
        password = None if generate_password else _password(from_stdin=password_stdin)
    except Refusal as refusal:
        raise told(refusal) from refusal
    made = run(context, make)
    if as_json:
        click.echo(msgspec.json.encode(CreatedUserView.of_created(made)))
        return
    user, names = made.user, sorted(made.user.roles)
    click.echo(f"created {user.username} <{user.email}> with the role{'s' * (len(names) > 1)} {', '.join(names)}")
    if made.password is not None:
        click.echo(f"password: {made.password.secret}")


def _password(*, from_stdin: bool) -> str:
    return password_from_stdin() if from_stdin else password_from_terminal()


@users.command("list")
@click.option("--search", "text", default="", help="a part of the user name or the address")
@click.option("--status", type=click.Choice([each.value for each in UserStatus]))
@click.option("--role", help="as it is shown")
@click.option("--sort", type=click.Choice([each.value for each in SortBy]), default=SortBy.CREATED_AT.value)
@click.option("--descending", is_flag=True)
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_obj
def list_accounts(
    context: IdentityContext,
    text: str,
    status: str | None,
    role: str | None,
    sort: str,
    *,
    descending: bool,
    as_json: bool,
) -> None:
    """List accounts, the oldest first."""
    try:
        wanted = UserSearch(
            text=checked_text("search", text),
            status=UserStatus(status) if status else None,
            role=checked_text("role", role) if role else None,
            sort=SortBy(sort),
            descending=descending,
        )
    except Refusal as refusal:
        raise told(refusal) from refusal

    async def collect(cases: UserAdminCases) -> list[AdministeredView]:
        return [AdministeredView.of(user) async for user in _all_users(cases, wanted)]

    accounts = run(context, collect)
    if as_json:
        for account in accounts:
            click.echo(msgspec.json.encode(account))
    else:
        print_table(accounts)


async def _all_users(cases: UserAdminCases, wanted: UserSearch) -> AsyncIterator[User]:
    page = 1
    while (found := await cases.search(SearchUsers(OPERATOR, PageRequest(page, _PAGE_SIZE), wanted))).items:
        for user in found.items:
            yield user
        page += 1


for _command in (show, set_account, *STATUS_COMMANDS):
    users.add_command(_command)
