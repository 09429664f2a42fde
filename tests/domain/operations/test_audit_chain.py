"""Whatever is done to a trail shows, as long as one number and one hash are kept elsewhere."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.operations.audit_chain import START, Anchor, ChainCheck, Damage, Link


def digest(seq: int, previous: str, said: str) -> str:
    return sha256(f"{seq}/{previous}/{said}".encode()).hexdigest()


def trail(*said: str) -> list[Link]:
    links, previous = [], ""
    for seq, text in enumerate(said, 1):
        own = digest(seq, previous, text)
        links.append(Link(seq, previous, own, own))
        previous = own
    return links


def head_of(links: list[Link]) -> Anchor:
    return Anchor(links[-1].seq, links[-1].hash) if links else START


def checked(links: list[Link], head: Anchor | None, *expected: Anchor) -> ChainCheck:
    check = ChainCheck(expected)
    reach = [link for link in links if head is None or link.seq <= head.seq]
    for link in sorted(reach, key=lambda each: each.seq):
        check.follow(link)
    check.finish(head, max((link.seq for link in links), default=0))
    return check


def damages(check: ChainCheck) -> set[tuple[int, Damage]]:
    return {(fault.seq, fault.damage) for fault in check.faults}


WHOLE = trail("a", "b", "c", "d", "e")


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_trail_that_nobody_touched_is_whole(length: int) -> None:
    links = WHOLE[:length]
    check = checked(links, head_of(links), *(Anchor(link.seq, link.hash) for link in links), START)

    assert (check.damaged, check.entries) == (0, length)


def test_a_changed_entry_is_named() -> None:
    links = [*WHOLE]
    links[2] = replace(links[2], computed=digest(3, links[1].hash, "forged"))

    assert damages(checked(links, head_of(WHOLE))) == {(3, Damage.CHANGED)}


def test_an_entry_that_was_made_anew_does_not_fit_the_next_one() -> None:
    links, own = [*WHOLE], digest(3, WHOLE[1].hash, "forged")
    links[2] = Link(3, WHOLE[1].hash, own, own)

    assert damages(checked(links, head_of(WHOLE))) == {(4, Damage.REPLACED)}


def test_the_last_entry_made_anew_does_not_fit_the_head() -> None:
    own = digest(5, WHOLE[3].hash, "forged")
    links = [*WHOLE[:-1], Link(5, WHOLE[3].hash, own, own)]

    assert damages(checked(links, head_of(WHOLE))) == {(5, Damage.REPLACED)}


def test_missing_entries_are_named_by_the_first_of_them() -> None:
    check = checked([WHOLE[0], *WHOLE[3:]], head_of(WHOLE))

    assert damages(check) == {(2, Damage.MISSING)}
    assert check.faults[0].detail == "entries 2 to 3 are missing"


def test_a_cut_end_is_noticed_by_the_head() -> None:
    assert damages(checked(WHOLE[:3], head_of(WHOLE))) == {(4, Damage.MISSING)}


def test_a_cut_end_with_its_head_moved_back_is_noticed_by_an_anchor_only() -> None:
    links = WHOLE[:3]
    assert checked(links, head_of(links)).damaged == 0

    assert damages(checked(links, head_of(links), head_of(WHOLE))) == {(5, Damage.MISSING)}


def test_a_trail_made_anew_as_a_whole_is_noticed_by_an_anchor_only() -> None:
    forged = trail("a", "b", "x", "d", "e", "f")
    assert checked(forged, head_of(forged)).damaged == 0

    assert damages(checked(forged, head_of(forged), head_of(WHOLE))) == {(5, Damage.REPLACED)}


def test_entries_before_the_first_and_behind_the_head_were_put_there() -> None:
    assert damages(checked([replace(WHOLE[0], seq=0), *WHOLE], head_of(WHOLE))) == {(0, Damage.INSERTED)}
    assert damages(checked(WHOLE, head_of(WHOLE[:4]))) == {(5, Damage.INSERTED)}


def test_a_missing_head_is_a_fault() -> None:
    assert damages(checked(WHOLE, None)) == {(5, Damage.MISSING)}


def test_of_very_many_faults_the_first_hundred_are_told() -> None:
    links = [replace(link, computed="") for link in trail(*"x" * 150)]
    check = checked(links, head_of(links))

    assert (check.damaged, len(check.faults)) == (150, 100)


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=6), st.data())
def test_nothing_can_be_done_to_a_trail_unnoticed_while_its_head_stays(said: list[str], data: st.DataObject) -> None:
    links = trail(*said)
    head, numbers = head_of(links), range(len(said))
    at, other = data.draw(st.permutations(list(numbers)))[:2]
    match data.draw(st.sampled_from(["change", "delete", "swap", "swap anew", "duplicate", "insert", "renumber"])):
        case "change":
            links[at] = replace(links[at], computed=digest(at + 1, links[at].previous_hash, "z"))
        case "delete":
            del links[at]
        case "swap":  # the numbers only; a hash is over its number too
            one, two = links[at], links[other]
            links[at] = replace(two, seq=one.seq, computed="1")
            links[other] = replace(one, seq=two.seq, computed="2")
        case "swap anew":
            anew = [*said]
            anew[at], anew[other] = said[other] + "y", said[at] + "y"
            links = trail(*anew)
        case "duplicate":
            links.append(replace(links[at], seq=len(said) + 1, computed="3"))
        case "insert":
            links.insert(at, Link(at + 1, links[at].previous_hash, "9" * 64, "9" * 64))
        case "renumber":
            links = [replace(link, seq=link.seq + 1, computed="4") for link in links]

    assert checked(links, head).damaged > 0


@pytest.mark.parametrize(
    "text", ["", "1", "1:abc", "x:" + "a" * 64, "1:" + "A" * 64, "0:" + "a" * 64, "-1:", "²:" + "a" * 64]
)
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="SEQ:HASH"):
        Anchor.parse(text)


@pytest.mark.parametrize("anchor", [START, Anchor(7, "0a" * 32)])
def test_an_anchor_reads_as_it_is_printed(anchor: Anchor) -> None:
    assert Anchor.parse(f" {anchor}\n") == anchor
