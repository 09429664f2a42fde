"""Who may do what: one line for each operation of the API document, and the status that each caller gets.

To add a route, add its line to `ACCESS`, by its method and its path as the document has them:

- `for_all(200)`: nobody need sign in.
- `signed_in(200)`: everybody who did.
- `in_person(200)`: the same, but not with an API key.
- `chatting(200)`: it needs the permission `chat`; with `others=404` it is about something of the user's own.
- `administered(200)`: it needs a permission that only administrators have; of all callers here they alone.
- `Access(...)` says each status by itself.

Names in a path stand for what `PLACES` says. What changes things is asked about what is not there, and so is a 404 for
whom it was allowed, and a 403 for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CALLERS: Final = ("anonymous", "powerless", "user", "other", "admin", "key")
"""Nobody; somebody whose own role allows nothing; a user; another one; an administrator; a key of the user that may
only see models."""


@dataclass(frozen=True)
class Access:
    """The status that each caller gets, and what is sent."""

    anonymous: int
    powerless: int
    user: int
    other: int
    admin: int
    key: int
    body: Any = None


def for_all(status: int, body: Any = None) -> Access:
    """Nobody need sign in."""
    return Access(*[status] * len(CALLERS), body)


def signed_in(status: int, *, others: int | None = None, body: Any = None) -> Access:
    """Everybody who did; `others` for what is the user's own."""
    foreign = others or status
    return Access(401, foreign, status, foreign, foreign, status, body)


def in_person(status: int, *, others: int | None = None, body: Any = None) -> Access:
    """Everybody who signed in, but no API key; `others` for what is the user's own."""
    foreign = others or status
    return Access(401, foreign, status, foreign, foreign, 403, body)


def chatting(status: int, *, others: int | None = None, body: Any = None) -> Access:
    """With the permission `chat`; `others` for what is the user's own."""
    foreign = others or status
    return Access(401, 403, status, foreign, foreign, 403, body)


def administered(status: int, *, body: Any = None) -> Access:
    """With a permission that, of all callers here, administrators have alone."""
    return Access(401, 403, 403, 403, status, 403, body)


_NOBODY: Final = "00000000-0000-7000-8000-000000000000"
PLACES: Final[Mapping[str, str]] = {
    "conversation_id": "the user's",
    "request_id": "the user's",
    "number": "999",
    "replica": "nobody",
    "name": "nobody",
    "user_id": _NOBODY,
    "invitation_id": _NOBODY,
    "session_id": "the user's",
    "key_id": "the user's",
}
"""What stands in a path; `the user's` is filled in once it is there."""

_QUESTION: Final = {"message": "Hello", "model": "llama3.2"}
_ADA: Final = {"login": "ada", "password": "correct horse battery staple"}
_GUESSED: Final = "A" * 43
_CHANGED: Final = {"current_password": "not mine", "new_password": "a new and longer phrase"}
_TAKEN: Final = {"email": "ada@example.com", "username": "ada", "password": _ADA["password"]}

