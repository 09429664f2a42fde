"""What a caller may do depends on his roles."""

from uuid import UUID

import pytest

from ollamanet.application.kernel.actor import ADMIN, USER, Actor
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.ids import UserId

ADA = UserId(UUID(int=1))


def test_a_role_that_one_has_is_enough() -> None:
    Actor(ADA, frozenset({USER, ADMIN})).require_role(ADMIN)


@pytest.mark.parametrize("roles", [frozenset(), frozenset({USER})])
def test_without_the_role_one_is_refused_by_its_name(roles: frozenset[str]) -> None:
    with pytest.raises(Forbidden, match="this needs the role Admin"):
        Actor(ADA, roles).require_role(ADMIN)
