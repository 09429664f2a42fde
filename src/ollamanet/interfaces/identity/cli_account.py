"""`ollamanet users show` and `set`: one account, seen and changed."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import click
import msgspec

from ollamanet.application.identity.administration_ports import AccountOverview
from ollamanet.application.identity.commands.change_user import ChangeUser
from ollamanet.application.identity.queries.inspect_user import InspectUser
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.interfaces.identity.cli_context import OPERATOR, IdentityContext, found, run, told
from ollamanet.interfaces.identity.cli_tables import print_outcome, print_overview
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases
from ollamanet.interfaces.identity.user_admin_schemas import OverviewView

_LIMITS: Final = tuple(each.name for each in fields(CallerLimits))
NOTHING: Final = "none"
LIMITS_OPTION: Final = click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"{', '.join(_LIMITS)}; models are separated by commas; 'NAME={NOTHING}' takes one away, '{NOTHING}' all",
)


@click.command("show")
@click.argument("who")
@click.option("--json", "as_json", is_flag=True, help="answer with a JSON object")
@click.pass_obj
def show(context: IdentityContext, who: str, *, as_json: bool) -> None:
    """Show the account of WHO: an email address, a user name or an id."""

    async def look(cases: UserAdminCases) -> AccountOverview:
        return await cases.inspect(InspectUser(OPERATOR, (await found(cases, who)).id))

    view = OverviewView.of_overview(run(context, look))
    if as_json:
        click.echo(msgspec.json.encode(view))
    else:
        print_overview(view)


@click.command("set")
@click.argument("who")
@click.option("--email", help="another address")
@click.option("--username", help="another user name")
@click.option("--role", "roles", multiple=True, help="all roles it is to have: several times for several")
@click.option("--status", type=click.Choice([UserStatus.ACTIVE.value, UserStatus.LOCKED.value]))
@LIMITS_OPTION
@click.option("--json", "as_json", is_flag=True, help="answer with a JSON object")
@click.pass_obj
def set_account(
    context: IdentityContext,
    who: str,
    email: str | None,
    username: str | None,
    roles: tuple[str, ...],
    status: str | None,
    limits: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Change the account of WHO: an email address, a user name or an id. New roles and a lock sign it out."""
    try:
        said = _limits_from(limits)
    except Refusal as refusal:
        raise told(refusal) from refusal

    async def change(cases: UserAdminCases) -> User:
        new_status = UserStatus(status) if status else None
        user = await found(cases, who)
        return await cases.change(ChangeUser(OPERATOR, user.id, email, username, roles or None, new_status, said))

    print_outcome(run(context, change), "changed", as_json=as_json)


def _limits_from(texts: Sequence[str]) -> dict[str, object]:
    """Limits by name, from `name=value`.

    Raises:
        InvalidRequest: names the one that cannot be read.
    """
    said = dict[str, object]()
    for text in texts:
        name, _, value = text.partition("=")
        said |= dict.fromkeys(_LIMITS) if text == NOTHING else {name: _limit(name, value)}
    return said


def _limit(name: str, value: str) -> object:
    if name not in _LIMITS:
        raise InvalidRequest(f"--limit: expected one of {', '.join(_LIMITS)}, then '=' and its value")
    if value == NOTHING:
        return None
    if name == "models":
        return [each.strip() for each in value.split(",") if each.strip()]
    try:
        return float(value) if name == "weight" else int(value)
    except ValueError as error:
        raise InvalidRequest(f"--limit: {name}: expected a number, or '{NOTHING}'") from error
