"""What an administrator's API key can do to the account of its owner: nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from tests.fakes.identity.admin_desk import CHIEF, DEPUTY, OFFICE, AdminDesk, actor_of
from tests.fakes.identity.people import ADA

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.change_user import ChangeUser
from ollamanet.application.identity.commands.lock_user import LockUser
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword
from ollamanet.application.identity.commands.soft_delete_user import SoftDeleteUser
from ollamanet.domain.kernel.errors import Forbidden

pytestmark = pytest.mark.anyio

KEY = Administrator.of(replace(actor_of(CHIEF), key="a key"), OFFICE)
TAKEOVERS: dict[str, Callable[[AdminDesk], Awaitable[object]]] = {
    "new address": lambda desk: desk.cases.change(ChangeUser(KEY, CHIEF.id, email="thief@example.org")),
    "new password": lambda desk: desk.cases.reset_password(ResetUserPassword(KEY, CHIEF.id)),
    "lock": lambda desk: desk.cases.lock(LockUser(KEY, CHIEF.id, "because")),
    "deletion": lambda desk: desk.cases.delete(SoftDeleteUser(KEY, CHIEF.id)),
    "purge": lambda desk: desk.cases.purge(PurgeUser(KEY, CHIEF.id)),
}


@pytest.mark.parametrize("takeover", TAKEOVERS.values(), ids=TAKEOVERS)
async def test_a_key_with_every_scope_leaves_its_owners_account_alone(
    takeover: Callable[[AdminDesk], Awaitable[object]],
) -> None:
    desk = AdminDesk(CHIEF, DEPUTY)

    with pytest.raises(Forbidden, match="its owner's account"):
        await takeover(desk)

    assert desk.now(CHIEF) == CHIEF
    assert desk.trail == []


async def test_a_key_administers_other_accounts_as_far_as_its_scopes_go() -> None:
    desk = AdminDesk(CHIEF, DEPUTY, ADA)
    changed = await desk.cases.change(ChangeUser(KEY, ADA.id, email="ada@new.example"))
    assert changed.email.text == "ada@new.example"
