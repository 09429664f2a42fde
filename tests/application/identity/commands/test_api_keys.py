"""Making, changing, ending and listing API keys."""

from dataclasses import replace
from uuid import UUID

import pytest
from tests.application.identity.key_office import CHIEF, LATER, OF_ADA, OF_BOB, OF_CHIEF, WISH, Office
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.commands.change_api_key import ChangeApiKey, To
from ollamanet.application.identity.commands.create_api_key import (
    CreateApiKeyFor,
)
from ollamanet.application.identity.commands.revoke_api_key import RevokeApiKey
from ollamanet.application.identity.key_records import KeyWish
from ollamanet.application.kernel.audit import HERE, OPERATOR
from ollamanet.domain.identity.api_key import LIVE_AT_MOST, ApiKeyId
from ollamanet.domain.identity.key_text import hash_of_key, is_key_text
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import ALL, OF_USERS, Permission


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.anyio
async def test_a_key_is_shown_once_and_kept_as_a_hash(office: Office) -> None:
    limits = CallerLimits(concurrency=1, tokens_per_day=5)
    made = await office.made(KeyWish(" report ", frozenset({Permission.CHAT}), ["Llama3", "x/y:Z"], limits, LATER))

    assert is_key_text(made.text)
    assert made.text not in repr(made)
    key = office.keys.stored[hash_of_key(made.text)]
    assert key == made.key
    assert (str(key.name), key.prefix, key.scopes) == ("report", made.text[:12], {Permission.CHAT})
    assert key.limits == replace(limits, models=frozenset({"llama3:latest", "x/y:z"}))
    assert (key.owner, key.created_at, key.expires_at, key.last_used_at) == (ADA.id, NOON, LATER, None)


@pytest.mark.anyio
async def test_the_trail_tells_of_it_without_the_key(office: Office) -> None:
    made = await office.made()
    (entry,) = office.keys.trail
    assert (entry.action, entry.by.user_id, entry.target) == ("api_key.created", ADA.id, f"user:{ADA.id}")
    assert entry.after == {
        "api_key": str(made.key.id),
        "name": "report",
        "scopes": ["chat", "models:read"],
        "models": None,
        "limits": {},
        "expires_at": None,
    }
    assert made.text[12:] not in repr(entry)


