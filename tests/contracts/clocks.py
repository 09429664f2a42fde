"""What every clock and every source of identifiers does; a subclass brings the fixtures `clock` and `ids`."""

from datetime import timedelta

import pytest

from ollamanet.application.kernel.clock import Clock, Ids


@pytest.mark.anyio
class ClockContract:
    async def test_the_wall_clock_is_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    async def test_neither_clock_goes_back(self, clock: Clock) -> None:
        assert clock.monotonic() <= clock.monotonic()
        assert clock.now() <= clock.now()


class IdsContract:
    def test_every_identifier_is_greater_than_those_before_it(self, ids: Ids) -> None:
        made = [ids.new() for _ in range(100)]

        assert made == sorted(set(made))

    def test_identifiers_are_of_version_seven(self, ids: Ids) -> None:
        assert (ids.new().version, ids.new().variant) == (7, "specified in RFC 4122")
