"""Lists at the wire: `{items, page, page_size, total}`."""

from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from litestar.params import QueryParameter

from ollamanet.application.kernel.page import PageRequest

View = TypeVar("View")

PageNumber: TypeAlias = Annotated[
    int,
    QueryParameter(name="page", ge=1, le=1_000_000, description="which page, from 1; past the end is an empty list"),
]
PageSize: TypeAlias = Annotated[
    int, QueryParameter(name="page_size", ge=1, le=200, description="items a page, 1 to 200")
]


class PageView(msgspec.Struct, Generic[View]):
    """One page of a list."""

    items: list[View]
    page: int
    page_size: int
    total: int


def page_request(page: int, page_size: int) -> PageRequest:
    """What the query parameters ask for."""
    return PageRequest(page, page_size)
