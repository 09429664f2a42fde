"""How many tickets go before one, when all who wait are served in turns."""


class Rounds:
    """The lengths of many lines, kept so that the sum of `min(length, k)` takes O(log k) for any k.

    In each round every line that is not empty gives one ticket, so that sum is how many leave in the first k rounds.
    A Fenwick tree over "how many lines have at least j".
    """

    def __init__(self) -> None:
        """Start without lines."""
        self._tree = [0, 0]

    def grew(self, length: int) -> None:
        """A line now has `length` >= 1."""
        self._add(length, 1)

    def shrank(self, length: int) -> None:
        """A line had `length` >= 1 and has one less."""
        self._add(length, -1)

    def within(self, rounds: int) -> int:
        """Tickets that leave in the first `rounds` >= 0."""
        index = min(rounds, len(self._tree) - 1)
        total = 0
        while index:
            total += self._tree[index]
            index &= index - 1
        return total

    def _add(self, index: int, amount: int) -> None:
        while index >= len(self._tree):
            # A node whose index is a power of two sums up everything below it.
            size = len(self._tree)
            total = self.within(size - 1)
            self._tree += [0] * size
            self._tree[size] = total
        while index < len(self._tree):
            self._tree[index] += amount
            index += index & -index
