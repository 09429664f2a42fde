"""The administration of accounts over fakes, and people who use it."""

from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.memory_world import MemoryWorld
from tests.fakes.identity.people import person
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.administration import Administration, Administrator
from ollamanet.application.identity.commands.change_user import ChangeUserHandler
from ollamanet.application.identity.commands.create_user import CreateUserHandler
from ollamanet.application.identity.commands.lock_user import LockUserHandler
from ollamanet.application.identity.commands.purge_expired_users import PurgeExpiredUsersHandler
from ollamanet.application.identity.commands.purge_user import PurgeUserHandler
from ollamanet.application.identity.commands.reset_user_password import ResetUserPasswordHandler
from ollamanet.application.identity.commands.restore_user import RestoreUserHandler
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUserHandler
from ollamanet.application.identity.commands.unlock_user import UnlockUserHandler
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.queries.find_user import FindUserHandler
from ollamanet.application.identity.queries.inspect_user import InspectUserHandler
from ollamanet.application.identity.queries.search_users import SearchUsersHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry, Origin
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import StorageUnavailable
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import OF_USERS, Permission
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases

HELPDESK = RoleDefinition(
    "Helpdesk", frozenset({Permission.CHAT, Permission.MODELS_READ, Permission.USERS_READ, Permission.USERS_WRITE})
)
AUDITOR = RoleDefinition("Auditor", frozenset({Permission.AUDIT_READ, Permission.USERS_READ}))
INTERN = RoleDefinition("Intern", OF_USERS, CallerLimits(models=frozenset({"llama3:latest"})))
BOOK = RoleBook([HELPDESK, AUDITOR, INTERN])

CHIEF = person("chief", number=91, role=Role.ADMIN)
DEPUTY = person("deputy", number=92, role=Role.ADMIN)
OFFICE = Origin("192.0.2.7", "a browser", "request-1")


class FixedRoles:
    """One book, for ever."""

    async def book(self) -> RoleBook:
        return BOOK


class NumberedPasswords:
    """`made password 1`, `made password 2`, ..."""

    def __init__(self) -> None:
        self.made = 0

    def new(self) -> Password:
        self.made += 1
        return Password(f"made password {self.made}")


class NotedPurges(Forgetting):
    """Of people, and callers that were forgotten; `down` times the store cannot be used."""

    def __init__(self) -> None:
        super().__init__()
        self.purged: list[UserId] = []
        self.down = 0

    async def purge(self, user_id: UserId) -> None:
        if self.down:
            self.down -= 1
            raise StorageUnavailable("down")
        self.purged.append(user_id)


class AdminDesk:
    """All use cases; `world` is what they change, `noted` what was purged elsewhere."""

    def __init__(self, *people: User) -> None:
        self.world, self.noted, self.clock, self.hasher = MemoryWorld(), NotedPurges(), FixedClock(), PlainHasher()
        self.users, self.accounts = self.world.users, self.world.accounts
        for user in people:
            self.users.stored[user.id] = Credentials(user, "a hash")
        self.cases = self._cases()
        self.purge_expired = PurgeExpiredUsersHandler(self.accounts, self.noted, self.clock)

    def _cases(self) -> UserAdminCases:
        accounts, roles, passwords, ids = self.accounts, FixedRoles(), NumberedPasswords(), CountedIds()
        administration = Administration(accounts, roles, self.noted, self.clock)
        return UserAdminCases(
            search=SearchUsersHandler(accounts),
            inspect=InspectUserHandler(accounts, self.clock),
            find=FindUserHandler(self.users),
            create=CreateUserHandler(self.users, roles, NewPasswords(self.hasher), passwords, self.clock, ids),
            change=ChangeUserHandler(administration),
            lock=LockUserHandler(administration),
            unlock=UnlockUserHandler(administration),
            delete=SoftDeleteUserHandler(administration),
            restore=RestoreUserHandler(administration),
            purge=PurgeUserHandler(administration, self.noted, self.hasher, passwords, ids),
            reset_password=ResetUserPasswordHandler(administration, self.hasher, passwords),
        )

    @property
    def trail(self) -> list[AuditEntry]:
        return self.users.trail

    def now(self, user: User) -> User:
        return self.users.stored[user.id].user


def actor_of(user: User) -> Actor:
    """Somebody with what his roles and his limits allow."""
    standing = BOOK.standing(user.roles, user.limits)
    return Actor(user.id, user.roles, permissions=standing.permissions, name=user.username.text, limits=standing.limits)


def administrator(user: User) -> Administrator:
    """The same, at his desk."""
    return Administrator.of(actor_of(user), OFFICE)
