"""The settings of signing in with an external provider."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from ollamanet.bootstrap.settings_origin import Concern, From
from ollamanet.bootstrap.settings_text import http_url
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.identity.oidc_metadata import is_protected

_LONGEST_ISSUER: Final = 200
Printable = Annotated[str, Meta(min_length=1, pattern=r"^[\x21-\x7e]+\Z")]


def issuer_url(text: str) -> str:
    """The URL of a provider, exactly as it spells it: some end with a slash."""
    url = text.strip()
    http_url(url)
    if not is_protected(url) or set(url) & set("?#@") or len(url) > _LONGEST_ISSUER:
        raise ValueError("a URL such as https://sso.example.org/realms/team, with https unless it is this machine")
    return url


def scope_names(text: str) -> str:
    """Names of scopes with spaces between them, `openid` among them."""
    names = text.split()
    if "openid" not in names:
        raise ValueError("scopes with spaces between them, openid among them")
    return " ".join(names)


def role_of_value(text: str) -> str:
    """A value of the claim, `=`, and the name of a role."""
    value, mark, role = (part.strip() for part in text.rpartition("="))
    if not value or not mark or not role:
        raise ValueError("parts such as ollama-admins=Admin")
    try:
        return f"{value}={Role.parse(role).value}"
    except InvalidRequest:
        return f"{value}={role}"


class OidcSettings(Concern, frozen=True, kw_only=True):
    """The provider, as what we are known to it, and what follows from what it says."""

    issuer: Annotated[
        str | None,
        From(
            "OLLAMANET_OIDC_ISSUER", "OpenID provider to sign in with, its URL as it spells it itself", check=issuer_url
        ),
    ] = None
    client_id: Annotated[Printable | None, From("OLLAMANET_OIDC_CLIENT_ID", "as what it knows this service")] = None
    client_secret: Annotated[
        Printable | None,
        From("OLLAMANET_OIDC_CLIENT_SECRET", "secret that it gave; none for a public client", secret=True),
    ] = None
    scopes: Annotated[
        str, From("OLLAMANET_OIDC_SCOPES", "what it is asked for, separated by spaces", check=scope_names)
    ] = "openid email profile"
    registration: Annotated[
        Literal["allowed", "linked-only"] | None,
        From(
            "OLLAMANET_OIDC_REGISTRATION",
            "whoever it knows gets an account (`allowed`), or only who has one (`linked-only`)",
            default="`allowed` where `OLLAMANET_REGISTRATION` is `open`",
        ),
    ] = None
    role_claim: Annotated[
        Printable | None,
        From("OLLAMANET_OIDC_ROLE_CLAIM", "claim that roles are mapped from, like `groups` or `realm_access.roles`"),
    ] = None
    role_map: Annotated[
        tuple[str, ...],
        From(
            "OLLAMANET_OIDC_ROLE_MAP",
            "`value=Role` pairs; these roles are given and taken at each sign-in",
            check=role_of_value,
        ),
    ] = ()

    def roles(self) -> dict[str, str]:
        """Names of roles by values of the claim."""
        return dict(each.rsplit("=", 1) for each in self.role_map)


def missing_beside_issuer(oidc: Mapping[str, object], public_url: object) -> list[tuple[str, str]]:
    """What a provider needs too: variables, and what is expected of each."""
    if oidc.get("issuer") is None:
        return []
    needed = {"OLLAMANET_OIDC_CLIENT_ID": oidc.get("client_id"), "OLLAMANET_PUBLIC_URL": public_url}
    missing = [(name, "a value, which OLLAMANET_OIDC_ISSUER needs") for name, value in needed.items() if value is None]
    if bool(oidc.get("role_map")) != bool(oidc.get("role_claim")):
        missing.append(("OLLAMANET_OIDC_ROLE_MAP", "together with OLLAMANET_OIDC_ROLE_CLAIM, or neither"))
    return missing
