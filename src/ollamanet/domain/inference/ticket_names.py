"""How a ticket is named after its request; callers choose request ids, so two users may choose the same."""

from ollamanet.domain.kernel.ids import RequestId, UserId


def ticket_name(user: UserId, request: RequestId) -> RequestId:
    """The name of the ticket of a user's request."""
    return RequestId(f"{user}/{request}")


def request_of(ticket: RequestId) -> RequestId:
    """The request that a ticket is named after."""
    return RequestId(ticket.partition("/")[2])
