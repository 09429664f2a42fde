"""Time and identifiers from the machine."""

import time
from datetime import UTC, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from ollamanet.infrastructure.kernel import system_clock
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids


def test_now_is_utc_and_what_the_machine_says() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert abs(now.timestamp() - time.time()) < 60


def test_the_monotonic_clock_does_not_go_back() -> None:
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()


def test_identifiers_are_of_version_seven_and_increase() -> None:
    ids = UuidV7Ids()
    made = [ids.new() for _ in range(5000)]

    assert {type(one) for one in made} == {UUID}
    assert {one.version for one in made} == {7}
    assert all(first < second for first, second in pairwise(made))


def test_an_identifier_tells_when_it_was_made() -> None:
    made = SystemClock().now().fromtimestamp((UuidV7Ids().new().int >> 80) / 1000, UTC)

    assert abs(made - SystemClock().now()) < timedelta(minutes=1)


def test_identifiers_increase_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = UuidV7Ids()
    before = ids.new()
    yesterday = UUID(int=before.int - (86_400_000 << 80))
    monkeypatch.setattr(system_clock, "uuid7", lambda: yesterday)
    after = [ids.new(), ids.new()]

    assert before < after[0] < after[1]
    assert {one.version for one in after} == {7}
