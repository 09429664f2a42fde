"""Whoever rests is forgotten, and nobody gains by it."""

from uuid import UUID

from ollamanet.domain.inference.allowances import Allowances
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.kernel.ids import UserId

LIMITS = UserLimits(2, 60, 600)


def user(number: int) -> tuple[UserId, None]:
    return UserId(UUID(int=number)), None


def test_users_who_rest_are_forgotten_while_others_go_on() -> None:
    allowances = Allowances()
    for number in range(1000):
        allowances.forget_idle(number)
        allowance = allowances.use(user(number), LIMITS, number)
        allowance.take(0, 10, number)
        allowance.settle(0, 10, 10, number)

    assert len(allowances) < 40


def test_a_running_request_and_a_debt_are_not_forgotten() -> None:
    allowances = Allowances()
    allowances.use(user(1), LIMITS, 0.0).take(0, 1, 0.0)
    owing = allowances.use(user(2), LIMITS, 0.0)
    owing.take(0, 6000, 0.0)
    owing.settle(0, 6000, 6000, 0.0)
    for number in range(3, 100):
        allowances.forget_idle(500.0)
        allowances.use(user(number), LIMITS, 500.0)

    assert allowances.use(user(1), LIMITS, 500.0).running == {0: 0.0}
    assert allowances.use(user(2), LIMITS, 500.0).tokens.available(500.0) < 0


def test_a_look_keeps_nothing() -> None:
    allowances = Allowances()

    assert allowances.seen(user(1), LIMITS, 0.0).limits is LIMITS
    assert len(allowances) == 0


def test_new_limits_hold_for_whom_it_knows() -> None:
    allowances = Allowances()
    allowances.use(user(1), LIMITS, 0.0).take(0, 500, 0.0)
    wider = UserLimits(9, 60, 6000)

    assert allowances.use(user(1), wider, 0.0).tokens.available(0.0) == 5500
    assert allowances.seen(user(1), LIMITS, 0.0).tokens.available(0.0) == 100
    allowances.clear()
    assert len(allowances) == 0
