"""Why a sign-in with an external provider comes to nothing.

Refusal
├── Unauthenticated
│   └── ExternalSignInFailed   UNAUTHENTICATED  unauthenticated                it has to be started again
├── Forbidden
│   └── ExternalSignInRefused  FORBIDDEN        forbidden                      known there, not let in here
├── Conflict
│   └── IdentityTaken          CONFLICT         conflict                       somebody was faster; never answered
├── ProviderFaulty             UPSTREAM         identity_provider_error        what it says cannot be used
└── ProviderUnavailable        UNAVAILABLE      identity_provider_unavailable  it cannot be reached
"""

from ollamanet.domain.kernel.errors import Conflict, Forbidden, Kind, Refusal, Unauthenticated


class ExternalSignInFailed(Unauthenticated):
    """It was not begun here, took too long, was tried before, or its proof is none."""

    title = "The sign-in did not succeed"


class ExternalSignInRefused(Forbidden):
    """Who it is, is known, and he gets no account or may not use it."""

    title = "The provider's account is not let in"


class IdentityTaken(Conflict):
    """The provider's account belongs to an account here already."""

    title = "The provider's account is linked"

    def __init__(self, detail: str = "this account of the provider is linked already") -> None:
        super().__init__(detail)


class ProviderFaulty(Refusal):
    """The provider answered, and not as the protocol says; administrators look at the settings."""

    kind, code, title = Kind.UPSTREAM, "identity_provider_error", "The identity provider answered wrongly"


class ProviderUnavailable(Refusal):
    """The provider did not answer."""

    kind, code, title = Kind.UNAVAILABLE, "identity_provider_unavailable", "The identity provider cannot be reached"
