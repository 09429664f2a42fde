"""What administrators do with accounts, over HTTP and from the command line."""

from dataclasses import dataclass

from ollamanet.application.identity.commands.change_user import ChangeUserHandler
from ollamanet.application.identity.commands.create_user import CreateUserHandler
from ollamanet.application.identity.commands.lock_user import LockUserHandler
from ollamanet.application.identity.commands.mail_user_reset import MailUserResetHandler
from ollamanet.application.identity.commands.purge_user import PurgeUserHandler
from ollamanet.application.identity.commands.reset_user_password import ResetUserPasswordHandler
from ollamanet.application.identity.commands.restore_user import RestoreUserHandler
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUserHandler
from ollamanet.application.identity.commands.unlock_user import UnlockUserHandler
from ollamanet.application.identity.queries.find_user import FindUserHandler
from ollamanet.application.identity.queries.inspect_user import InspectUserHandler
from ollamanet.application.identity.queries.search_users import SearchUsersHandler


@dataclass(frozen=True, slots=True)
class UserAdminCases:
    """The use cases; each takes the `Administrator` who asks."""

    search: SearchUsersHandler
    inspect: InspectUserHandler
    find: FindUserHandler
    create: CreateUserHandler
    change: ChangeUserHandler
    lock: LockUserHandler
    unlock: UnlockUserHandler
    delete: SoftDeleteUserHandler
    restore: RestoreUserHandler
    purge: PurgeUserHandler
    reset_password: ResetUserPasswordHandler
    mail_reset: MailUserResetHandler
