"""Identifiers, told apart by the type checker. All UUIDs are version 7: they sort by the time they were made."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
SessionId = NewType("SessionId", UUID)
"""Of a sign-in on one device: the family of its refresh tokens."""
RequestId = NewType("RequestId", str)
"""8 to 128 characters of `A-Z a-z 0-9 . _ ~ -`, given by the caller or made by us."""
