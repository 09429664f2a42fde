"""The first administrator makes his account, with the token that the service printed when it started."""

from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.identity.accounts import NewAccounts, SignedIn
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.identity.sign_up_ports import FirstAdmins, SetupToken
from ollamanet.application.kernel.audit import HERE, Agent, AuditEntry, AuditTrail, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.errors import SetUpRefused, TooManyTries
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import Role, User

TRIES: Final = 10
PERIOD: Final = 60.0
"""Seconds for which wrong tries count."""


@dataclass(frozen=True, slots=True)
class SetUpFirstAdmin:
    """What was typed, unchecked."""

    token: str = field(repr=False)
    email: str
    username: str
    password: str = field(repr=False)
    origin: Origin = HERE


@dataclass(slots=True)
class WrongTries:
    """Counts wrong tokens of this process; for the event loop only."""

    clock: Clock
    _times: list[float] = field(default_factory=list)

    def require_room(self) -> None:
        """Refuse when there were too many lately.

        Raises:
            TooManyTries: with the seconds until the next may be made.
        """
        now = self.clock.monotonic()
        self._times = [time for time in self._times if now - time < PERIOD]
        if len(self._times) >= TRIES:
            raise TooManyTries("token: too many wrong ones", retry_after=PERIOD - (now - self._times[0]))

    def count(self) -> None:
        """One more."""
        self._times.append(self.clock.monotonic())


@dataclass(frozen=True, slots=True)
class SetUpFirstAdminHandler:
    """Makes the account, whatever the registration policy, only while no administrator is there who could sign in."""

    token: SetupToken
    tries: WrongTries
    accounts: NewAccounts
    admins: FirstAdmins
    sessions: SessionOpener
    trail: AuditTrail

    async def __call__(self, command: SetUpFirstAdmin) -> SignedIn:
        """Make the account and sign it in.

        Raises:
            SetUpRefused: the token is wrong, or there is an administrator.
            TooManyTries: too many wrong tokens came lately.
            InvalidRequest: a field is not what its rule says.
            EmailTaken, UsernameTaken: an account has the name.
        """
        await self._check(command)
        email, username = Email.parse(command.email), Username.parse(command.username)
        if await self.admins.exists():
            raise SetUpRefused("there is an administrator already; sign in, or ask him")
        draft = await self.accounts.draft(
            email=email, username=username, password=command.password, roles={Role.ADMIN.value}
        )
        entry = _set_up(draft.user, command.origin)
        await self.admins.add(draft.user, password_hash=draft.password_hash, audit=[entry])
        return await self.sessions.open(draft.user, command.origin)

    async def _check(self, command: SetUpFirstAdmin) -> None:
        self.tries.require_room()
        if self.token.matches(command.token):
            return
        self.tries.count()
        nobody = Agent(None, "unknown")
        await self.trail.record(AuditEntry("setup.refused", nobody, command.origin, self.accounts.clock.now()))
        raise SetUpRefused("token: it is not the set-up token; `ollamanet users setup-token` prints it")


def _set_up(user: User, origin: Origin) -> AuditEntry:
    return AuditEntry(
        action="setup.completed",
        by=Agent(user.id, str(user.username)),
        origin=origin,
        at=user.created_at,
        target=f"user:{user.id}",
        target_name=str(user.username),
        after={"email": str(user.email), "roles": sorted(user.roles)},
    )
