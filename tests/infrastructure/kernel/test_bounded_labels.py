"""Labels stay few, whatever is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from ollamanet.infrastructure.kernel.bounded_labels import OTHER, BoundedLabels, anything, nothing

NAMES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(names=NAMES, limit=st.integers(0, 10), known=st.frozensets(st.sampled_from("abcdefgh")))
def test_only_the_first_known_values_stand_for_themselves(names: list[str], limit: int, known: frozenset[str]) -> None:
    labels = BoundedLabels(limit, known.__contains__)
    shown = [labels.of(name) for name in names]

    first = list(dict.fromkeys(name for name in names if name in known))[:limit]
    assert shown == [name if name in first else OTHER for name in names]


def test_a_value_keeps_its_series_when_it_is_not_known_any_more() -> None:
    labels = BoundedLabels(5, anything)
    labels.of("old")
    labels.known = nothing

    assert (labels.of("old"), labels.of("new")) == ("old", OTHER)
