"""The administration of accounts, joined to its adapters."""

from ollamanet.application.identity.administration import Administration
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
from ollamanet.application.identity.ports import CallerCache, Roles, Users
from ollamanet.application.identity.queries.find_user import FindUserHandler
from ollamanet.application.identity.queries.inspect_user import InspectUserHandler
from ollamanet.application.identity.queries.search_users import SearchUsersHandler
from ollamanet.bootstrap.personal_data_wiring import personal_data_of
from ollamanet.bootstrap.storage import Storage
from ollamanet.infrastructure.identity.random_passwords import RandomPasswords
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases


def wire_user_admin(
    storage: Storage, users: Users, new_passwords: NewPasswords, roles: Roles, cache: CallerCache
) -> tuple[UserAdminCases, PurgeExpiredUsersHandler]:
    """What administrators do, and what is to be done once a day."""
    clock, ids, passwords, hasher = SystemClock(), UuidV7Ids(), RandomPasswords(), new_passwords.hasher
    accounts, data = SqlAdministeredUsers(storage.database), personal_data_of(storage)
    administration = Administration(accounts, roles, cache, clock)
    cases = UserAdminCases(
        search=SearchUsersHandler(accounts),
        inspect=InspectUserHandler(accounts, clock),
        find=FindUserHandler(users),
        create=CreateUserHandler(users, roles, new_passwords, passwords, clock, ids),
        change=ChangeUserHandler(administration),
        lock=LockUserHandler(administration),
        unlock=UnlockUserHandler(administration),
        delete=SoftDeleteUserHandler(administration),
        restore=RestoreUserHandler(administration),
        purge=PurgeUserHandler(administration, data, hasher, passwords, ids),
        reset_password=ResetUserPasswordHandler(administration, hasher, passwords),
    )
    return cases, PurgeExpiredUsersHandler(accounts, data, clock)
