"""Opening, exchanging and ending sessions, and who a token stands for."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB
from tests.fakes.identity.signing_in import LAPTOP, LIFETIME, PHONE, SigningIn

from ollamanet.application.identity.commands.revoke_other_sessions import (
    RevokeOtherSessions,
    RevokeOtherSessionsHandler,
)
from ollamanet.application.identity.commands.revoke_session import RevokeSession, RevokeSessionHandler
from ollamanet.application.identity.commands.sign_out import SignOut, SignOutHandler
from ollamanet.application.identity.queries.list_sessions import ListSessions, ListSessionsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.errors import TokenReused
from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden, NotFound, Unauthenticated
from ollamanet.domain.kernel.ids import SessionId
from ollamanet.domain.kernel.permissions import ALL, OF_USERS

pytestmark = pytest.mark.anyio
BY_KEY = Actor(ADA.id, key="a key")


@pytest.fixture
def here() -> SigningIn:
    return SigningIn()


def recorded(here: SigningIn) -> list[tuple[str, str, object]]:
    return [(entry.action, entry.by.name, entry.after.get("because")) for entry in here.users.trail]


async def listed(here: SigningIn, actor: Actor) -> list[SessionId]:
    page = await ListSessionsHandler(here.sessions, here.clock)(ListSessions(actor, PageRequest()))
    return [session.id for session in page.items]


async def test_every_sign_in_is_a_session_of_its_own(here: SigningIn) -> None:
    one, other = await here.open(), await here.open(origin=PHONE)

    first, second = here.sessions.sessions.values()
    assert first.id != second.id
    assert (second.address, second.device, second.created_at) == (PHONE.address, PHONE.device, NOON)
    assert second.expires_at == NOON + LIFETIME
    assert one.refresh.text != other.refresh.text
    assert (one.refresh.expires_in, one.token.expires_in) == (2_592_000, 900)
    assert recorded(here) == [("session.opened", "ada", None)] * 2


async def test_no_secret_is_stored_recorded_or_shown(here: SigningIn) -> None:
    signed_in = await here.open()
    assert list(here.sessions.tokens) == [RefreshToken(signed_in.refresh.text).digest]
    assert signed_in.refresh.text not in repr((signed_in, here.sessions.tokens, here.users.trail))
    assert signed_in.token.text not in repr((signed_in, here.users.trail))


async def test_a_token_stands_for_what_is_stored_now(here: SigningIn) -> None:
    signed_in = await here.open()
    assert await here.actor(signed_in) == Actor(
        ADA.id, ADA.roles, permissions=OF_USERS, session=next(iter(here.sessions.sessions)), name="ada"
    )

    limits = CallerLimits(concurrency=2)
    await here.users.update(replace(ADA, roles=frozenset({"Admin", "gone"}), limits=limits))

    actor = await here.actor(signed_in)
    assert (actor.permissions, actor.limits, actor.roles) == (ALL, limits, {"Admin", "gone"})


@pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
async def test_a_token_of_an_account_that_may_not_be_used_is_nobodys(here: SigningIn, status: UserStatus) -> None:
    signed_in = await here.open()
    await here.users.update(replace(ADA, status=status))

    with pytest.raises(Unauthenticated, match="gone or disabled"):
        await here.actor(signed_in)
    with pytest.raises(Unauthenticated, match="session of this refresh token is over"):
        await here.refresh(signed_in.refresh.text)


async def test_a_token_of_an_account_that_is_gone_is_nobodys(here: SigningIn) -> None:
    signed_in = await here.open()
    here.users.stored.clear()
    with pytest.raises(Unauthenticated):
        await here.actor(signed_in)
    with pytest.raises(Unauthenticated):
        await here.refresh(signed_in.refresh.text)


async def test_a_token_that_names_somebody_elses_session_is_nobodys(here: SigningIn) -> None:
    await here.open(BOB)
    bobs = next(iter(here.sessions.sessions))
    here.tokens.issue(ADA, bobs)
    with pytest.raises(Unauthenticated, match="session of this token is over"):
        await here.callers.identify("token-2")


async def test_the_last_use_is_noted_once_a_minute(here: SigningIn) -> None:
    signed_in = await here.open()
    for seconds, noted in ((59.9, 0.0), (0.1, 60.0), (30.0, 60.0), (30.0, 120.0)):
        here.clock.advance(seconds)
        await here.actor(signed_in)
        (session,) = here.sessions.sessions.values()
        assert session.last_used_at == NOON + timedelta(seconds=noted)


async def test_a_refresh_brings_new_tokens_for_the_same_session(here: SigningIn) -> None:
    first = await here.open()
    here.clock.advance(86_400)

    second = await here.refresh(first.refresh.text, PHONE)

    assert second.user == ADA
    assert second.refresh.text != first.refresh.text
    assert (await here.actor(second)).session == (await here.actor(first)).session
    (session,) = here.sessions.sessions.values()
    assert session.expires_at == here.clock.now() + LIFETIME
    assert (session.address, session.device) == (PHONE.address, LAPTOP.device)


async def test_a_token_that_comes_back_ends_its_session_and_no_other(here: SigningIn) -> None:
    stolen, other = await here.open(), await here.open(origin=PHONE)
    newest = await here.refresh(stolen.refresh.text)
    here.clock.advance(5)

    with pytest.raises(TokenReused) as refused:
        await here.refresh(stolen.refresh.text, PHONE)

    assert refused.value.code == "token_reused"
    assert recorded(here)[2:] == [("session.revoked", "ada", "token_reused")]
    assert here.users.trail[-1].origin == PHONE
    assert here.users.trail[-1].by.user_id is None
    assert here.cache.forgotten == [ADA.id]
    for token in (newest, stolen):
        with pytest.raises(Unauthenticated) as over:
            await here.refresh(token.refresh.text)
        assert over.value.code == "unauthenticated"
        with pytest.raises(Unauthenticated):
            await here.actor(token)
    assert len(recorded(here)) == 3
    assert (await here.actor(other)).user_id == ADA.id


async def test_what_was_lost_on_its_way_can_be_asked_for_again(here: SigningIn) -> None:
    first = await here.open()
    lost = await here.refresh(first.refresh.text)
    here.clock.advance(4.9)
    again = await here.refresh(first.refresh.text)
    here.clock.advance(60)

    assert lost.refresh.text != again.refresh.text
    for each in (again, lost):
        assert (await here.refresh(each.refresh.text)).user == ADA


@pytest.mark.parametrize("text", ["", "nonsense", "9" * 43, "x" * 10_000])
async def test_a_token_that_was_never_ours_is_refused(here: SigningIn, text: str) -> None:
    await here.open()
    with pytest.raises(Unauthenticated, match="refresh token is not valid"):
        await here.refresh(text)
    assert here.users.trail[1:] == []


async def test_signing_out_ends_this_session_by_either_token(here: SigningIn) -> None:
    sign_out = SignOutHandler(here.sessions, here.revocation, here.clock)
    one, two, kept = await here.open(), await here.open(), await here.open()

    await sign_out(SignOut(await here.actor(one), LAPTOP))
    await sign_out(SignOut(RefreshToken(two.refresh.text), LAPTOP))

    for each in (one, two):
        with pytest.raises(Unauthenticated):
            await here.refresh(each.refresh.text)
        with pytest.raises(Unauthenticated):
            await here.actor(each)
    assert (await here.actor(kept)).user_id == ADA.id
    assert recorded(here)[3:] == [("session.revoked", "ada", "signed_out")] * 2
    assert here.cache.forgotten == [ADA.id, ADA.id]


async def test_signing_out_of_what_is_over_is_no_error_and_not_recorded(here: SigningIn) -> None:
    sign_out = SignOutHandler(here.sessions, here.revocation, here.clock)
    actor = await here.actor(await here.open())
    for by in (actor, actor, RefreshToken("x" * 43)):
        await sign_out(SignOut(by, LAPTOP))
    assert len(recorded(here)) == 2


async def test_one_ends_ones_own_sessions_and_no_others(here: SigningIn) -> None:
    revoke = RevokeSessionHandler(here.sessions, here.revocation, here.clock)
    lost, bobs, mine = await here.open(origin=PHONE), await here.open(BOB), await here.open()
    me, theirs, lost_id = await here.actor(mine), await here.actor(bobs), (await here.actor(lost)).session

    assert lost_id is not None
    assert theirs.session is not None
    await revoke(RevokeSession(me, lost_id, LAPTOP))
    for absent in (theirs.session, lost_id, SessionId(UUID(int=7))):
        with pytest.raises(NotFound):
            await revoke(RevokeSession(me, absent, LAPTOP))

    assert await listed(here, me) == [me.session]
    assert await listed(here, theirs) == [theirs.session]
    assert recorded(here)[3:] == [("session.revoked", "ada", "revoked")]


async def test_all_but_the_present_one_end_at_once(here: SigningIn) -> None:
    for _ in range(3):
        await here.open()
    me, bob = await here.actor(await here.open()), await here.actor(await here.open(BOB))

    ended = await RevokeOtherSessionsHandler(here.revocation, here.clock)(RevokeOtherSessions(me, LAPTOP))

    assert ended == 3
    assert await listed(here, me) == [me.session]
    assert await listed(here, bob) == [bob.session]
    assert here.users.trail[-1].action == "sessions.revoked"


async def test_an_api_key_neither_sees_nor_ends_sign_ins(here: SigningIn) -> None:
    signed_in = await here.open()
    session = next(iter(here.sessions.sessions))
    revoke = RevokeSessionHandler(here.sessions, here.revocation, here.clock)
    others = RevokeOtherSessionsHandler(here.revocation, here.clock)
    sign_out = SignOutHandler(here.sessions, here.revocation, here.clock)
    attempts = [
        listed(here, BY_KEY),
        revoke(RevokeSession(BY_KEY, session, LAPTOP)),
        others(RevokeOtherSessions(BY_KEY, LAPTOP)),
        sign_out(SignOut(BY_KEY, LAPTOP)),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden, match="needs a sign-in"):
            await attempt
    assert (await here.actor(signed_in)).user_id == ADA.id
