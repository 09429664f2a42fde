"""Guessing is slowed down and shut out, and shows nothing."""

import asyncio
from dataclasses import replace

import pytest
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.signing_in import SigningIn

from ollamanet.application.identity.commands.sign_in import SignIn, SignInHandler
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.sign_in_guard import UNKNOWN, SignInGuard
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.errors import AccountLocked, WrongCredentials
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.kernel.errors import Refusal

ELSEWHERE, HOME = Origin("203.0.113.7"), Origin("192.0.2.1")
GAP = 17.0


class Place:
    """A service with one account, `ada`."""

    def __init__(self) -> None:
        self.clock, self.failures, self.hasher = FixedClock(), MemoryFailures(), PlainHasher()
        users = MemoryUsers(Credentials(ADA, f"1:{PHRASE}"))
        self.guard = SignInGuard(self.failures, SignInPolicy(lock_after=10, lock_s=900.0), self.clock)
        self.sign_in = SignInHandler(users, self.hasher, SigningIn(users).opener, self.clock, self.guard)

    async def outcome(
        self, login: str, password: str = "wrong", origin: Origin = ELSEWHERE
    ) -> tuple[str, float | None]:
        try:
            await self.sign_in(SignIn(login, password, origin))
        except Refusal as refusal:
            return refusal.code, refusal.retry_after
        return "in", None

    async def lock(self, login: str) -> None:
        for _ in range(10):
            assert (await self.outcome(login))[0] == "unauthenticated"
            self.clock.advance(GAP)


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.anyio
async def test_from_the_fifth_wrong_password_on_there_are_growing_pauses_and_then_a_lock(place: Place) -> None:
    for _ in range(5):
        assert await place.outcome("ada") == ("unauthenticated", None)
    for pause in (1, 2, 4, 8, 16):
        assert await place.outcome("ada", PHRASE) == ("account_locked", pause)
        place.clock.advance(pause)
        assert await place.outcome("ada") == ("unauthenticated", None)
    assert await place.outcome("ada", PHRASE) == ("account_locked", 900)


@pytest.mark.anyio
@pytest.mark.parametrize("login", ["ada", "nobody"])
async def test_the_right_password_does_not_help_during_a_lock_and_does_afterwards(place: Place, login: str) -> None:
    await place.lock(login)
    assert await place.outcome(login, PHRASE) == ("account_locked", 900 - GAP)
    place.clock.advance(900 - GAP)
    assert (await place.outcome(login, PHRASE))[0] == ("in" if login == "ada" else "unauthenticated")


@pytest.mark.anyio
async def test_a_right_password_wipes_out_earlier_wrong_ones(place: Place) -> None:
    for _ in range(4):
        await place.outcome("ada")
    assert await place.outcome("ADA", PHRASE) == ("in", None)
    assert place.failures.stored == {}


@pytest.mark.anyio
async def test_a_login_that_nobody_has_is_told_from_one_by_nothing(place: Place) -> None:
    async def seen(login: str) -> tuple[list[object], list[str], int]:
        place.failures.calls.clear()
        place.hasher.verified_against.clear()
        answers = []
        for _ in range(40):
            answers.append(await place.outcome(login, PHRASE[1:]))
            place.clock.advance(5)
        return answers, list(place.failures.calls), len(place.hasher.verified_against)

    assert await seen("ada") == await seen("nobody")


@pytest.mark.anyio
async def test_a_lock_at_one_name_of_an_account_does_not_show_at_its_other_name(place: Place) -> None:
    await place.lock("ada")
    assert (await place.outcome("ada@example.org"))[0] == "unauthenticated"


@pytest.mark.anyio
async def test_during_a_lock_the_owner_gets_in_from_an_address_that_his_account_knows(place: Place) -> None:
    place.failures.places.add((ADA.id, HOME.address))
    await place.lock("ada")

    assert await place.outcome("ada", PHRASE, ELSEWHERE) == ("account_locked", 900 - GAP)
    # The same answer and the same work as from elsewhere: a neighbour learns nothing.
    assert await place.outcome("ada", "wrong", HOME) == ("account_locked", 900 - GAP)
    assert await place.outcome("ada", PHRASE, HOME) == ("in", None)
    assert place.failures.stored == {}


