"""A provider that believes whatever a test says."""

from ollamanet.domain.identity.external_errors import ExternalSignInFailed
from ollamanet.domain.identity.external_person import ExternalPerson
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.domain.kernel.errors import Refusal


class ScriptedProvider:
    """`IdentityProvider`; a code is good for whom it was made, in whose flow, and once.

    Attributes:
        refusal: what every question raises, if anything.
    """

    issuer = "https://sso.example"

    def __init__(self) -> None:
        self.codes: dict[str, tuple[ExternalPerson, SignInFlow | None]] = {}
        self.refusal: Refusal | None = None

    def code(self, person: ExternalPerson, flow: SignInFlow | None = None) -> str:
        """A code for somebody, as good for `flow` only if that is given."""
        text = f"code-{len(self.codes) + 1}"
        self.codes[text] = person, flow
        return text

    async def sign_in_url(self, flow: SignInFlow) -> str:
        if self.refusal is not None:
            raise self.refusal
        return f"{self.issuer}/authorize?state={flow.state}"

    async def redeem(self, code: str, flow: SignInFlow) -> ExternalPerson:
        if self.refusal is not None:
            raise self.refusal
        person, wanted = self.codes.pop(code, (None, None))
        if person is None or wanted not in {None, flow}:
            raise ExternalSignInFailed("the sign-in was used already: start it again")
        return person
