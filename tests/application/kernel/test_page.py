"""Pages join into the whole list."""

from hypothesis import given
from hypothesis import strategies as st

from ollamanet.application.kernel.page import PageRequest


@given(items=st.lists(st.integers(), max_size=20), size=st.integers(1, 7))
def test_offsets_cut_a_list_without_gap_or_overlap(items: list[int], size: int) -> None:
    pages = [PageRequest(number, size) for number in range(1, 22)]

    assert [item for page in pages for item in items[page.offset : page.offset + page.page_size]] == items
