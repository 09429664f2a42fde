"""Roles from the command line."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner, Result
from tests.application.identity.role_office import Office
from tests.fakes.identity.people import ADA

from ollamanet.application.kernel.audit import OPERATOR
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.interfaces.identity.role_routes import RoleUseCases
from ollamanet.interfaces.identity.roles_cli import roles


class Desk:
    """The context of the commands over an office."""

    def __init__(self) -> None:
        self.office = Office()

    @asynccontextmanager
    async def roles(self) -> AsyncIterator[RoleUseCases]:
        office = self.office
        yield RoleUseCases(office.list, office.create, office.change, office.delete)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(roles, arguments, obj=self)

    def role(self, name: str) -> RoleDefinition:
        return self.office.roles.own[name]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    limits = ("--limit", "concurrency=2", "--limit", "models=Llama3,qwen3:8b", "--limit", "weight=0.5")
    result = made.run("create", "Watch", "--permission", "chat", "--permission", "audit:read", *limits)
    assert (result.exit_code, result.output) == (0, "created the role Watch\n")
    return made


def test_a_role_is_made_by_the_operator(desk: Desk) -> None:
    limits = CallerLimits(concurrency=2, weight=0.5, models=frozenset({"llama3:latest", "qwen3:8b"}))

    assert desk.role("watch") == RoleDefinition("Watch", frozenset({Permission.CHAT, Permission.AUDIT_READ}), limits)
    assert [(entry.action, entry.by) for entry in desk.office.roles.trail] == [("role.created", OPERATOR)]


def test_what_is_given_replaces_what_was_there_and_the_rest_stays(desk: Desk) -> None:
    changed = desk.run(
        "update", "watch", "--permission", "chat", "--limit", "models=none", "--description", "looks out"
    )

    assert changed.output == "changed the role Watch\n"
    assert desk.role("watch") == RoleDefinition(
        "Watch", frozenset({Permission.CHAT}), CallerLimits(concurrency=2, weight=0.5), "looks out"
    )
    assert desk.run("update", "watch", "--no-permissions").exit_code == 0
    assert desk.role("watch").permissions == frozenset()
    assert desk.run("update", "watch", "--limit", "none", "--limit", "concurrency=3").exit_code == 0
    assert desk.role("watch").limits == CallerLimits(concurrency=3)


def test_all_are_listed_one_a_line(desk: Desk) -> None:
    lines = [json.loads(line) for line in desk.run("list").output.splitlines()]
    assert [(line["name"], line["built_in"]) for line in lines] == [("Admin", True), ("User", True), ("Watch", False)]


def test_one_that_somebody_has_goes_for_another_only(desk: Desk) -> None:
    desk.office.roles.accounts[ADA.id] = ("ada", frozenset({"Watch"}))

    refused = desk.run("delete", "watch")
    assert (refused.exit_code, "--reassign" in refused.output or "reassign" in refused.output) == (1, True)
    assert desk.run("delete", "watch", "--reassign", "user").output == "deleted the role watch; 1 got the role user\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "a/b"),
        ("create", "b", "--permission", "everything"),
        ("create", "b", "--limit", "concurrency=0"),
        ("create", "b", "--limit", "speed=1"),
        ("create", "b", "--limit", "models=../secret"),
        ("update", "watch", "--permission", "chat", "--no-permissions"),
    ],
)
def test_what_is_mistyped_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...]) -> None:
    result = desk.run(*arguments)

    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert len(result.output.splitlines()) == 1
