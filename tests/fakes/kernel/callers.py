"""Callers as they are when they have signed in: with what their roles allow."""

from typing import Any
from uuid import UUID

from ollamanet.application.kernel.actor import ADMIN, USER, Actor
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import ALL, OF_USERS


def a_user(number: int = 1, **more: Any) -> Actor:
    """Somebody with the role `User`, or with the permissions that are given."""
    return Actor(UserId(UUID(int=number)), **{"roles": frozenset({USER}), "permissions": OF_USERS, **more})


def an_admin(number: int = 9, **more: Any) -> Actor:
    """Somebody with the role `Admin`."""
    return Actor(UserId(UUID(int=number)), **{"roles": frozenset({ADMIN}), "permissions": ALL, **more})
