"""ID tokens: signed by the provider, for us, about this sign-in, now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

import jwt

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.external_errors import ExternalSignInFailed
from ollamanet.infrastructure.identity.oidc_metadata import Key

LONGEST: Final = 64 * 1024
_SKEW: Final = 60.0
"""Seconds that the provider's clock may differ from ours."""
_SHORTEST_RSA: Final = 2048

# Which keys may sign with what. Nothing symmetric: a client's secret, or a public key taken for one, signs nothing.
_FAMILIES: Final[Mapping[str, Callable[[Key], bool]]] = {
    "RS256": lambda key: key.get("kty") == "RSA",
    "ES256": lambda key: key.get("kty") == "EC" and key.get("crv") == "P-256",
}

Claims = Mapping[str, Any]


class UnknownKey(ExternalSignInFailed):
    """The token names a key that is not among those we know; the provider may have a new one."""


@dataclass(frozen=True, slots=True)
class IdTokens:
    """Checks the tokens of one provider for one client."""

    issuer: str
    client_id: str
    clock: Clock

    def claims(self, token: str, keys: Sequence[Key], nonce: str) -> Claims:
        """What the token says, when everything about it is right.

        Raises:
            UnknownKey: its key is not there.
            ExternalSignInFailed: anything else is wrong.
        """
        if len(token) > LONGEST or not token.isascii():
            raise ExternalSignInFailed("the provider's token is malformed")
        try:
            header = jwt.get_unverified_header(token)
            algorithm = str(header.get("alg"))
            if algorithm not in _FAMILIES:
                raise ExternalSignInFailed("the provider's token is not signed with RS256 or ES256")
            key = _chosen(keys, algorithm, header.get("kid"))
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self.client_id,
                issuer=self.issuer,
                # Times are held against our own clock below.
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "require": ["iss", "sub", "aud", "exp", "iat", "nonce"],
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise ExternalSignInFailed("the provider's token is not valid") from error
        self._check(claims, nonce)
        return claims

    def _check(self, claims: Claims, nonce: str) -> None:
        now = self.clock.now().timestamp()
        issued, expires, not_before = claims["iat"], claims["exp"], claims.get("nbf", 0)
        if not all(map(_is_number, (issued, expires, not_before))):
            raise ExternalSignInFailed("the provider's token has times that are none")
        if now >= expires + _SKEW:
            raise ExternalSignInFailed("the provider's token has expired: start the sign-in again")
        if issued > now + _SKEW or not_before > now + _SKEW:
            raise ExternalSignInFailed("the provider's token is not good yet; its clock or ours is wrong")
        audience, party = claims["aud"], claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, self.client_id):
            raise ExternalSignInFailed("the provider's token was made for somebody else")
        if not isinstance(claims["nonce"], str) or not compare_digest(claims["nonce"].encode(), nonce.encode()):
            raise ExternalSignInFailed("the provider's token is of another sign-in")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise ExternalSignInFailed("the provider's token is about nobody")


def _chosen(keys: Sequence[Key], algorithm: str, kid: object) -> Any:
    fitting = [
        key
        for key in keys
        if _FAMILIES[algorithm](key)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if not fitting:
        raise UnknownKey("the provider's token is signed with a key that it does not show")
    if len(fitting) > 1:
        raise ExternalSignInFailed("the provider's token does not say which key it is signed with")
    key = jwt.PyJWK.from_dict(dict(fitting[0]), algorithm).key
    if algorithm == "RS256" and key.key_size < _SHORTEST_RSA:
        raise ExternalSignInFailed("the provider signs with a key that is too short")
    return key


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
