"""A sign-in that is under way at a provider; the browser that began it keeps it, and no one else has it."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

from ollamanet.domain.identity.external_errors import ExternalSignInFailed
from ollamanet.domain.kernel.errors import InvalidRequest

LIFETIME: Final = 600
"""Seconds that somebody may take at the provider."""
_LONGEST_PATH: Final = 1000


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """What has to come back.

    Attributes:
        state: goes to the provider and comes back with the browser: whoever has another one was sent by somebody else.
        nonce: comes back in the provider's token: one for another sign-in has another.
        verifier: shown to the provider with the code, which is of no use without.
        return_to: a path of ours to go on to, or None.
        expires_at: seconds since 1970.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    return_to: str | None
    expires_at: float

    def require(self, state: str, now: float) -> None:
        """Refuse what does not belong to this flow.

        Raises:
            ExternalSignInFailed: it is another one's, or comes too late.
        """
        if not compare_digest(state.encode(), self.state.encode()):
            raise ExternalSignInFailed("this is not the sign-in that this browser began last: start it again")
        if now >= self.expires_at:
            raise ExternalSignInFailed("the sign-in took too long: start it again")


def local_path(text: str | None) -> str | None:
    """A path of this server, perhaps with a query: never the address of another one, however a browser reads it.

    Raises:
        InvalidRequest: it is something else.
    """
    if text is None:
        return None
    harmless = text.isascii() and text.isprintable() and not set(text) & set(' \\"<>')
    begins_well = text.startswith("/") and not text.startswith("//")
    if not harmless or not begins_well or len(text) > _LONGEST_PATH or any(urlsplit(text)[:2]):
        raise InvalidRequest("return_to: expected a path on this server, like /chat")
    return text
