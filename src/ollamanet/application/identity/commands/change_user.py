"""An administrator changes an account: its names, its roles, its status, its limits."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial

from ollamanet.application.identity.account_facts import difference
from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.administration_ports import AccountChange
from ollamanet.domain.identity.account_states import require_there, version_of, with_status
from ollamanet.domain.identity.granting import known_roles
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.roles import RoleBook
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict, InvalidRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName

_MOST_MODELS = 1000


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """What is to be another; None and what is not there stay as they are.

    Attributes:
        roles: all that the account is to have.
        status: active or locked.
        limits: by the names of `CallerLimits`; None as a value takes one away, `models` are names in any spelling.
        if_versions: those of the account (`version_of`) for which the change is meant; None for any.
    """

    by: Administrator
    user_id: UserId
    email: str | None = None
    username: str | None = None
    roles: Collection[str] | None = None
    status: UserStatus | None = None
    limits: Mapping[str, object] = field(default_factory=dict)
    if_versions: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class ChangeUserHandler:
    """Changes it as a whole or not at all."""

    administration: Administration

    async def __call__(self, command: ChangeUser) -> User:
        """The account as it is now; new roles and a lock sign it out.

        Raises:
            InvalidRequest: a field is not what its rule says.
            Forbidden: the caller may not do this, or not to this account, or may not give these roles or limits.
            NotFound: there is no such account.
            Conflict: it is deleted, or another than the caller saw.
            LastAdmin: nobody could administer afterwards.
            EmailTaken, UsernameTaken: the new name is another account's.
        """
        return await self.administration.change(command.by, command.user_id, partial(_decided, command))


def _decided(command: ChangeUser, user: User, book: RoleBook, now: datetime) -> AccountChange:
    if command.if_versions is not None and version_of(user) not in command.if_versions:
        raise Conflict("this account was changed meanwhile; look at it again")
    require_there(user)
    changed = _with_names(command, user)
    if command.roles is not None:
        roles = known_roles(command.roles, book, kept=user.roles)
        changed = replace(changed, roles=roles)
    if command.limits:
        changed = replace(changed, limits=_limits(user.limits, command.limits))
    command.by.means.require_may_change(user, changed, book)
    if command.status is not None:
        changed = with_status(changed, command.status)
    before, after = difference(user, changed)
    if not after:
        return AccountChange(user)
    entry = command.by.did("user.changed", user, now, before, after)
    return AccountChange(
        changed, [entry], signs_out=_sign_out(before, changed), forgives="status" in before and changed.usable
    )


def _with_names(command: ChangeUser, user: User) -> User:
    if command.email is not None and command.email != user.email.text:
        # Nobody has shown yet that mail to the new address arrives.
        user = replace(user, email=Email.parse(command.email), email_verified_at=None)
    if command.username is not None:
        user = replace(user, username=Username.parse(command.username))
    return user


def _limits(now: CallerLimits, changes: Mapping[str, object]) -> CallerLimits:
    values = {**asdict(now), **changes}
    models = values["models"]
    if models is not None:
        if len(models) > _MOST_MODELS:
            raise InvalidRequest(f"limits.models: expected at most {_MOST_MODELS}")
        values["models"] = frozenset(ModelName.parse(name).key for name in models)
    try:
        return CallerLimits(**values)
    except (TypeError, ValueError) as error:
        raise InvalidRequest("limits: expected known ones, each of them more than 0") from error


def _sign_out(before: Mapping[str, object], changed: User) -> str | None:
    if "status" in before and not changed.usable:
        return "locked"
    return "roles_changed" if "roles" in before else None
