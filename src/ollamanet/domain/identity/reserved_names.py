"""User names under which somebody could pass for the service or for those who run it."""

import re
from typing import Final

from ollamanet.domain.identity.look_alikes import spoken
from ollamanet.domain.identity.names import Username
from ollamanet.domain.kernel.errors import InvalidRequest

# Neither as a whole name nor as a part of one, as in `admin.ada` or `ollamanet-team`.
_OF_OFFICE: Final = (
    "admin administrator administration root sysadmin sysop superuser superadmin webmaster postmaster hostmaster "
    "moderator ollamanet helpdesk"
)
_AS_A_WHOLE: Final = (
    "system support security service services server staff official operator owner ollama abuse noreply nobody "
    "anonymous everyone everybody mailerdaemon daemon api bot info help contact billing account accounts undefined "
    "none null deleted unknown guest commandline me self team sales status"
)
_PARTS: Final = re.compile(r"[._-]+")
_REFUSED_PARTS: Final = frozenset[str]().union(*map(spoken, _OF_OFFICE.split()))
_REFUSED: Final = _REFUSED_PARTS | frozenset[str]().union(*map(spoken, _AS_A_WHOLE.split()))


def require_unreserved(username: Username) -> None:
    """Refuse a name that people who choose for themselves may not have; administrators may give it to somebody.

    Raises:
        InvalidRequest: it reads like the name of an office: `admin`, `r00t`, `support-2`, `ollamanet.team`.
    """
    parts = _PARTS.split(username.key)
    of_parts = frozenset[str]().union(*map(spoken, parts))
    if spoken(username.key) & _REFUSED or of_parts & _REFUSED_PARTS:
        raise InvalidRequest("username: this name is reserved; choose another one")
