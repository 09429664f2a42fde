"""`ollamanet users lock`, `delete` and the like: what becomes of one account."""

from collections.abc import Awaitable, Callable
from typing import Final

import click
import msgspec

from ollamanet.application.identity.commands.lock_user import LockUser
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword
from ollamanet.application.identity.commands.restore_user import RestoreUser
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.application.identity.commands.unlock_user import UnlockUser
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.cli_context import OPERATOR, IdentityContext, confirmed, found, run, told
from ollamanet.interfaces.identity.cli_tables import print_outcome
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases
from ollamanet.interfaces.identity.user_admin_schemas import NewPasswordView

_json = click.option("--json", "as_json", is_flag=True, help="answer with a JSON object")


def _done(context: IdentityContext, who: str, act: Callable[[UserAdminCases, UserId], Awaitable[User]]) -> User:
    async def work(cases: UserAdminCases) -> User:
        return await act(cases, (await found(cases, who)).id)

    return run(context, work)


@click.command("lock")
@click.argument("who")
@click.option("--reason", default="", help="for the audit trail")
@_json
@click.pass_obj
def lock(context: IdentityContext, who: str, reason: str, *, as_json: bool) -> None:
    """Lock the account of WHO (an email address, a user name or an id), and sign it out."""
    user = _done(context, who, lambda cases, user_id: cases.lock(LockUser(OPERATOR, user_id, reason)))
    print_outcome(user, "locked", as_json=as_json)


@click.command("unlock")
@click.argument("who")
@_json
@click.pass_obj
def unlock(context: IdentityContext, who: str, *, as_json: bool) -> None:
    """Unlock the account of WHO, whether somebody locked it or failed sign-ins did."""
    user = _done(context, who, lambda cases, user_id: cases.unlock(UnlockUser(OPERATOR, user_id)))
    print_outcome(user, "unlocked", as_json=as_json)


@click.command("delete")
@click.argument("who")
@_json
@click.pass_obj
def delete(context: IdentityContext, who: str, *, as_json: bool) -> None:
    """Delete the account of WHO; `users restore` takes that back for 30 days."""
    user = _done(context, who, lambda cases, user_id: cases.delete(SoftDeleteUser(OPERATOR, user_id)))
    print_outcome(user, "deleted", as_json=as_json)


@click.command("restore")
@click.argument("who")
@_json
@click.pass_obj
def restore(context: IdentityContext, who: str, *, as_json: bool) -> None:
    """Take the deletion of the account of WHO back."""
    user = _done(context, who, lambda cases, user_id: cases.restore(RestoreUser(OPERATOR, user_id)))
    print_outcome(user, "restored", as_json=as_json)


@click.command("purge")
@click.argument("who")
@click.option("--yes", is_flag=True, help="do not ask")
@_json
@click.pass_obj
def purge(context: IdentityContext, who: str, *, yes: bool, as_json: bool) -> None:
    """Forget at once, and for good, who WHO was and what he said. What was used stays, without a name."""

    async def work(cases: UserAdminCases) -> User:
        user = await found(cases, who)
        await cases.purge(PurgeUser(OPERATOR, user.id))
        return user

    try:
        confirmed(f"Forget {who} for good, with all conversations?", yes=yes)
    except Refusal as refusal:
        raise told(refusal) from refusal
    user = run(context, work)
    click.echo(msgspec.json.encode({"id": user.id, "status": "purged"}) if as_json else f"purged {user.id}")


@click.command("reset-password")
@click.argument("who")
@_json
@click.pass_obj
def reset_password(context: IdentityContext, who: str, *, as_json: bool) -> None:
    """Give the account of WHO a new password, show it once, and sign the account out."""

    async def work(cases: UserAdminCases) -> Password:
        return await cases.reset_password(ResetUserPassword(OPERATOR, (await found(cases, who)).id))

    made = run(context, work)
    click.echo(msgspec.json.encode(NewPasswordView(password=made.secret)) if as_json else f"password: {made.secret}")


STATUS_COMMANDS: Final = (lock, unlock, delete, restore, purge, reset_password)
