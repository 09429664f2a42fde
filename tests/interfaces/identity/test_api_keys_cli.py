"""`ollamanet api-keys`: API keys from the command line."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner, Result
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_api_keys import FixedRoles, MemoryApiKeys
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.commands.create_api_key import CreateApiKeyForHandler
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKeyHandler
from ollamanet.application.identity.key_records import KeyAuthority
from ollamanet.application.identity.new_keys import NewKeys
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.queries.find_user import FindUserHandler
from ollamanet.application.identity.queries.list_api_keys import ListApiKeysHandler
from ollamanet.application.kernel.audit import OPERATOR
from ollamanet.domain.identity.key_text import hash_of_key, is_key_text
from ollamanet.interfaces.identity.api_keys_cli import api_keys


class Desk:
    """Both the context of the commands and the use cases that it opens."""

    def __init__(self) -> None:
        users, roles, clock = MemoryUsers(Credentials(ADA, ""), Credentials(BOB, "")), FixedRoles(), FixedClock()
        self.keys, authority = MemoryApiKeys(users), KeyAuthority(users, roles)
        self.find_user = FindUserHandler(users)
        self.create_api_key_for = CreateApiKeyForHandler(
            NewKeys(self.keys, clock, CountedIds(), self._bytes), users, roles
        )
        self.list_api_keys = ListApiKeysHandler(self.keys, authority)
        self.revoke_api_key = RevokeApiKeyHandler(self.keys, authority, Forgetting(), clock)
        self._made = 0

    def _bytes(self, size: int) -> bytes:
        self._made += 1
        return self._made.to_bytes(size)

    @asynccontextmanager
    async def api_keys(self) -> AsyncIterator["Desk"]:
        yield self

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(api_keys, arguments, obj=self, catch_exceptions=False)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_key_is_printed_alone_so_that_a_script_can_keep_it(desk: Desk) -> None:
    options = ("--scope", "chat", "--model", "llama3", "--expires", "2027-01-01")
    made = desk.run("create", "ada@example.org", "--name", "report", *options)

    text = made.stdout.removesuffix("\n")
    assert (made.exit_code, is_key_text(text)) == (0, True)
    key = desk.keys.stored[hash_of_key(text)]
    assert made.stderr == f"created {key.id} with the scopes chat; the key:\n"
    assert (str(key.name), key.owner, key.limits.models) == ("report", ADA.id, {"llama3:latest"})
    assert str(key.expires_at) == "2027-01-01 00:00:00+00:00"
    assert [entry.by for entry in desk.keys.trail] == [OPERATOR]


def test_without_options_it_may_what_users_may_for_ever(desk: Desk) -> None:
    assert desk.run("create", "ada", "--name", "report").exit_code == 0
    (key,) = desk.keys.stored.values()
    assert ({*key.scopes}, key.limits.models, key.expires_at) == ({"chat", "models:read"}, None, None)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create", "nobody", "--name", "k"), 1, "there is no such account"),
        (("create", "ada", "--name", "k", "--scope", "users:write"), 1, "does not have users:write"),
        (("create", "ada", "--name", ""), 2, "name: expected"),
        (("create", "ada", "--name", "k", "--model", "../x"), 2, "model: expected"),
        (("create", "ada", "--name", "k", "--expires", "2020-01-01"), 2, "expires_at: expected"),
        (("create", "ada", "--name", "k", "--scope", "all"), 2, "all"),
        (("revoke", "ada", "00000000-0000-7000-8000-000000000009"), 1, "there is no such API key"),
        (("revoke", "ada", "7"), 2, "7"),
        (("list", "nobody"), 1, "there is no such account"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...], code: int, told: str) -> None:
    result = desk.run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
    assert desk.keys.stored == {}


def test_keys_are_listed_for_people_and_for_programs(desk: Desk) -> None:
    for name in ("[bold]one", "two"):
        desk.run("create", "ada", "--name", name, "--model", "a", "--model", "b")

    table = desk.run("list", "ada").stdout
    assert all(word in table for word in ("[bold]one", "two", "a:latest, b:latest", "never", "chat, models:read"))
    lines = [json.loads(line) for line in desk.run("list", "ada", "--json").stdout.splitlines()]
    assert [each["name"] for each in lines] == ["two", "[bold]one"]
    assert desk.run("list", "bob", "--json").stdout == ""


def test_a_key_is_ended_by_its_id(desk: Desk) -> None:
    desk.run("create", "ada", "--name", "report")
    (key,) = desk.keys.stored.values()
    assert desk.run("revoke", "bob", str(key.id)).exit_code == 1
    assert desk.run("revoke", "ada", str(key.id)).stdout == f"revoked {key.id}\n"
    assert desk.run("list", "ada", "--json").stdout == ""
