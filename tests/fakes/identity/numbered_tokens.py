"""Tokens that anybody could guess."""

from ollamanet.application.identity.ports import AccessToken
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Unauthenticated


class NumberedTokens:
    """`token-1`, `token-2`, ...; they never expire."""

    def __init__(self) -> None:
        self.issued: dict[str, Actor] = {}

    def issue(self, user: User) -> AccessToken:
        text = f"token-{len(self.issued) + 1}"
        self.issued[text] = Actor(
            user.id, user.roles, permissions=RoleBook().standing(user.roles, NOTHING_SAID).permissions
        )
        return AccessToken(text, 900)

    def verify(self, token: str) -> Actor:
        if token not in self.issued:
            raise Unauthenticated("the access token is not valid")
        return self.issued[token]
