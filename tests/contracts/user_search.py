"""How every store of accounts searches, sorts and pages; a subclass brings the fixture `world`."""

from dataclasses import replace

import pytest
from tests.contracts.accounts_world import HOUR, World, names, stored
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, person

from ollamanet.application.identity.administration_ports import SortBy, UserSearch
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.user import Role, UserStatus


@pytest.mark.anyio
class UserSearchContract:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({}, ["Ann_1", "bob", "Zoë"]),
            ({"text": "ann_"}, ["Ann_1"]),
            ({"text": "n_1"}, ["Ann_1"]),
            ({"text": "ANN"}, ["Ann_1"]),
            ({"text": "a_n"}, []),
            ({"text": "%"}, []),
            ({"text": "["}, []),
            ({"text": "\\"}, []),
            ({"text": "zoe\u0308"}, ["Zoë"]),
            ({"text": "ELSE.example"}, ["bob"]),
            ({"text": "nobody"}, []),
            ({"status": UserStatus.LOCKED}, ["bob"]),
            ({"role": "Admin"}, ["Zoë"]),
            ({"role": "dmin"}, []),
            ({"role": 'R&D "west" 100%'}, ["Ann_1"]),
            ({"created_from": NOON + 2 * HOUR}, ["bob", "Zoë"]),
            ({"created_to": NOON + 2 * HOUR}, ["Ann_1"]),
            ({"created_from": NOON + 2 * HOUR, "created_to": NOON + 3 * HOUR}, ["bob"]),
            ({"signed_in_from": NOON + 5 * HOUR}, ["bob"]),
            ({"signed_in_to": NOON + 5 * HOUR}, ["Ann_1", "Zoë"]),
            ({"text": "o", "status": UserStatus.ACTIVE}, ["Zoë"]),
        ],
    )
    async def test_accounts_are_found_by_what_is_asked_for(
        self, world: World, wanted: dict[str, object], expected: list[str]
    ) -> None:
        ann = person("Ann_1", number=1, email="ann@example.test", created_at=NOON + HOUR)
        bob = person("bob", number=2, email="bob@else.example", created_at=NOON + 2 * HOUR)
        zoe = person("Zoë", number=3, email="z@example.test", role=Role.ADMIN, created_at=NOON + 3 * HOUR)
        ann = replace(ann, roles=frozenset({"User", 'R&D "west" 100%'}), last_sign_in_at=NOON + 4 * HOUR)
        bob = replace(bob, status=UserStatus.LOCKED, last_sign_in_at=NOON + 5 * HOUR)

        assert await names(await stored(world, zoe, bob, ann), **wanted) == expected

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            (SortBy.USERNAME, ["ann", "Ben", "cleo", "dora"]),
            (SortBy.EMAIL, ["dora", "cleo", "Ben", "ann"]),
            (SortBy.CREATED_AT, ["cleo", "ann", "Ben", "dora"]),
            (SortBy.LAST_SIGN_IN_AT, ["Ben", "dora", "ann", "cleo"]),
        ],
    )
    async def test_accounts_are_sorted_in_both_directions_equal_ones_by_their_ids(
        self, world: World, by: SortBy, expected: list[str]
    ) -> None:
        ann = person("ann", number=2, email="d@example.org", created_at=NOON)
        ben = person("Ben", number=3, email="C@example.org", created_at=NOON)
        cleo = person("cleo", number=9, email="b@example.org", created_at=NOON - HOUR)
        dora = person("dora", number=4, email="a@example.org", created_at=NOON)
        signed_in = (replace(ann, last_sign_in_at=NOON), replace(cleo, last_sign_in_at=NOON + HOUR))
        await stored(world, dora, *signed_in, ben)

        assert await names(world, sort=by) == expected
        assert await names(world, sort=by, descending=True) == expected[::-1]

    async def test_found_accounts_come_in_pages_and_are_counted_all(self, world: World) -> None:
        await stored(world, *(person(f"p{number}x", number=number) for number in range(1, 6)), ADA)
        wanted = UserSearch(text="x@", sort=SortBy.USERNAME)

        pages = [await world.accounts.search(wanted, PageRequest(page, 2)) for page in (1, 2, 3, 4)]

        assert [[user.username.text for user in page.items] for page in pages] == [
            ["p1x", "p2x"],
            ["p3x", "p4x"],
            ["p5x"],
            [],
        ]
        assert {page.total for page in pages} == {5}