@pytest.mark.anyio
async def test_from_a_known_address_too_few_guesses_are_looked_at_during_a_lock(place: Place) -> None:
    place.failures.places.add((ADA.id, HOME.address))
    await place.lock("ada")
    place.hasher.verified_against.clear()

    answers = {await place.outcome("ada", "wrong", HOME) for _ in range(50)}

    assert answers == {("account_locked", 900 - GAP)}
    assert len(place.hasher.verified_against) == 5
    assert (await place.outcome("ada", PHRASE, HOME))[0] == "account_locked"


@pytest.mark.anyio
async def test_a_thousand_guesses_at_once_are_not_more_than_those_one_after_the_other(place: Place) -> None:
    outcomes = await asyncio.gather(*(place.outcome("ada") for _ in range(1000)))

    assert len(place.hasher.verified_against) == 5
    assert [code for code, _ in outcomes].count("unauthenticated") == 5
    assert len(place.guard.turns) == 0


@pytest.mark.anyio
async def test_many_right_passwords_at_once_all_get_in(place: Place) -> None:
    outcomes = await asyncio.gather(*(place.outcome("ada", PHRASE) for _ in range(50)))
    assert {code for code, _ in outcomes} == {"in"}


@pytest.mark.anyio
async def test_the_trail_has_each_wrong_password_and_the_lock_and_no_refused_attempt(place: Place) -> None:
    for login in ("ada", "nobody"):
        await place.lock(login)
        for _ in range(100):
            await place.outcome(login)

    trail = [(each.action, each.target, each.target_name, each.by.user_id) for each in place.failures.trail]
    assert trail[:11] == [("sign_in.refused", f"user:{ADA.id}", "ada", None)] * 10 + [
        ("sign_in.locked", f"user:{ADA.id}", "ada", None)
    ]
    assert trail[11:] == [("sign_in.refused", "", UNKNOWN, None)] * 10 + [("sign_in.locked", "", UNKNOWN, None)]
    assert place.failures.trail[4].after == {"failures": 5}
    assert {each.origin for each in place.failures.trail} == {ELSEWHERE}


@pytest.mark.anyio
async def test_what_is_stored_holds_neither_the_login_nor_the_address(place: Place) -> None:
    await place.lock("hunter2-typed-into-the-wrong-field")
    await place.outcome("hunter2-typed-into-the-wrong-field")

    kept = repr(place.failures.stored) + repr(place.failures.trail)
    assert "hunter2" not in kept
    assert all(len(subject) <= 80 and ELSEWHERE.address not in subject for subject in place.failures.stored)


@pytest.mark.anyio
async def test_an_administrator_ends_the_locks_of_an_account(place: Place) -> None:
    await place.lock("ada")
    await place.lock("ada@example.org")
    await place.lock("nobody")

    await place.guard.clear(ADA)

    assert await place.outcome("ada", PHRASE) == ("in", None)
    assert await place.outcome("ada@example.org", PHRASE) == ("in", None)
    assert len(place.failures.stored) == 1


@pytest.mark.anyio
async def test_somebody_who_gives_up_waiting_for_his_turn_leaves_nothing_behind(place: Place) -> None:
    held = place.guard.turns
    async with held.of("ada"):
        waiting = asyncio.create_task(place.outcome("ada", PHRASE))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert len(held) == 0
    assert await place.outcome("ada", PHRASE) == ("in", None)


@pytest.mark.anyio
async def test_a_locked_account_is_not_told_about_by_the_answer_of_the_attempt_that_locks(place: Place) -> None:
    for _ in range(9):
        await place.outcome("ada")
        place.clock.advance(GAP)
    with pytest.raises(WrongCredentials):
        await place.sign_in(SignIn("ada", "wrong", ELSEWHERE))
    with pytest.raises(AccountLocked):
        await place.sign_in(replace(SignIn("ada", "wrong"), origin=HOME))
