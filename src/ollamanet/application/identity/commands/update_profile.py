"""Somebody changes the names of his account."""

from dataclasses import dataclass, field

from ollamanet.application.identity.letters import email_changed_letter
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.own_account import OwnAccounts, PasswordCheck, refuse_keys
from ollamanet.application.identity.ports import CallerCache, Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import InvalidRequest, Unauthenticated


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """What is to be changed, unchecked; None leaves a name as it is."""

    actor: Actor
    origin: Origin
    email: str | None = None
    username: str | None = None
    current_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UpdateProfileHandler:
    """Whoever has the address can reset the password, so another address needs the password."""

    users: Users
    check: PasswordCheck
    accounts: OwnAccounts
    callers: CallerCache
    post: PostOffice
    clock: Clock

    async def __call__(self, command: UpdateProfile) -> User:
        """Change it; the account as it is now.

        Raises:
            InvalidRequest: a name is not what its rule says, or the password is missing.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
            WrongPassword: the current password is another one.
            TooManyAttempts: it was wrong too often.
            Forbidden: an API key was shown.
            Unauthenticated: the account is gone, or may not be used.
        """
        refuse_keys(command.actor)
        email = None if command.email is None else Email.parse(command.email)
        username = None if command.username is None else Username.parse(command.username)
        user = await self.users.find(command.actor.user_id)
        if user is None or not user.usable:
            raise Unauthenticated("the account of this token is gone or disabled")
        email, username = None if email == user.email else email, None if username == user.username else username
        if email is not None:
            if command.current_password is None:
                raise InvalidRequest("current_password: needed to change the email address")
            await self.check(command.actor, command.current_password, name="current_password")
        if email is None and username is None:
            return user
        return await self._change(command, email, username)

    async def _change(self, command: UpdateProfile, email: Email | None, username: Username | None) -> User:
        now = self.clock.now()
        after = {name: str(value) for name, value in (("email", email), ("username", username)) if value is not None}

        def entries(found: User) -> tuple[AuditEntry]:
            old = {name: str(getattr(found, name)) for name in after}
            by, target = Agent(found.id, str(found.username)), f"user:{found.id}"
            entry = AuditEntry(
                "user.renamed", by, command.origin, now, target, str(found.username), before=old, after=after
            )
            return (entry,)

        before, changed = await self.accounts.rename(
            command.actor.user_id, email=email, username=username, at=now, audit=entries
        )
        # What is remembered of a caller has the user name, for the record.
        self.callers.forget(changed.id)
        if email is not None:
            self.post.post(email_changed_letter(before))
        return changed
