"""How often one address may use the routes through which people come in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.arrivals import Arrivals
from ollamanet.domain.identity.errors import TooManyAttempts
from ollamanet.domain.kernel.addresses import neighbourhood

LOGIN: Final = "sign_ins_per_minute"
REGISTER: Final = "registrations_per_minute"
RECOVERY: Final = "recoveries_per_minute"
OTHER: Final = "auth_requests_per_minute"


@dataclass(frozen=True, slots=True)
class AddressRates:
    """Counts in this process only.

    Attributes:
        numbers: requests a minute (>= 1) by the name of the limit: those of this module.
    """

    clock: Clock
    numbers: Mapping[str, int]
    _arrivals: Mapping[str, Arrivals] = field(repr=False)

    @classmethod
    def of(cls, clock: Clock, numbers: Mapping[str, int]) -> Self:
        """Nothing was used yet."""
        return cls(clock, numbers, {name: Arrivals(number) for name, number in numbers.items()})

    def take(self, name: str, address: str) -> None:
        """Count one request.

        Args:
            name: of the limit.
            address: of the client; all of an IPv6 /64 are one.

        Raises:
            TooManyAttempts: the minute of this address is used up; says when not.
        """
        wait = self._arrivals[name].take(neighbourhood(address), self.clock.monotonic())
        if wait:
            number = self.numbers[name]
            detail = f"your address may do this {number} times a minute"
            raise TooManyAttempts(detail, retry_after=wait, limits={name: number})
