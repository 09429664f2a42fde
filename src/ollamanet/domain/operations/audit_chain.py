"""Is the audit trail whole? Each entry holds the hash of the one before it, and the head holds that of the last."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from ollamanet.domain.kernel.errors import InvalidRequest

_KEPT: Final = 100
_HASH_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number of an entry and its hash: all that has to be kept elsewhere to notice that everything was made anew.

    Attributes:
        seq: >= 0; 0, with an empty hash, stands before the first entry.
    """

    seq: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `SEQ:HASH`.

        Raises:
            InvalidRequest: it is not that.
        """
        number, _, digest = text.strip().partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        is_hash = len(digest) == _HASH_LENGTH and set(digest) <= set("0123456789abcdef")
        if not is_number or not (is_hash if int(number) else digest == ""):
            raise InvalidRequest("expected SEQ:HASH as `ollamanet audit verify` prints it")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


START: Final = Anchor(0, "")


@dataclass(frozen=True, slots=True)
class Link:
    """One stored entry, as the chain sees it.

    Attributes:
        previous_hash: of the entry before it, as it says.
        hash: its own, as it says.
        computed: its own, as it is; "" where the entry cannot even be read.
    """

    seq: int
    previous_hash: str
    hash: str
    computed: str


class Damage(StrEnum):
    """What was done to an entry."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong at an entry.

    Attributes:
        seq: its number; of several missing in a row, the first one's.
        detail: a sentence for people.
    """

    seq: int
    damage: Damage
    detail: str


class ChainCheck:
    """Follows a trail from its first entry to its head.

    Attributes:
        entries: links that were followed.
        damaged: faults in all; the first hundred are kept.
    """

    def __init__(self, expected: Sequence[Anchor] = ()) -> None:
        """Begin before the first entry; `expected` are anchors that were kept elsewhere."""
        self._expected: Final = {anchor.seq: anchor.hash for anchor in expected}
        self._faults: Final[list[Fault]] = []
        self._last = START
        self.entries = 0
        self.damaged = 0

    @property
    def faults(self) -> Sequence[Fault]:
        """What was found so far, in the order of the trail."""
        return tuple(self._faults)

    def follow(self, link: Link) -> None:
        """Look at the next entry, in the order of numbers."""
        self.entries += 1
        due = self._last.seq + 1
        if link.seq < due:
            self._found(link.seq, Damage.INSERTED, f"entry {link.seq} does not belong into the trail")
            return
        if link.seq > due:
            self._missing(due, link.seq - 1)
        if link.computed != link.hash:
            self._found(link.seq, Damage.CHANGED, f"entry {link.seq} was changed: its hash does not fit what it says")
        if link.seq == due and link.previous_hash != self._last.hash:
            detail = f"entry {link.seq} does not follow what stands before it: one of the two is not the original"
            self._found(link.seq, Damage.REPLACED, detail)
        self._last = Anchor(link.seq, link.hash)
        expected = self._expected.get(link.seq)
        if expected is not None and expected != link.hash:
            self._found(link.seq, Damage.REPLACED, f"entry {link.seq} is not the one that was noted elsewhere")

    def finish(self, head: Anchor | None, newest: int) -> None:
        """Hold the end against the head.

        Args:
            head: what the head says; None where it is gone.
            newest: the largest number of any entry when the head was read; 0 where there is none.
        """
        last = self._last
        if head is None:
            self._found(last.seq, Damage.MISSING, "the head of the trail is gone")
        elif head.seq > last.seq:
            self._missing(last.seq + 1, head.seq)
        elif head.seq == last.seq and head.hash != last.hash:
            self._found(last.seq, Damage.REPLACED, f"entry {last.seq} is not the one that the head of the trail names")
        beyond = max(newest, last.seq)
        if head is not None and beyond > head.seq:
            detail = f"entry {beyond} stands behind the head of the trail, which is {head.seq}"
            self._found(beyond, Damage.INSERTED, detail)
        for seq in sorted(self._expected):
            if seq > last.seq and (head is None or seq > head.seq):
                self._found(seq, Damage.MISSING, f"entry {seq}, which was noted elsewhere, is missing: the end was cut")

    def _missing(self, first: int, last: int) -> None:
        which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
        self._found(first, Damage.MISSING, f"{which} missing")

    def _found(self, seq: int, damage: Damage, detail: str) -> None:
        self.damaged += 1
        if len(self._faults) < _KEPT:
            self._faults.append(Fault(seq, damage, detail))
