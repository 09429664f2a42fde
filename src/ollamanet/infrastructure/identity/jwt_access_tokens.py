"""Access tokens as JSON Web Tokens, HS256 only, each naming its key."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import jwt
import msgspec

from ollamanet.application.identity.ports import AccessClaims, AccessToken
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.errors import TokenExpired
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.infrastructure.identity.signing_keys import KeySource

ALGORITHM: Final = "HS256"
ISSUER: Final = "ollamanet"
AUDIENCE: Final = "ollamanet"
LONGEST: Final = 4096

_CLOCK_SKEW: Final = 5  # seconds that another instance's clock may be ahead of ours


class Claims(msgspec.Struct, frozen=True):
    """What a token says. Times are whole seconds since 1970."""

    sub: UUID
    sid: UUID
    iat: int
    nbf: int
    exp: int
    jti: str
    iss: str = ISSUER
    aud: str = AUDIENCE


@dataclass(frozen=True, slots=True)
class JwtAccessTokens:
    """Issues tokens and tells what they say; what its holder may do is not among that, as it may change.

    Attributes:
        lifetime: seconds (> 0) that a token is good for.
    """

    keys: KeySource
    clock: Clock
    ids: Ids
    lifetime: int = 900

    def issue(self, user: User, session: SessionId) -> AccessToken:
        """A token for the account, good while the session is."""
        now, keys = int(self.clock.now().timestamp()), self.keys.now()
        claims = Claims(sub=user.id, sid=session, iat=now, nbf=now, exp=now + self.lifetime, jti=str(self.ids.new()))
        text = jwt.encode(msgspec.to_builtins(claims), keys.current, algorithm=ALGORITHM, headers={"kid": keys.kid})
        return AccessToken(text, self.lifetime)

    def read(self, token: str) -> AccessClaims:
        """What a token says.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is not a token of ours, or not good yet.
        """
        claims = self._claims(token)
        now = self.clock.now().timestamp()
        if now >= claims.exp:
            raise TokenExpired("the access token has expired; refresh it, or sign in again")
        if now + _CLOCK_SKEW < claims.nbf:
            raise Unauthenticated("the access token is not good yet")
        return AccessClaims(UserId(claims.sub), SessionId(claims.sid), claims.exp - now)

    def _claims(self, token: str) -> Claims:
        # Bounded and ASCII before any parser sees it: a header may carry megabytes, and bytes that are no text.
        if len(token) > LONGEST or not token.isascii():
            raise Unauthenticated("the access token is malformed")
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str):
                raise Unauthenticated("the access token is signed with an unknown key")
            # Another process may have got a new key since we looked.
            key = self.keys.now().secrets.get(kid) or self.keys.looked_up().secrets.get(kid)
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
