"""Who may do what to whose account over HTTP."""

from dataclasses import replace
from uuid import UUID

import pytest
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY
from tests.fakes.identity.people import ADA, BOB, person
from tests.interfaces.identity.user_admin_app import UserAdminApp

from ollamanet.domain.identity.user import User

pytestmark = pytest.mark.anyio

HELPER = replace(person("helper", number=3), roles=frozenset({"Helpdesk"}))
AUDITOR = replace(person("auditor", number=4), roles=frozenset({"Auditor"}))
ADAS = f"/{ADA.id}"
ROUTES = [
    ("GET", "", None),
    ("POST", "", {"email": "eve@example.org", "username": "eve"}),
    ("GET", ADAS, None),
    ("PATCH", ADAS, {"status": "locked"}),
    ("DELETE", ADAS, None),
    ("POST", f"{ADAS}/lock", {"reason": "lost"}),
    ("POST", f"{ADAS}/unlock", None),
    ("POST", f"{ADAS}/restore", None),
    ("POST", f"{ADAS}/purge", None),
    ("POST", f"{ADAS}/reset-password", None),
]
READING = {"", ADAS}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_users_may_do_nothing_and_readers_read_only(method: str, path: str, body: object) -> None:
    app = UserAdminApp(CHIEF, ADA, BOB, AUDITOR)

    assert (await app.ask(method, path, by="bob", json=body)).status_code == 403
    assert (await app.ask(method, path, by="nobody", json=body)).status_code == 401
    answer = await app.ask(method, path, by="auditor", json=body)
    assert answer.status_code == (200 if method == "GET" and path in READING else 403)
    assert app.desk.trail == []


@pytest.mark.parametrize(("method", "path", "body"), [route for route in ROUTES if route[1] not in READING])
async def test_an_id_of_nobody_and_what_is_no_id_are_not_found(method: str, path: str, body: object) -> None:
    app = UserAdminApp(CHIEF)
    for other in (str(UUID(int=7)), "ada", "%00"):
        assert (await app.ask(method, path.replace(str(ADA.id), other), json=body)).status_code == 404


@pytest.mark.parametrize("who", [CHIEF, HELPER, ADA])
async def test_a_helper_makes_nobody_an_administrator_and_touches_none(who: User) -> None:
    app = UserAdminApp(CHIEF, DEPUTY, HELPER, ADA)
    path = f"/{who.id}"

    assert (await app.ask("PATCH", path, by="helper", json={"roles": ["Admin"]})).status_code == 403
    allowed = who is not CHIEF
    assert ((await app.ask("POST", f"{path}/reset-password", by="helper")).status_code == 200) is allowed
    assert ((await app.ask("POST", f"{path}/lock", by="helper", json={"reason": "x"})).status_code == 200) is allowed
    assert app.desk.now(CHIEF) == CHIEF
