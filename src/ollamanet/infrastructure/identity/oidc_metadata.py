"""What an identity provider says about itself: OpenID Connect Discovery, and its keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.external_errors import ProviderFaulty
from ollamanet.infrastructure.identity.kept_document import KeptDocument
from ollamanet.infrastructure.identity.oidc_http import ProviderHttp

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Key = Mapping[str, Any]


class _Discovered(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where to ask for what.

    Attributes:
        basic: the client's secret goes into a header; else into the form.
    """

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    basic: bool


class ProviderDocuments:
    """Both documents of one provider, kept."""

    def __init__(self, issuer: str, http: ProviderHttp, clock: Clock) -> None:
        """Fetch nothing yet; `issuer` is spelled as the provider spells it."""
        self._issuer: Final = issuer
        self._http: Final = http
        self._metadata: Final = KeptDocument(self._discover, clock)
        self._keys: Final = KeptDocument(self._fetch_keys, clock)

    async def metadata(self) -> Metadata:
        """What discovery says.

        Raises:
            ProviderUnavailable, ProviderFaulty: it cannot be had.
        """
        return await self._metadata.get()

    async def keys(self, *, renewed: bool = False) -> Sequence[Key]:
        """The provider's keys, as JWKs; `renewed` ones where a token names one that is not there.

        Raises:
            ProviderUnavailable, ProviderFaulty: they cannot be had.
        """
        return await (self._keys.renewed() if renewed else self._keys.get())

    async def _discover(self) -> Metadata:
        answer = await self._http.get(self._issuer.rstrip("/") + _WELL_KNOWN)
        try:
            found = msgspec.convert(answer.body, _Discovered)
        except msgspec.ValidationError as error:
            raise ProviderFaulty(f"the provider's configuration (status {answer.status}) is not usable") from error
        if found.issuer != self._issuer:
            raise ProviderFaulty("the provider calls itself otherwise than OLLAMANET_OIDC_ISSUER says")
        for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint):
            if url is not None and not is_protected(url):
                raise ProviderFaulty("the provider names an address without https")
        methods = found.token_endpoint_auth_methods_supported
        return Metadata(
            authorization=found.authorization_endpoint,
            token=found.token_endpoint,
            keys=found.jwks_uri,
            userinfo=found.userinfo_endpoint,
            basic="client_secret_basic" in methods or "client_secret_post" not in methods,
        )

    async def _fetch_keys(self) -> Sequence[Key]:
        answer = await self._http.get((await self.metadata()).keys)
        keys = answer.body.get("keys")
        if answer.status != 200 or not isinstance(keys, list):
            raise ProviderFaulty(f"the provider's keys (status {answer.status}) are not usable")
        return [key for key in keys if isinstance(key, dict)]


def is_protected(url: str) -> bool:
    """Whether nobody on the way can read or change what is said there: HTTPS, or this machine."""
    try:
        split = urlsplit(url)
    except ValueError:
        return False
    return split.scheme == "https" or (split.scheme == "http" and split.hostname in _LOOPBACK)
