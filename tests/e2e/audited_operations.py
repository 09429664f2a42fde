"""What an administrator does, one operation of the API document after the other, and what the audit trail has of it.

Each step is an operation as the document has it, what is sent, and the actions that are recorded. Names in a path and
in a body stand for what is known by then; answers add to that. A new operation that changes something needs its step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.e2e.api import PASSWORD

NEW: Final = "a new and longer phrase"


@dataclass(frozen=True)
class Step:
    """One operation that is allowed.

    Attributes:
        actions: that have to be in the trail for this request, in order.
        body: what is sent; strings in braces are replaced by what is known.
        learns: name of what is known from now on, by the field of the answer that says it.
        by: whose access token comes with it; "" for nobody.
    """

    operation: str
    actions: tuple[str, ...]
    body: Any = None
    learns: Mapping[str, str] | None = None
    by: str = "boss"


UNRECORDED: Final[Mapping[str, str]] = {
    "POST /api/v1/auth/refresh": "only a refresh token that comes back is an event of security",
}
"""Operations that change something and leave no entry when they succeed, and why."""

USER, KEYS = "/api/v1/admin/users/{user_id}", "/api/v1/auth/api-keys"
ROLE, REPLICA, LIMITS = "/api/v1/admin/roles/{name}", "/api/v1/admin/replicas/{replica}", "/api/v1/admin/limits"
_EVE: Final = {"email": "eve@example.com", "username": "eve", "password": PASSWORD}
_BOSS: Final = {"email": "boss@example.com", "username": "boss", "password": PASSWORD, "token": "{setup_token}"}
_SIGN_IN: Final = {"login": "boss", "password": PASSWORD, "refresh_token": True}

STEPS: Final = (
    Step("POST /api/v1/auth/setup", ("setup.completed", "session.opened"), _BOSS, {"boss": "access_token"}, by=""),
    Step("POST /api/v1/auth/register", ("user.registered", "session.opened"), _EVE, {"eve": "access_token"}, by=""),
    Step("POST /api/v1/auth/login", ("session.opened",), _SIGN_IN, {"spare": "refresh_token"}, by=""),
    Step("POST /api/v1/auth/refresh", (), {"refresh_token": "{spare}"}, {"next": "refresh_token"}, by=""),
    Step("POST /api/v1/auth/logout", ("session.revoked",), {"refresh_token": "{next}"}, by=""),
    Step("POST /api/v1/auth/forgot-password", ("password.reset_asked",), {"email": "eve@example.com"}, by=""),
    Step("POST /api/v1/auth/reset-password", ("password.reset",), {"token": "{mailed}", "password": NEW}, by=""),
    Step("PATCH /api/v1/auth/me", ("user.renamed",), {"username": "chief"}),
    Step(f"POST {KEYS}", ("api_key.created",), {"name": "report"}, {"key_id": "id", "key": "key"}),
    Step(f"PATCH {KEYS}/{{key_id}}", ("api_key.changed",), {"name": "reports"}),
    Step(f"DELETE {KEYS}/{{key_id}}", ("api_key.revoked",)),
    Step("POST /api/v1/admin/users", ("user.created",), {"email": "zoe@example.com", "username": "zoe"},
         {"user_id": "id", "made": "password"}),
    Step("POST /api/v1/auth/login", ("session.opened",), {"login": "zoe", "password": "{made}"},
         {"zoe": "access_token"}, by=""),
    Step(f"POST {KEYS}", ("api_key.created",), {"name": "hers"}, {"key_id": "id", "hers": "key"}, by="zoe"),
    Step(f"DELETE {USER}/api-keys/{{key_id}}", ("api_key.revoked",)),
    Step(f"PATCH {USER}", ("user.changed",), {"limits": {"concurrency": 2}}),
    Step(f"POST {USER}/lock", ("user.locked",), {"reason": "lost"}),
    Step(f"POST {USER}/unlock", ("user.unlocked",)),
    Step(f"POST {USER}/reset-password", ("user.password_reset",), None, {"reset": "password"}),
    Step(f"DELETE {USER}", ("user.deleted",)),
    Step(f"POST {USER}/restore", ("user.restored",)),
    Step("POST /api/v1/auth/login", ("session.opened",), {"login": "zoe", "password": "{reset}"},
         {"zoe": "access_token"}, by=""),
    Step("DELETE /api/v1/auth/me", ("user.deleted",), {"password": "{reset}"}, by="zoe"),
    Step(f"POST {USER}/purge", ("user.purged",)),
    Step("POST /api/v1/admin/invitations", ("invitation.created",), {"email": "ivy@example.com"},
         {"invitation_id": "id", "invited": "token"}),
    Step("DELETE /api/v1/admin/invitations/{invitation_id}", ("invitation.revoked",)),
    Step("POST /api/v1/admin/roles", ("role.created",), {"name": "Reader", "permissions": ["chat"]}, {"name": "name"}),
    Step(f"PATCH {ROLE}", ("role.changed",), {"permissions": []}),
    Step(f"DELETE {ROLE}", ("role.deleted",)),
    Step(f"POST {REPLICA}/restart", ("replica.restarted",)),
    Step("POST /api/v1/admin/replicas", ("replica.added",),
         {"url": "http://127.0.0.1:9", "name": "extra", "token": "t0ken-of-the-replica"}, {"replica": "name"}),
    Step(f"POST {REPLICA}/drain", ("replica.drained",)),
    Step(f"POST {REPLICA}/resume", ("replica.resumed",)),
    Step(f"DELETE {REPLICA}", ("replica.removed",)),
    Step(f"POST {LIMITS}", ("limits.created",), {"mode": "shadow"}, {"number": "number"}),
    Step(f"PATCH {LIMITS}/{{number}}", ("limits.changed",), {"mode": "active"}),
    Step(f"POST {LIMITS}/{{number}}/rollback", ("limits.rolled_back",)),
    Step("GET /api/v1/auth/me/export", ("user.exported",)),
    Step("POST /api/v1/auth/login", ("session.opened",), {"login": "chief", "password": PASSWORD},
         {"second": "access_token"}, by=""),
    Step("GET /api/v1/auth/sessions", (), None, {"session_id": "items.0.id"}, by="second"),
    Step("DELETE /api/v1/auth/sessions/{session_id}", ("session.revoked",), by="boss"),
    Step("DELETE /api/v1/auth/sessions", ("sessions.revoked",)),
    Step("POST /api/v1/auth/change-password", ("password.changed",),
         {"current_password": PASSWORD, "new_password": NEW}),
    Step("GET /api/v1/admin/audit/export", ("audit.exported",)),
)  # fmt: skip
