"""`ollamanet users`: accounts from the command line."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, PHRASE, person
from tests.interfaces.identity.users_of_memory import MemoryIdentity

from ollamanet.application.identity.ports import Credentials
from ollamanet.domain.identity.names import Login
from ollamanet.domain.identity.user import Role, UserStatus
from ollamanet.interfaces.identity.cli import users as users_group

ROOT = Path(__file__).parents[3]
NO_LIMITS = ("concurrency", "requests_per_minute", "tokens_per_minute", "tokens_per_day", "weight", "models")
CREATE = ("create", "ada@example.org", "--username", "ada", "--password-stdin")


@pytest.fixture
def identity() -> MemoryIdentity:
    return MemoryIdentity()


def run(identity: MemoryIdentity, *args: str, typed: str | bytes | None = None) -> Result:
    return CliRunner().invoke(users_group, args, obj=identity, input=typed, catch_exceptions=False)


def hash_of(identity: MemoryIdentity, login: str) -> str:
    (found,) = (
        stored for stored in identity.users.stored.values() if stored.user.username.key == Login.parse(login).key
    )
    return found.password_hash


@pytest.mark.parametrize("role", ["admin", "Admin", "ADMIN"])
def test_it_makes_an_administrator(identity: MemoryIdentity, role: str) -> None:
    result = run(identity, *CREATE, "--role", role, typed=PHRASE)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "created ada <ada@example.org> with the role Admin\n"
    (stored,) = identity.users.stored.values()
    assert stored.user.roles == {"Admin"}
    assert identity.closed == identity.opened == 1


def test_without_a_role_it_makes_a_user(identity: MemoryIdentity) -> None:
    assert run(identity, *CREATE, typed=PHRASE).exit_code == 0
    assert next(iter(identity.users.stored.values())).user.roles == {"User"}


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_password_is_the_line_without_its_ending(identity: MemoryIdentity, ending: str) -> None:
    assert run(identity, *CREATE, typed=PHRASE.encode() + ending.encode()).exit_code == 0
    assert hash_of(identity, "ada") == f"1:{PHRASE}"


@pytest.mark.parametrize("password", [f"  {PHRASE}  ", "pässwörd 🙂 🙂 🙂"])
def test_spaces_and_letters_of_the_password_are_kept(identity: MemoryIdentity, password: str) -> None:
    assert run(identity, *CREATE, typed=password.encode() + b"\n").exit_code == 0
    assert hash_of(identity, "ada") == f"1:{password}"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (b"", "password: expected 12 to 1024 characters"),
        (b"short\n", "password: expected 12 to 1024 characters"),
        (PHRASE.encode() + b"\n\n", "password: expected one line on standard input"),
        (b"\xff\xfe" * 10, "password: expected UTF-8 text on standard input"),
        (b"\0" * 20, "password: expected text without NUL characters"),
        (b"x" * 1_000_000, "password: expected at most 1024 characters"),
    ],
)
def test_a_bad_password_is_one_line_of_error_and_exit_code_2(identity: MemoryIdentity, typed: bytes, told: str) -> None:
    result = run(identity, *CREATE, typed=typed)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {told}\n")
    assert identity.users.stored == {}


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("create", "ada", "--username", "ada"), "email: expected an address like 'ada@example.org'"),
        (("create", "ada@example.org", "--username", "a"), "username: expected 3 to 64 letters"),
        (("create", "ada@example.org", "--username", "a\udcffb"), "username: expected valid Unicode text"),
        (("create", "ada@example.org", "--username", "ada", "--role", "root"), "roles: expected some of User, Admin"),
    ],
)
def test_a_bad_argument_is_one_line_of_error_and_exit_code_2(
    identity: MemoryIdentity, args: tuple[str, ...], told: str
) -> None:
    result = run(identity, *args, "--password-stdin", typed=PHRASE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {told}")
    assert result.stderr.count("\n") == 1
    assert identity.users.stored == {}
    assert identity.closed == identity.opened


def test_a_taken_name_is_one_line_of_error_and_exit_code_1(identity: MemoryIdentity) -> None:
    run(identity, *CREATE, typed=PHRASE)
    result = run(identity, *CREATE, typed=PHRASE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: email: another account has this address\n"
    assert len(identity.users.stored) == 1


def test_a_missing_user_name_is_wrong_usage(identity: MemoryIdentity) -> None:
    result = run(identity, "create", "ada@example.org", "--password-stdin", typed=PHRASE)
    assert result.exit_code == 2
    assert "Missing option '--username'" in result.stderr


def test_without_a_terminal_it_says_how_to_give_the_password(identity: MemoryIdentity) -> None:
    result = run(identity, *CREATE[:-1], typed=PHRASE)
    assert (result.exit_code, identity.opened) == (2, 0)
    assert result.stderr == "Error: password: no terminal to ask on; give it on standard input with --password-stdin\n"


def on_a_terminal(*answers: str) -> tuple[int, str]:
    """Run `users create` on a pseudo-terminal; its exit code, and all that the terminal showed."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.interfaces.identity.users_of_memory", *CREATE[:-1]],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown, waiting = b"", list(answers)
    while piece := read_from(ours):
        shown += piece
        if waiting and piece.endswith(b": "):
            os.write(ours, waiting.pop(0).encode() + b"\n")
    os.close(ours)
    return program.wait(timeout=20), shown.decode().replace("\r\n", "\n")


