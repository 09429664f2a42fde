"""What somebody who can write to the file may do to a trail of `LENGTH` entries."""

from hypothesis import strategies as st

LENGTH = 6

_TEXTS = (
    "action", "actor_name", "key_id", "target", "target_name", "address", "device", "request_id", "before", "after",
    "previous_hash", "hash",
)  # fmt: skip
_OTHERS = (
    "at = '2020-01-01 00:00:00.000000'",
    "actor_id = x'00112233445566778899aabbccddeeff'",
    "target = CAST('user:1' AS BLOB)",
)


def copied(seq: int, to: int) -> list[str]:
    """The same entry again, under another number."""
    columns = (
        "at, action, actor_id, actor_name, key_id, target, target_name, address, device, request_id, "
        '"before", "after", previous_hash, hash'
    )
    return [f"INSERT INTO audit_entries (seq, {columns}) SELECT {to}, {columns} FROM audit_entries WHERE seq = {seq}"]


def _said_otherwise(seq: int, name: str) -> list[str]:
    return [f"""UPDATE audit_entries SET "{name}" = coalesce("{name}", '') || 'x' WHERE seq = {seq}"""]


def _set(seq: int, value: str) -> list[str]:
    return [f"UPDATE audit_entries SET {value} WHERE seq = {seq}"]


def _deleted(seq: int, comparison: str) -> list[str]:
    return [f"DELETE FROM audit_entries WHERE seq {comparison} {seq}"]


def _moved(seq: int, to: int) -> str:
    return f"UPDATE audit_entries SET seq = {to} WHERE seq = {seq}"


def _swapped(one: int, by: int) -> list[str]:
    other = (one + by - 1) % LENGTH + 1
    return [_moved(one, 99), _moved(other, one), _moved(99, other)]


def _squeezed_in(seq: int) -> list[str]:
    behind = "UPDATE audit_entries SET seq = -seq WHERE seq >= "
    return [f"{behind}{seq}", "UPDATE audit_entries SET seq = 1 - seq WHERE seq < 0", *copied(seq + 1, seq)]


NUMBERS = st.integers(1, LENGTH)
TAMPERING = st.one_of(
    st.builds(_said_otherwise, NUMBERS, st.sampled_from(_TEXTS)),
    st.builds(_set, NUMBERS, st.sampled_from(_OTHERS)),
    st.builds(_deleted, NUMBERS, st.sampled_from(["=", ">="])),
    st.builds(_swapped, NUMBERS, st.integers(1, LENGTH - 1)),
    st.builds(copied, NUMBERS, st.sampled_from([-3, 0, LENGTH + 1, 2**40])),
    st.builds(_squeezed_in, NUMBERS),
    st.sampled_from(
        [
            ["DELETE FROM audit_head"],
            ["UPDATE audit_head SET seq = seq - 1"],
            ["UPDATE audit_head SET hash = ''"],
        ]
    ),
)