ACCESS: Final[Mapping[str, Access]] = {
    # health
    "GET /health/live": for_all(200),
    "GET /health/ready": for_all(200),
    "GET /metrics": for_all(200),
    # auth
    "POST /api/v1/auth/register": for_all(409, body=_TAKEN),
    "POST /api/v1/auth/login": for_all(200, body=_ADA),
    "GET /api/v1/auth/me": signed_in(200),
    "GET /api/v1/me": signed_in(200),
    "POST /api/v1/auth/setup": for_all(403, body={"token": "ons_" + "0" * 40, **_TAKEN}),
    "POST /api/v1/auth/refresh": for_all(401, body={"refresh_token": _GUESSED}),
    "POST /api/v1/auth/logout": for_all(204, body={"refresh_token": _GUESSED}),
    "POST /api/v1/auth/forgot-password": for_all(202, body={"email": "nobody@example.com"}),
    "POST /api/v1/auth/reset-password": for_all(400, body={"token": _GUESSED, "password": _ADA["password"]}),
    # an external provider: none is configured
    "GET /api/v1/auth/oidc/login": for_all(404),
    "GET /api/v1/auth/oidc/callback": for_all(404),
    # one's own account
    "PATCH /api/v1/auth/me": in_person(200, body={}),
    "DELETE /api/v1/auth/me": in_person(403, body={"password": "not mine"}),
    "GET /api/v1/auth/me/export": in_person(200),
    "POST /api/v1/auth/change-password": in_person(403, body=_CHANGED),
    "GET /api/v1/auth/sessions": in_person(200),
    "DELETE /api/v1/auth/sessions/{session_id}": in_person(204, others=404),
    "DELETE /api/v1/auth/sessions": in_person(204),
    "GET /api/v1/auth/api-keys": in_person(200),
    "POST /api/v1/auth/api-keys": Access(401, 400, 201, 201, 201, 403, {"name": "another"}),
    "PATCH /api/v1/auth/api-keys/{key_id}": in_person(200, others=404, body={"name": "renamed"}),
    "DELETE /api/v1/auth/api-keys/{key_id}": in_person(204, others=404),
    # chat
    "POST /api/v1/chats": chatting(200, body=_QUESTION),
    "POST /api/v1/chats/stream": chatting(200, body=_QUESTION),
    "GET /api/v1/chats/{request_id}/stream": chatting(200, others=404),
    "DELETE /api/v1/chats/{request_id}": chatting(204, others=404),
    # conversations
    "GET /api/v1/conversations": chatting(200),
    "GET /api/v1/conversations/{conversation_id}": chatting(200, others=404),
    "GET /api/v1/conversations/{conversation_id}/messages": chatting(200, others=404),
    # system
    "GET /api/v1/system/queue": signed_in(200),
    "GET /api/v1/system/decisions/{request_id}": Access(401, 404, 200, 404, 200, 200),
    "GET /api/v1/system/profile": signed_in(200),
    "GET /api/v1/system/replicas": signed_in(200),
    "GET /api/v1/system/limits": signed_in(200),
    "GET /api/v1/system/usage": signed_in(200),
    # accounts, for administrators
    "GET /api/v1/admin/users": administered(200),
    "POST /api/v1/admin/users": administered(409, body={"email": "ada@example.com", "username": "ada"}),
    "GET /api/v1/admin/users/{user_id}": administered(404),
    "PATCH /api/v1/admin/users/{user_id}": administered(404, body={"username": "another"}),
    "DELETE /api/v1/admin/users/{user_id}": administered(404),
    "POST /api/v1/admin/users/{user_id}/lock": administered(404, body={"reason": "lost"}),
    "POST /api/v1/admin/users/{user_id}/unlock": administered(404),
    "POST /api/v1/admin/users/{user_id}/reset-password": administered(404),
    "POST /api/v1/admin/users/{user_id}/restore": administered(404),
    "POST /api/v1/admin/users/{user_id}/purge": administered(404),
    "GET /api/v1/admin/users/{user_id}/api-keys": administered(404),
    "DELETE /api/v1/admin/users/{user_id}/api-keys/{key_id}": administered(404),
    "GET /api/v1/admin/invitations": administered(200),
    "POST /api/v1/admin/invitations": administered(201, body={"email": "new@example.com"}),
    "DELETE /api/v1/admin/invitations/{invitation_id}": administered(404),
    # the audit trail
    "GET /api/v1/admin/audit": administered(200),
    "GET /api/v1/admin/audit/export": administered(200),
    # replicas, for administrators
    "GET /api/v1/admin/replicas": administered(200),
    "POST /api/v1/admin/replicas": administered(400, body={"url": "http://169.254.169.254"}),
    "DELETE /api/v1/admin/replicas/{replica}": administered(404),
    "POST /api/v1/admin/replicas/{replica}/drain": administered(404),
    "POST /api/v1/admin/replicas/{replica}/resume": administered(404),
    "POST /api/v1/admin/replicas/{replica}/restart": administered(404),
    # versions of the limits
    "GET /api/v1/admin/limits": administered(200),
    "POST /api/v1/admin/limits": administered(201, body={"mode": "canary", "percent": 1}),
    "GET /api/v1/admin/limits/{number}": administered(404),
    "PATCH /api/v1/admin/limits/{number}": administered(404, body={"mode": "active"}),
    "POST /api/v1/admin/limits/{number}/rollback": administered(404),
    # roles of the installation
    "GET /api/v1/admin/roles": administered(200),
    "POST /api/v1/admin/roles": administered(201, body={"name": "Made here", "permissions": []}),
    "GET /api/v1/admin/roles/{name}": administered(404),
    "PATCH /api/v1/admin/roles/{name}": administered(404, body={"description": "another"}),
    "DELETE /api/v1/admin/roles/{name}": administered(404),
}
