"""`ollamanet users`: other people's accounts, seen and changed from the command line."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY
from tests.fakes.identity.people import ADA, BOB
from tests.interfaces.identity.users_of_memory import MemoryIdentity

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.audit import HERE, OPERATOR
from ollamanet.domain.identity.account_states import is_nameless
from ollamanet.domain.identity.names import Username
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID, CallerLimits
from ollamanet.interfaces.identity.cli import users as users_group


@pytest.fixture
def identity() -> MemoryIdentity:
    made = MemoryIdentity()
    for user in (CHIEF, ADA, BOB):
        made.users.stored[user.id] = Credentials(user, "a hash")
    return made


def run(identity: MemoryIdentity, *args: str) -> Result:
    return CliRunner().invoke(users_group, args, obj=identity, catch_exceptions=False)


def now(identity: MemoryIdentity, user: User) -> User:
    return identity.desk.now(user)


@pytest.mark.parametrize("who", ["ada", "ADA@example.org", str(ADA.id)])
def test_an_account_is_shown_by_either_name_or_by_its_id(identity: MemoryIdentity, who: str) -> None:
    told = json.loads(run(identity, "show", who, "--json").stdout)
    assert (told["id"], told["sessions"], told["locked_until"]) == (str(ADA.id), 0, None)

    shown = run(identity, "show", who).stdout
    assert "ada@example.org" in shown
    assert "none of its own" in shown


def test_a_limited_account_is_shown_with_its_limits(identity: MemoryIdentity) -> None:
    run(identity, "set", "ada", "--limit", "concurrency=2")
    assert '{"concurrency":2}' in run(identity, "show", "ada").stdout


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), ["chief", "ada", "bob"]),
        (("--search", "ADA"), ["ada"]),
        (("--role", "Admin"), ["chief"]),
        (("--status", "locked"), []),
        (("--sort", "username", "--descending"), ["chief", "bob", "ada"]),
    ],
)
def test_a_list_is_searched_filtered_and_sorted(
    identity: MemoryIdentity, args: tuple[str, ...], expected: list[str]
) -> None:
    lines = run(identity, "list", *args, "--json").stdout.splitlines()
    assert [json.loads(line)["username"] for line in lines] == expected


def test_an_account_gets_a_password_that_is_shown_once(identity: MemoryIdentity) -> None:
    result = run(
        identity, "create", "eve@example.org", "--username", "eve", "--generate-password", "--role", "user", "--role",
        "auditor",
    )  # fmt: skip
    assert result.stdout == "created eve <eve@example.org> with the roles Auditor, User\npassword: made password 1\n"

    made = run(identity, "create", "dora@example.org", "--username", "dora", "--generate-password", "--json")
    assert json.loads(made.stdout)["password"] == "made password 2"

    both = run(identity, "create", "x@y.example", "--username", "xyz", "--generate-password", "--password-stdin")
    assert both.exit_code == 2
    assert "exclude each other" in both.stderr


def test_names_roles_status_and_limits_are_set(identity: MemoryIdentity) -> None:
    result = run(
        identity, "set", "ada", "--email", "a@b.example", "--username", "countess", "--role", "user",
        "--role", "helpdesk", "--status", "locked", "--limit", "concurrency=2", "--limit", "weight=0.5",
        "--limit", "models=Llama3, b:1", "--limit", "tokens_per_day=none",
    )  # fmt: skip

    assert (result.exit_code, result.stdout) == (0, "changed countess <a@b.example>\n")
    changed = now(identity, ADA)
    assert (changed.roles, changed.status) == ({"User", "Helpdesk"}, UserStatus.LOCKED)
    assert changed.limits == CallerLimits(concurrency=2, weight=0.5, models=frozenset({"llama3:latest", "b:1"}))

    cleared = run(identity, "set", "countess", "--limit", "none", "--limit", "concurrency=3", "--json")
    assert json.loads(cleared.stdout)["limits"]["concurrency"] == 3
    assert now(identity, ADA).limits == CallerLimits(concurrency=3)
    run(identity, "set", "countess", "--limit", "none")
    assert now(identity, ADA).limits == NOTHING_SAID


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--limit", "speed=1"), "--limit: expected one of concurrency, "),
        (("--limit", "concurrency=many"), "--limit: concurrency: expected a number, or 'none'"),
        (("--limit", "concurrency=0"), "limits: expected known ones, each of them more than 0"),
        (("--limit", "weight=inf"), "limits: expected known ones, each of them more than 0"),
        (("--limit", "models=../x"), "model: expected a name like"),
        (("--role", "root"), "roles: expected some of User, Admin"),
        (("--email", "ada"), "email: expected an address"),
    ],
)
def test_what_is_mistyped_is_one_line_of_error_and_exit_code_2(
    identity: MemoryIdentity, args: tuple[str, ...], told: str
) -> None:
    result = run(identity, "set", "ada", *args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"Error: {told}")
    assert now(identity, ADA) == ADA


def test_an_account_is_locked_unlocked_deleted_and_restored(identity: MemoryIdentity) -> None:
    told = [
        run(identity, *args).stdout
        for args in (("lock", "ada", "--reason", "lost"), ("unlock", "ada"), ("delete", "ada"), ("restore", "ada"))
    ]
    assert told == [f"{done} ada <ada@example.org>\n" for done in ("locked", "unlocked", "deleted", "restored")]
    assert now(identity, ADA) == ADA
    assert {(entry.by, entry.origin) for entry in identity.users.trail} == {(OPERATOR, HERE)}
    assert identity.users.trail[0].after["reason"] == "lost"
    assert json.loads(run(identity, "lock", "ada", "--json").stdout)["status"] == "locked"


def test_a_new_password_is_shown_once(identity: MemoryIdentity) -> None:
    assert run(identity, "reset-password", "ada").stdout == "password: made password 1\n"
    told = run(identity, "reset-password", "ada", "--json")
    assert json.loads(told.stdout) == {"password": "made password 2"}


def test_a_purge_is_not_done_unless_it_is_meant(identity: MemoryIdentity) -> None:
    refused = run(identity, "purge", "ada")
    assert (refused.exit_code, refused.stderr) == (2, "Error: this cannot be taken back: say --yes\n")
    assert now(identity, ADA) == ADA

    assert run(identity, "purge", "ada", "--yes").stdout == f"purged {ADA.id}\n"
    assert is_nameless(now(identity, ADA))
    again = run(identity, "purge", str(ADA.id), "--yes", "--json")
    assert json.loads(again.stdout) == {"id": str(ADA.id), "status": "purged"}


@pytest.mark.parametrize("command", ["show", "set", "lock", "unlock", "delete", "restore", "reset-password", "purge"])
def test_nobody_is_one_line_of_error_and_exit_code_1(identity: MemoryIdentity, command: str) -> None:
    extra = ("--yes",) if command == "purge" else ()
    result = run(identity, command, "eve", *extra)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: there is no such account\n")
    assert identity.opened == identity.closed


@pytest.mark.parametrize("args", [("lock",), ("delete",), ("purge", "--yes"), ("set", "--role", "user")])
def test_not_even_the_operator_removes_the_last_administrator(identity: MemoryIdentity, args: tuple[str, ...]) -> None:
    locked = replace(DEPUTY, status=UserStatus.LOCKED)
    identity.users.stored[locked.id] = Credentials(locked, "a hash")
    result = run(identity, args[0], "chief", *args[1:])
    assert result.exit_code == 1
    assert result.stderr == "Error: this is the last administrator; make somebody else one first\n"
    assert now(identity, CHIEF) == CHIEF


def test_a_user_name_that_looks_like_another_ones_id_is_not_guessed_at(identity: MemoryIdentity) -> None:
    imitator = replace(BOB, username=Username.parse(str(ADA.id)))
    identity.users.stored[BOB.id] = Credentials(imitator, "a hash")
    result = run(identity, "delete", str(ADA.id))
    assert result.exit_code == 2
    assert now(identity, ADA) == ADA


def test_text_that_cannot_be_compared_is_mistyped(identity: MemoryIdentity) -> None:
    assert run(identity, "list", "--search", "\udcff").exit_code == 2