@pytest.mark.anyio
async def test_without_scopes_it_may_what_every_user_may_and_its_owner_has(office: Office) -> None:
    assert (await office.made(actor=OF_CHIEF)).key.scopes == OF_USERS
    reader = replace(OF_ADA, permissions=frozenset({Permission.MODELS_READ, Permission.AUDIT_READ}))
    assert (await office.made(actor=reader)).key.scopes == {Permission.MODELS_READ}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (KeyWish("k", frozenset({Permission.CHAT, Permission.USERS_WRITE})), Forbidden),
        (KeyWish("k", frozenset()), InvalidRequest),
        (KeyWish(""), InvalidRequest),
        (KeyWish("k", models=["../x"]), InvalidRequest),
        (KeyWish("k", expires_at=NOON), InvalidRequest),
    ],
)
async def test_what_may_not_be_is_refused(office: Office, wish: KeyWish, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await office.made(wish)
    assert office.keys.stored == {}


@pytest.mark.anyio
async def test_a_key_makes_changes_ends_and_sees_no_keys(office: Office) -> None:
    key = (await office.made()).key
    with_key = replace(OF_ADA, key=str(key.id))
    for attempt in (
        office.made(actor=with_key),
        office.change(ChangeApiKey(with_key, key.id, HERE, name="other")),
        office.revoke(RevokeApiKey(with_key, ADA.id, key.id, HERE)),
        office.names(with_key, ADA.id),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await office.names(OF_ADA, ADA.id) == ["report"]


@pytest.mark.anyio
async def test_nobody_has_more_than_fifty_live_ones(office: Office) -> None:
    for _ in range(LIVE_AT_MOST):
        await office.made()
    with pytest.raises(Conflict):
        await office.made()
    assert await office.made(actor=OF_BOB)


@pytest.mark.anyio
async def test_only_what_is_named_is_changed(office: Office) -> None:
    made = (
        await office.made(KeyWish("report", models=["a"], limits=CallerLimits(concurrency=2), expires_at=LATER))
    ).key

    assert await office.change(ChangeApiKey(OF_ADA, made.id, HERE)) == made
    renamed = await office.change(ChangeApiKey(OF_ADA, made.id, HERE, name="other"))
    assert renamed == replace(made, name=renamed.name)
    assert str(renamed.name) == "other"
    freed = await office.change(ChangeApiKey(OF_ADA, made.id, HERE, models=To(None), expires_at=To(None)))
    assert freed == replace(renamed, limits=CallerLimits(concurrency=2), expires_at=None)
    bound = await office.change(
        ChangeApiKey(
            OF_ADA,
            made.id,
            HERE,
            scopes=frozenset({Permission.CHAT}),
            limits=CallerLimits(tokens_per_day=9),
            models=To(["b"]),
            expires_at=To(LATER),
        )
    )
    assert bound.limits == CallerLimits(tokens_per_day=9, models=frozenset({"b:latest"}))
    assert (bound.scopes, bound.expires_at) == ({Permission.CHAT}, LATER)
    assert office.callers.forgotten == [ADA.id] * 4
    entries = [(each.before, each.after) for each in office.keys.trail[1:]]
    assert len(entries) == 3
    assert entries[0] == ({"name": "report"}, {"api_key": str(made.id), "name": "other"})


@pytest.mark.anyio
async def test_a_change_does_not_make_it_wider_than_its_owner(office: Office) -> None:
    key = (await office.made()).key
    with pytest.raises(Forbidden):
        await office.change(ChangeApiKey(OF_ADA, key.id, HERE, scopes=ALL))
    assert list(office.keys.stored.values()) == [key]


@pytest.mark.anyio
async def test_a_key_that_expired_stays_so(office: Office) -> None:
    key = (await office.made(KeyWish("k", expires_at=LATER))).key
    office.clock.advance(86_400)
    with pytest.raises(Conflict):
        await office.change(ChangeApiKey(OF_ADA, key.id, HERE, expires_at=To(None)))


@pytest.mark.anyio
async def test_an_ended_key_is_forgotten_at_once(office: Office) -> None:
    made = await office.made()
    await office.revoke(RevokeApiKey(OF_ADA, ADA.id, made.key.id, HERE))
    assert office.keys.stored[hash_of_key(made.text)].revoked_at == NOON
    assert office.callers.forgotten == [ADA.id]
    assert (office.keys.trail[-1].action, office.keys.trail[-1].before["name"]) == ("api_key.revoked", "report")


@pytest.mark.anyio
async def test_the_keys_of_others_are_not_there(office: Office) -> None:
    key = (await office.made()).key
    for attempt in (
        office.revoke(RevokeApiKey(OF_BOB, BOB.id, key.id, HERE)),
        office.change(ChangeApiKey(OF_BOB, key.id, HERE, name="mine")),
        office.revoke(RevokeApiKey(OF_ADA, ADA.id, ApiKeyId(UUID(int=99)), HERE)),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(Forbidden):
        await office.names(OF_BOB, ADA.id)


@pytest.mark.anyio
async def test_administrators_see_and_end_the_keys_of_others(office: Office) -> None:
    key = (await office.made()).key
    assert await office.names(OF_CHIEF, ADA.id) == ["report"]
    await office.revoke(RevokeApiKey(OF_CHIEF, ADA.id, key.id, HERE))
    assert await office.names(OF_CHIEF, ADA.id) == []
    with pytest.raises(NotFound):
        await office.names(OF_CHIEF, UserId(UUID(int=99)))


@pytest.mark.anyio
async def test_who_may_change_accounts_may_not_touch_those_who_may_do_more(office: Office) -> None:
    key = (await office.made(actor=OF_CHIEF)).key
    helper = replace(OF_BOB, permissions=frozenset({Permission.USERS_WRITE}))
    with pytest.raises(Forbidden):
        await office.revoke(RevokeApiKey(helper, CHIEF.id, key.id, HERE))


@pytest.mark.anyio
async def test_the_operator_makes_and_ends_keys_of_anybody(office: Office) -> None:
    made = await office.create_for(CreateApiKeyFor(ADA.id, WISH, HERE))
    assert made.key.scopes == OF_USERS
    await office.revoke(RevokeApiKey(None, ADA.id, made.key.id, HERE))
    assert [entry.by for entry in office.keys.trail] == [OPERATOR, OPERATOR]
    assert await office.names(None, ADA.id) == []


@pytest.mark.anyio
async def test_the_operator_makes_no_key_wider_than_its_owner_nor_for_nobody(office: Office) -> None:
    with pytest.raises(Forbidden):
        await office.create_for(CreateApiKeyFor(ADA.id, KeyWish("k", ALL), HERE))
    with pytest.raises(NotFound):
        await office.create_for(CreateApiKeyFor(UserId(UUID(int=99)), WISH, HERE))
    await office.users.update(replace(ADA, status=UserStatus.LOCKED))
    with pytest.raises(NotFound):
        await office.create_for(CreateApiKeyFor(ADA.id, WISH, HERE))