def read_from(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's way to say that nobody is at the other end any more
        return b""


def test_on_a_terminal_the_password_is_asked_for_twice_and_never_shown() -> None:
    code, shown = on_a_terminal(PHRASE, PHRASE)
    assert code == 0
    assert shown.startswith("Password: \nRepeat for confirmation: \n")
    assert shown.endswith("created ada <ada@example.org> with the role User\n")
    assert PHRASE not in shown


def test_a_slip_of_the_finger_is_asked_for_again() -> None:
    code, shown = on_a_terminal(PHRASE, "something else", PHRASE, PHRASE)
    assert code == 0
    assert shown.count("Password: ") == 2
    assert "do not match" in shown


def with_accounts(identity: MemoryIdentity, count: int) -> None:
    for number in range(1, count + 1):
        user = person(f"person{number}", number=number)
        identity.users.stored[user.id] = Credentials(user, "a hash")


def test_accounts_are_listed_as_json_lines_without_their_hashes(identity: MemoryIdentity) -> None:
    user = replace(
        ADA, roles=frozenset({Role.ADMIN.value}), last_sign_in_at=NOON, created_at=NOON, status=UserStatus.LOCKED
    )
    identity.users.stored[user.id] = Credentials(user, "a hash")

    result = run(identity, "list", "--json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "id": str(ADA.id),
            "email": "ada@example.org",
            "username": "ada",
            "roles": ["Admin"],
            "created_at": "2026-11-22T12:00:00Z",
            "last_sign_in_at": "2026-11-22T12:00:00Z",
            "status": "locked",
            "deleted_at": None,
            "limits": dict.fromkeys(NO_LIMITS),
        }
    ]


def test_all_accounts_are_listed_however_many_the_oldest_first(identity: MemoryIdentity) -> None:
    with_accounts(identity, 401)
    listed = [json.loads(line)["username"] for line in run(identity, "list", "--json").stdout.splitlines()]
    assert listed == [f"person{number}" for number in range(1, 402)]


def test_the_table_names_every_account(identity: MemoryIdentity) -> None:
    with_accounts(identity, 3)
    result = run(identity, "list")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines() if "person" in line]
    assert rows == [
        [f"person{number}", f"person{number}@example.org", "User", "2026-11-22", "12:00", "never", "active"]
        for number in (1, 2, 3)
    ]


def test_no_accounts_are_an_empty_list(identity: MemoryIdentity) -> None:
    assert run(identity, "list", "--json").stdout == ""
    assert run(identity, "list").exit_code == 0
