"""Making an account for somebody else."""

from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, OFFICE, AdminDesk, administrator
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, PHRASE, person

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.create_user import CreatedUser, CreateUser
from ollamanet.application.kernel.audit import HERE, Agent, AuditEntry
from ollamanet.domain.identity.errors import EmailTaken, UsernameTaken
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest

pytestmark = pytest.mark.anyio

HELPER = replace(person("helper", number=3), roles=frozenset({"Helpdesk"}))


async def create(desk: AdminDesk, by: User = CHIEF, **typed: object) -> CreatedUser:
    names = {"email": "root@example.org", "username": "root", "password": PHRASE}
    return await desk.cases.create(CreateUser(administrator(by), **{**names, **typed}))


async def test_the_account_has_the_roles_that_were_asked_for_as_they_are_spelled() -> None:
    desk = AdminDesk()
    made = await create(desk, roles=["admin", "HELPDESK"])
    assert made.user.roles == {"Admin", "Helpdesk"}
    assert made.password is None
    assert desk.now(made.user) == made.user


async def test_without_a_role_it_is_a_user() -> None:
    assert (await create(AdminDesk())).user.roles == {"User"}


async def test_without_a_password_one_is_made_and_kept_as_a_hash_only() -> None:
    desk = AdminDesk()
    made = await create(desk, password=None)
    assert made.password is not None
    assert made.password.secret == "made password 1"
    assert "made password" not in repr(made)
    assert desk.users.stored[made.user.id].password_hash == "1:made password 1"


async def test_the_rules_for_names_and_passwords_hold_for_administrators_too() -> None:
    desk = AdminDesk(ADA)
    with pytest.raises(EmailTaken):
        await create(desk, email="Ada@Example.org")
    with pytest.raises(UsernameTaken):
        await create(desk, username="ADA")
    with pytest.raises(InvalidRequest, match=r"^password: expected 12 to 1024 characters$"):
        await create(desk, password="")
    with pytest.raises(InvalidRequest, match=r"^password: "):
        await create(desk, password="root@example.org")
    with pytest.raises(InvalidRequest, match=r"^roles: expected some of User, Admin, Helpdesk, Auditor, Intern$"):
        await create(desk, roles=["root"])
    with pytest.raises(InvalidRequest, match=r"^roles: expected at least one role$"):
        await create(desk, roles=[])
    assert (len(desk.users.stored), desk.trail) == (1, [])


@pytest.mark.parametrize("roles", [["Admin"], ["User", "Auditor"]])
async def test_nobody_gives_more_than_he_has(roles: list[str]) -> None:
    desk = AdminDesk()
    with pytest.raises(Forbidden, match=r"^roles: you may not give what you have not got yourself: .*audit:read"):
        await create(desk, HELPER, roles=roles)
    assert (await create(desk, HELPER, roles=["User", "Helpdesk"])).user.roles == {"User", "Helpdesk"}


async def test_nobody_makes_an_account_that_may_ask_models_that_are_not_for_himself() -> None:
    desk = AdminDesk()
    narrow = replace(HELPER, limits=CallerLimits(models=frozenset({"llama3:latest"})))
    for roles in (["User"], ["Intern", "User"]):
        with pytest.raises(Forbidden, match="models that you may not ask yourself"):
            await create(desk, narrow, roles=roles)
    assert (await create(desk, narrow, roles=["intern"])).user.roles == {"Intern"}


async def test_those_who_may_not_make_accounts_have_no_password_hashed() -> None:
    desk = AdminDesk()
    with pytest.raises(Forbidden, match=r"^this needs the permission users:write$"):
        await create(desk, ADA)
    assert desk.users.stored == {}


async def test_the_audit_trail_says_who_made_which_account_and_no_password() -> None:
    desk = AdminDesk()
    user = (await create(desk, password=None)).user
    after = {"email": "root@example.org", "username": "root", "roles": ["User"], "status": "active", "limits": {}}
    by = Agent(CHIEF.id, "chief")
    assert desk.trail == [AuditEntry("user.created", by, OFFICE, NOON, f"user:{user.id}", "root", {}, after)]


async def test_the_command_line_may_make_anybody_and_is_named_in_the_trail() -> None:
    desk = AdminDesk()
    await desk.cases.create(CreateUser(Administrator.operator(), "a@b.example", "boss", PHRASE, ["Admin"]))
    (entry,) = desk.trail
    assert (entry.by, entry.origin) == (Agent(None, "command line"), HERE)


async def test_no_representation_of_the_command_shows_the_password() -> None:
    assert PHRASE not in repr(CreateUser(administrator(CHIEF), "ada@example.org", "ada", PHRASE))
