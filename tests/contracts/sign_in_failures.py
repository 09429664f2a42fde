"""What every store of failed sign-ins does; a subclass brings the fixtures `failures` and `visits`."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.sign_in_guard import SignInFailures
from ollamanet.domain.identity.sign_in_policy import NO_FAILURES, Failures, SignInPolicy
from ollamanet.domain.kernel.ids import UserId

POLICY = SignInPolicy(lock_after=3, lock_s=60.0)

Visits = Callable[[UserId, str, datetime], Awaitable[None]]
"""Stores a session of an account from an address, last used at a time."""


async def of(failures: SignInFailures, subject: str) -> Failures:
    return (await failures.standing(subject, "none", user_id=None, address="")).login


@pytest.mark.anyio
class SignInFailuresContract:
    async def test_nobody_failed_before_the_first_failure(self, failures: SignInFailures) -> None:
        standing = await failures.standing("login:a", "login:a@x", user_id=None, address="192.0.2.1")

        assert (standing.login, standing.near, standing.known) == (NO_FAILURES, NO_FAILURES, False)

    async def test_failures_add_up_to_a_lock(self, failures: SignInFailures) -> None:
        led_to = [await failures.add("login:a", POLICY, at=NOON + timedelta(seconds=second)) for second in range(3)]

        until = NOON + timedelta(seconds=62)
        assert [(each.count, each.locked_until) for each in led_to] == [(1, None), (2, None), (3, until)]
        assert await of(failures, "login:a") == Failures(3, NOON + timedelta(seconds=2), until)
        assert await of(failures, "login:b") == NO_FAILURES

    async def test_what_is_long_over_counts_no_more(self, failures: SignInFailures) -> None:
        await failures.add("login:a", POLICY, at=NOON)
        later = NOON + timedelta(minutes=5)

        assert (await failures.add("login:a", POLICY, at=later)).count == 1

    async def test_none_is_lost_of_many_at_once(self, failures: SignInFailures) -> None:
        patient = SignInPolicy(lock_after=100, lock_s=60.0)
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(lambda: failures.add("login:a", patient, at=NOON))

        assert (await of(failures, "login:a")).count == 20

    async def test_both_subjects_are_told_apart(self, failures: SignInFailures) -> None:
        await failures.add("login:a", POLICY, at=NOON)
        await failures.add("login:a@x", POLICY, at=NOON)
        await failures.add("login:a@x", POLICY, at=NOON)

        standing = await failures.standing("login:a", "login:a@x", user_id=ADA.id, address="192.0.2.1")

        assert (standing.login.count, standing.near.count) == (1, 2)

    async def test_clearing_takes_what_was_tried_from_addresses_along(self, failures: SignInFailures) -> None:
        for subject in ("login:a", "login:a@x", "login:b", "login:b@x", "login:c", "user:a"):
            await failures.add(subject, POLICY, at=NOON)

        await failures.clear("login:a", "login:b")

        left = [await of(failures, each) for each in ("login:a", "login:a@x", "login:b@x", "login:c", "user:a")]
        assert [each.count for each in left] == [0, 0, 0, 1, 1]

    async def test_an_account_knows_the_addresses_it_was_used_from(
        self, failures: SignInFailures, visits: Visits
    ) -> None:
        await visits(ADA.id, "192.0.2.1", NOON - timedelta(days=1))

        async def known(user_id: UserId | None, address: str) -> bool:
            return (await failures.standing("login:a", "n", user_id=user_id, address=address)).known

        assert await known(ADA.id, "192.0.2.1")
        assert not await known(ADA.id, "192.0.2.2")
        assert not await known(BOB.id, "192.0.2.1")
        assert not await known(None, "192.0.2.1")

    async def test_the_entries_are_told_what_it_led_to(self, failures: SignInFailures) -> None:
        told: list[int] = []

        def entries(led_to: Failures) -> tuple[()]:
            told.append(led_to.count)
            return ()

        for _ in range(2):
            await failures.add("login:a", POLICY, at=NOON, audit=entries)

        assert told == [1, 2]
