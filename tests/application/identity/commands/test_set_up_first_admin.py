"""Making the first administrator with the token that the service printed."""

from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.memory_invitations import ListedPasswords, MemoryFirstAdmins
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.signing_in import SigningIn
from tests.fakes.kernel.memory_trail import MemoryTrail

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.set_up_first_admin import (
    TRIES,
    SetUpFirstAdmin,
    SetUpFirstAdminHandler,
    WrongTries,
)
from ollamanet.application.identity.queries.find_setup_token import FindSetupTokenHandler
from ollamanet.domain.identity.errors import SetUpRefused, TooManyTries
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.identity.derived_setup_token import DerivedSetupToken

TOKEN = DerivedSetupToken(b"k" * 32)
BOSS = SetUpFirstAdmin(TOKEN.text, "boss@example.org", "admin", PHRASE)


def set_up() -> SetUpFirstAdminHandler:
    users, clock = MemoryUsers(), FixedClock()
    accounts = NewAccounts(users, PlainHasher(), clock, CountedIds(), ListedPasswords("dragon"))
    return SetUpFirstAdminHandler(
        TOKEN, WrongTries(clock), accounts, MemoryFirstAdmins(users), SigningIn(users).opener, MemoryTrail()
    )


@pytest.mark.anyio
async def test_the_first_administrator_is_made_and_signed_in_once() -> None:
    handler = set_up()
    find = FindSetupTokenHandler(TOKEN, handler.admins)
    assert await find() == TOKEN.text

    signed_in = await handler(BOSS)

    assert signed_in.user.roles == {"Admin"}
    assert handler.sessions.tokens.read(signed_in.token.text).user_id == signed_in.user.id
    assert await find() is None
    with pytest.raises(SetUpRefused, match="there is an administrator already"):
        await handler(replace(BOSS, email="other@example.org", username="other"))
    entry, opened = handler.accounts.users.trail
    assert (entry.action, entry.after["roles"]) == ("setup.completed", ["Admin"])
    assert opened.action == "session.opened"
    assert TOKEN.text not in repr((entry, handler, BOSS))


@pytest.mark.anyio
@pytest.mark.parametrize("token", ["", "ons_", TOKEN.text[:-1], TOKEN.text.upper(), "\u00fc" * 50, "\ud800"])
async def test_with_another_token_nobody_is_made_and_the_trail_tells(token: str) -> None:
    handler = set_up()
    with pytest.raises(SetUpRefused, match=r"^token: "):
        await handler(replace(BOSS, token=token))
    assert handler.accounts.users.stored == {}
    assert [entry.action for entry in handler.trail.entries] == ["setup.refused"]


@pytest.mark.anyio
async def test_after_too_many_wrong_tokens_none_is_looked_at_for_a_while() -> None:
    handler = set_up()
    for _ in range(TRIES):
        with pytest.raises(SetUpRefused):
            await handler(replace(BOSS, token="wrong"))
    handler.accounts.clock.advance(15)

    with pytest.raises(TooManyTries) as refused:
        await handler(BOSS)
    assert refused.value.retry_after == pytest.approx(45)

    handler.accounts.clock.advance(45)
    assert (await handler(BOSS)).user.roles == {"Admin"}
    assert len(handler.trail.entries) == TRIES


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("field", "value"), [("email", "boss"), ("username", "a b"), ("password", "short"), ("password", "dragon123456")]
)
async def test_the_rules_hold_for_the_first_account_too(field: str, value: str) -> None:
    handler = set_up()
    with pytest.raises(InvalidRequest, match=f"^{field}: "):
        await handler(replace(BOSS, **{field: value}))
    assert handler.accounts.users.stored == {}


def test_all_instances_with_one_key_have_one_token_and_those_with_another_have_another() -> None:
    assert DerivedSetupToken(b"k" * 32).text == TOKEN.text
    assert DerivedSetupToken(b"l" * 32).text != TOKEN.text
    assert TOKEN.matches(f" {TOKEN.text}\n")
    assert b"k" * 32 not in repr(TOKEN).encode()
