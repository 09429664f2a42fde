"""A request meter that notes what it is told."""

from ollamanet.application.operations.ports import RequestRecord


class NotedRequests:
    """Attributes: `under_way` requests, and the `records` of those that are over."""

    def __init__(self) -> None:
        self.under_way = 0
        self.records: list[RequestRecord] = []

    def began(self) -> None:
        self.under_way += 1

    def ended(self, record: RequestRecord) -> None:
        self.under_way -= 1
        self.records.append(record)
