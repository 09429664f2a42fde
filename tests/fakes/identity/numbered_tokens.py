"""Tokens that anybody could guess."""

from ollamanet.application.identity.ports import AccessClaims, AccessToken
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId


class NumberedTokens:
    """`token-1`, `token-2`, ...; they never expire."""

    def __init__(self) -> None:
        self.issued: dict[str, AccessClaims] = {}

    def issue(self, user: User, session: SessionId) -> AccessToken:
        text = f"token-{len(self.issued) + 1}"
        self.issued[text] = AccessClaims(user.id, session, 900.0)
        return AccessToken(text, 900)

    def read(self, token: str) -> AccessClaims:
        if token not in self.issued:
            raise Unauthenticated("the access token is not valid")
        return self.issued[token]


class NumberedSecrets:
    """Refresh tokens of the right shape, numbered from 1."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def new(self) -> str:
        self.made.append(f"{len(self.made) + 1:043d}")
        return self.made[-1]
