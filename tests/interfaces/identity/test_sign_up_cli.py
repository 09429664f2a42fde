"""`ollamanet users invite` and `ollamanet users setup-token`."""

import pytest
from click import Command
from click.testing import CliRunner, Result
from tests.fakes.identity.people import person
from tests.interfaces.identity.users_of_memory import MemoryIdentity

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.secret_tokens import token_digest
from ollamanet.domain.identity.user import Role
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken
from ollamanet.interfaces.identity.sign_up_cli import invite, setup_token


@pytest.fixture
def identity() -> MemoryIdentity:
    return MemoryIdentity()


def run(identity: MemoryIdentity, command: Command, *args: str) -> Result:
    return CliRunner().invoke(command, args, obj=identity, catch_exceptions=False)


def test_an_invitation_is_made_and_only_its_token_is_on_standard_output(identity: MemoryIdentity) -> None:
    result = run(identity, invite, "eve@example.org", "--role", "admin", "--role", "user", "--days", "3")

    assert (result.exit_code, result.stdout) == (0, "secret-1\n")
    assert result.stderr == "invited eve@example.org with Admin, User, for 3 days\n"
    made = identity.invitations.stored[token_digest("secret-1")]
    assert (made.roles, made.created_by, (made.expires_at - made.created_at).days) == ({"Admin", "User"}, None, 3)


def test_without_an_address_whoever_has_the_token_is_invited(identity: MemoryIdentity) -> None:
    result = run(identity, invite)
    assert result.stderr == "invited whoever has the token with User, for 7 days\n"
    assert identity.closed == identity.opened == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("eve",), "Error: email: expected an address"),
        (("--role", "king"), "Error: roles: expected some of"),
        (("--days", "0"), "Usage:"),
    ],
)
def test_what_cannot_be_is_told_and_exit_code_2(identity: MemoryIdentity, args: tuple[str, ...], told: str) -> None:
    result = run(identity, invite, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(told)
    assert identity.invitations.stored == {}


def test_the_set_up_token_is_told_until_there_is_an_administrator(identity: MemoryIdentity) -> None:
    result = run(identity, setup_token)
    assert (result.exit_code, result.stdout) == (0, f"{DerivedSetupToken(b'k' * 32).text}\n")

    boss = person("boss", role=Role.ADMIN)
    identity.users.stored[boss.id] = Credentials(boss, "a hash")
    result = run(identity, setup_token)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: there is an administrator already; the token opens nothing\n"
