"""Looking at other people's accounts."""

from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, AdminDesk, administrator
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.administration_ports import UserSearch
from ollamanet.application.identity.queries.find_user import FindUser
from ollamanet.application.identity.queries.inspect_user import InspectUser
from ollamanet.application.identity.queries.search_users import SearchUsers
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.names import Username
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest, NotFound

pytestmark = pytest.mark.anyio


async def find(desk: AdminDesk, who: str) -> User:
    return await desk.cases.find(FindUser(administrator(CHIEF), who))


async def test_accounts_come_in_pages_of_those_that_are_wanted() -> None:
    desk = AdminDesk(BOB, ADA, replace(CHIEF, status=UserStatus.LOCKED))
    by, wanted = administrator(CHIEF), UserSearch(status=UserStatus.ACTIVE)

    page = await desk.cases.search(SearchUsers(by, PageRequest(2, 1), wanted))

    assert (list(page.items), page.total, page.page, page.page_size) == ([BOB], 2, 2, 1)
    assert (await desk.cases.search(SearchUsers(by, PageRequest()))).total == 3


async def test_one_account_is_seen_with_what_belongs_to_it() -> None:
    desk = AdminDesk(ADA)
    await desk.world.give(ADA.id, sessions=2, over=1)

    found = await desk.cases.inspect(InspectUser(administrator(CHIEF), ADA.id))

    assert (found.user, found.sessions, found.api_keys, found.locked_until) == (ADA, 2, 0, None)
    with pytest.raises(NotFound):
        await desk.cases.inspect(InspectUser(administrator(CHIEF), BOB.id))


@pytest.mark.parametrize("who", ["ada", "ADA", "ada@example.org", str(ADA.id), ADA.id.hex])
async def test_somebody_is_found_by_either_name_or_by_the_id(who: str) -> None:
    assert await find(AdminDesk(ADA, BOB), who) == ADA


@pytest.mark.parametrize("who", ["eve", "eve@example.org", str(CHIEF.id)])
async def test_nobody_is_found_by_what_nobody_has(who: str) -> None:
    with pytest.raises(NotFound):
        await find(AdminDesk(ADA), who)


async def test_a_user_name_that_is_the_id_of_another_account_does_not_stand_for_that() -> None:
    imitator = replace(BOB, username=Username.parse(str(ADA.id)))
    with pytest.raises(InvalidRequest, match="give an email address"):
        await find(AdminDesk(ADA, imitator), str(ADA.id))

    own = replace(BOB, username=Username.parse(str(BOB.id)))
    assert await find(AdminDesk(own), str(BOB.id)) == own


async def test_those_who_may_not_see_accounts_learn_nothing_not_even_who_there_is() -> None:
    desk, by = AdminDesk(ADA), administrator(person("eve"))
    for query in (
        desk.cases.search(SearchUsers(by, PageRequest())),
        desk.cases.inspect(InspectUser(by, ADA.id)),
        desk.cases.inspect(InspectUser(by, BOB.id)),
        desk.cases.find(FindUser(by, "ada")),
    ):
        with pytest.raises(Forbidden, match=r"^this needs the permission users:read$"):
            await query
