"""The series of a metric by their label values, found at the cost of one look-up."""

from typing import Final, Generic, TypeVar

from prometheus_client.metrics import MetricWrapperBase

Family = TypeVar("Family", bound=MetricWrapperBase)


class Children(dict[tuple[str, ...], Family], Generic[Family]):
    """`children["a", "b"]` is what `family.labels("a", "b")` gives, which looks each time under a lock.

    As many are kept as the family itself keeps; labels have to be bounded anyway.
    """

    def __init__(self, family: Family) -> None:
        """None has been asked for."""
        super().__init__()
        self._family: Final[Family] = family

    def __missing__(self, values: tuple[str, ...]) -> Family:
        child = self[values] = self._family.labels(*values)
        return child
