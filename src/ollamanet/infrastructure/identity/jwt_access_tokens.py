"""Access tokens as JSON Web Tokens, HS256 only, each naming its key."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import jwt
import msgspec

from ollamanet.application.identity.ports import AccessToken
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.caller_limits import NOTHING_SAID
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.signing_keys import SigningKeys
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens

ALGORITHM: Final = "HS256"
ISSUER: Final = "ollamanet"
AUDIENCE: Final = "ollamanet"
LONGEST: Final = 4096

_CLOCK_SKEW: Final = 5  # seconds that another instance's clock may be ahead of ours


class Claims(msgspec.Struct, frozen=True):
    """What a token says. Times are whole seconds since 1970."""

    sub: UUID
    roles: frozenset[str]
    iat: int
    nbf: int
    exp: int
    jti: str
    iss: str = ISSUER
    aud: str = AUDIENCE


@dataclass(frozen=True, slots=True)
class JwtAccessTokens:
    """Issues tokens and tells whose they are.

    Attributes:
        verified: tokens seen a moment ago; its clock is ours.
        lifetime: seconds (> 0) that a token is good for.
    """

    keys: SigningKeys
    clock: Clock
    ids: Ids
    verified: VerifiedTokens
    lifetime: int = 900

    def issue(self, user: User) -> AccessToken:
        """A token for the account and the roles it has now."""
        now = int(self.clock.now().timestamp())
        claims = Claims(
            sub=user.id, roles=user.roles, iat=now, nbf=now, exp=now + self.lifetime, jti=str(self.ids.new())
        )
        text = jwt.encode(
            msgspec.to_builtins(claims), self.keys.current, algorithm=ALGORITHM, headers={"kid": self.keys.kid}
        )
        return AccessToken(text, self.lifetime)

    def verify(self, token: str) -> Actor:
        """Whose token it is; a microsecond for one seen within the last 5 s.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is not a token of ours, or not good yet.
        """
        known = self.verified.get(token)
        if known is not None:
            return known
        claims = self._claims(token)
        now = self.clock.now().timestamp()
        if now >= claims.exp:
            raise TokenExpired("the access token has expired; sign in again")
        if now + _CLOCK_SKEW < claims.nbf:
            raise Unauthenticated("the access token is not good yet")
        permissions = RoleBook().standing(claims.roles, NOTHING_SAID).permissions
        actor = Actor(UserId(claims.sub), claims.roles, permissions=permissions)
        self.verified.put(token, actor, expires_in=claims.exp - now)
        return actor

    def _claims(self, token: str) -> Claims:
        # Bounded and ASCII before any parser sees it: a header may carry megabytes, and bytes that are no text.
        if len(token) > LONGEST or not token.isascii():
            raise Unauthenticated("the access token is malformed")
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self.keys.secrets.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise Unauthenticated("the access token is signed with an unknown key")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            return msgspec.convert(claims, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError) as error:
            raise Unauthenticated("the access token is not valid") from error
