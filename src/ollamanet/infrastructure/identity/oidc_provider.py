"""Signing in with OpenID Connect: authorization code with PKCE, one provider."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.external_errors import ExternalSignInFailed, ProviderFaulty
from ollamanet.domain.identity.external_person import ExternalPerson
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.infrastructure.identity.id_tokens import Claims, IdTokens, UnknownKey
from ollamanet.infrastructure.identity.oidc_http import ProviderAnswer, ProviderHttp
from ollamanet.infrastructure.identity.oidc_metadata import Metadata, ProviderDocuments

_MOST_GROUPS: Final = 1000
_FAULTS_OF_THE_CODE: Final = frozenset({"invalid_grant"})


@dataclass(frozen=True, slots=True)
class OidcClient:
    """As what we are known to the provider.

    Attributes:
        issuer: the provider, exactly as it spells itself.
        secret: None for a public client.
        redirect_uri: where it sends browsers back to.
        scopes: what is asked for, `openid` among it.
        role_claim: the claim that roles are mapped from, a path with dots if it lies deeper; None for none.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    secret: str | None = field(default=None, repr=False)
    scopes: str = "openid email profile"
    role_claim: str | None = None


class OidcProvider:
    """Satisfies `IdentityProvider`."""

    def __init__(self, client: OidcClient, clock: Clock, http: ProviderHttp | None = None) -> None:
        """Ask nobody yet."""
        self._client: Final = client
        self._http: Final = http or ProviderHttp()
        self._documents: Final = ProviderDocuments(client.issuer, self._http, clock)
        self._tokens: Final = IdTokens(client.issuer, client.client_id, clock)

    @property
    def issuer(self) -> str:
        """Its name for itself."""
        return self._client.issuer

    async def sign_in_url(self, flow: SignInFlow) -> str:
        """Where the browser has to go."""
        address = (await self._documents.metadata()).authorization
        challenge = urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": self._client.scopes,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    async def redeem(self, code: str, flow: SignInFlow) -> ExternalPerson:
        """Exchange the code, and check all that the provider says."""
        metadata = await self._documents.metadata()
        answer = await self._exchanged(metadata, code, flow.verifier)
        token, access = answer.body.get("id_token"), answer.body.get("access_token")
        if not isinstance(token, str):
            raise ProviderFaulty("the provider gave no ID token")
        claims = await self._claims(token, flow.nonce)
        documents = [claims]
        if metadata.userinfo is not None and isinstance(access, str) and not self._is_enough(claims):
            documents.append(await self._userinfo(metadata.userinfo, access, claims["sub"]))
        return self._person(documents)

    async def _exchanged(self, metadata: Metadata, code: str, verifier: str) -> ProviderAnswer:
        client, secret = self._client, self._client.secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": verifier,
        }
        basic = None
        if secret is not None and metadata.basic:
            basic = quote_plus(client.client_id), quote_plus(secret)
        else:
            form |= {"client_id": client.client_id} | ({} if secret is None else {"client_secret": secret})
        answer = await self._http.post(metadata.token, form, basic)
        if answer.status == 200:
            return answer
        if answer.body.get("error") in _FAULTS_OF_THE_CODE:
            raise ExternalSignInFailed("the sign-in was used already, or took too long: start it again")
        raise ProviderFaulty(f"the provider refuses this service (status {answer.status}); its settings may be wrong")

    async def _claims(self, token: str, nonce: str) -> Claims:
        try:
            return self._tokens.claims(token, await self._documents.keys(), nonce)
        except UnknownKey:
            return self._tokens.claims(token, await self._documents.keys(renewed=True), nonce)

    def _is_enough(self, claims: Claims) -> bool:
        role_claim = self._client.role_claim
        return {"email", "email_verified"} <= claims.keys() and (
            role_claim is None or _at(claims, role_claim) is not None
        )

    async def _userinfo(self, url: str, access: str, subject: str) -> Claims:
        answer = await self._http.get(url, access)
        if answer.status != 200:
            raise ProviderFaulty(f"the provider does not tell about its account (status {answer.status})")
        if answer.body.get("sub") != subject:
            raise ExternalSignInFailed("the provider tells about somebody else")
        return answer.body

    def _person(self, documents: Sequence[Claims]) -> ExternalPerson:
        # An address and that it is verified must stand in one document: they may be about different addresses.
        addressed = next((each for each in documents if {"email", "email_verified"} <= each.keys()), {})
        named = next((name for each in documents if isinstance(name := each.get("preferred_username"), str)), None)
        claim = self._client.role_claim
        groups = (
            None if claim is None else next((g for each in documents if (g := _groups(each, claim)) is not None), None)
        )
        email = addressed.get("email")
        return ExternalPerson(
            issuer=self._client.issuer,
            subject=documents[0]["sub"],
            email=email if isinstance(email, str) else None,
            # Nothing but the truth value: a text `false` is true to many.
            email_verified=addressed.get("email_verified") is True,
            username=named,
            groups=groups,
        )


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or what lies there along the dots; None if nothing does."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _groups(claims: Claims, path: str) -> frozenset[str] | None:
    found = _at(claims, path)
    if isinstance(found, str):
        return frozenset({found})
    if isinstance(found, list):
        return frozenset(each for each in found[:_MOST_GROUPS] if isinstance(each, str))
    return None
