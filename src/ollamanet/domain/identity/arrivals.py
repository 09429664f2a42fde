"""How often something may come from one place: a rate with a burst, one number kept for each place."""

from typing import Final

MINUTE: Final = 60.0
_DUST: Final = 1e-6


class Arrivals:
    """So many a minute from each place; what was not used comes back continuously, up to a whole minute's worth.

    Each place has the time at which all that it took would be back (the generic cell rate algorithm): those whose time
    is past need not be remembered, and of too many the ones that were quiet longest are forgotten.
    """

    def __init__(self, per_minute: int, *, places: int = 20_000) -> None:
        """Take `per_minute` (>= 1) from each of at most `places` (>= 1) that are remembered."""
        self._interval: Final = MINUTE / per_minute
        self._places: Final = places
        self._whole: Final[dict[str, float]] = {}

    def __len__(self) -> int:
        """Places that are remembered."""
        return len(self._whole)

    def take(self, place: str, now: float) -> float:
        """Take one, if there is one.

        Args:
            place: who asks.
            now: seconds, which never go back.

        Returns:
            0 when it was taken; else the seconds (> 0) until one can be, and nothing was taken.
        """
        whole = max(self._whole.pop(place, now), now)
        wait = whole + self._interval - MINUTE - now
        allowed = wait <= _DUST
        # Put in anew, so that the dictionary's order is that of their last visits.
        self._whole[place] = whole + self._interval if allowed else whole
        self._forget(now)
        return 0.0 if allowed else wait

    def _forget(self, now: float) -> None:
        while self._whole:
            quiet = next(iter(self._whole))
            if len(self._whole) <= self._places and self._whole[quiet] > now:
                return
            del self._whole[quiet]
