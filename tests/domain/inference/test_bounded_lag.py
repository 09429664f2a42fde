"""Users who wait get the same, but for one piece of work of each."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.inference.desk import Desk, replica, ticket

from ollamanet.domain.kernel.ids import UserId

USERS = [UserId(UUID(int=number)) for number in range(1, 4)]
WEIGHTS = st.sampled_from([0.5, 1.0, 2.0])
COSTS = st.lists(st.integers(1, 20), min_size=30, max_size=30)
MOST = 20


class Account:
    """What each user was given by weight, while all of them wait."""

    def __init__(self, slots: int, weights: list[float], costs: list[list[int]]) -> None:
        self.desk = Desk(replica(slots=slots), depth_per_user=100, reserved=0)
        self.weights = weights
        self.left = [len(each) for each in costs]
        self.given = [0.0, 0.0, 0.0]
        self.counted = 0
        for user, each in enumerate(costs):
            for number, cost in enumerate(each):
                self.desk.enter(ticket(f"{user}-{number}", USERS[user], cost=cost, weight=weights[user]))
        # What was dispatched before all of them waited says nothing.
        self.count()
        self.given = [0.0, 0.0, 0.0]

    def count(self) -> None:
        for name in self.desk.sent[self.counted :]:
            user = int(name[0])
            self.left[user] -= 1
            self.add(user, self.desk.where[name].ticket.cost)
        self.counted = len(self.desk.sent)

    def add(self, user: int, cost: float) -> None:
        self.given[user] += cost / self.weights[user]

    def finish(self, name: str, tokens: int) -> None:
        self.add(int(name[0]), tokens - self.desk.where[name].ticket.cost)
        self.desk.finish(name, tokens=tokens)
        self.count()

    @property
    def all_wait(self) -> bool:
        return min(self.left) > 0

    def check(self, slack: float) -> None:
        for one in range(3):
            for two in range(one):
                bound = slack * MOST * (1 / self.weights[one] + 1 / self.weights[two])
                assert abs(self.given[one] - self.given[two]) <= bound + 1e-6


@given(st.integers(1, 4), st.tuples(WEIGHTS, WEIGHTS, WEIGHTS), st.tuples(COSTS, COSTS, COSTS), st.randoms())
def test_with_right_estimates_two_users_differ_by_one_piece_of_work_each(slots, weights, costs, random) -> None:
    account = Account(slots, list(weights), list(costs))

    while account.all_wait:
        name = random.choice(account.desk.running())
        account.finish(name, account.desk.where[name].ticket.cost)
        account.check(slack=1)


@given(st.integers(1, 3), st.tuples(WEIGHTS, WEIGHTS, WEIGHTS), st.tuples(COSTS, COSTS, COSTS), st.randoms())
def test_with_wrong_estimates_they_differ_by_what_runs_besides(slots, weights, costs, random) -> None:
    account = Account(slots, list(weights), list(costs))

    while account.all_wait:
        account.finish(random.choice(account.desk.running()), random.randint(1, MOST))
        account.check(slack=1 + slots)


@given(st.integers(1, 3), COSTS, COSTS, st.integers(1, 25))
def test_a_newcomer_neither_overtakes_more_than_his_share_nor_waits_longer(slots, first, second, after) -> None:
    account = Account(slots, [1.0, 1.0, 1.0], [first, [], second[:1]])
    for _ in range(after):
        account.finish(account.desk.running()[0], account.desk.where[account.desk.running()[0]].ticket.cost)
    account.given = [0.0, 0.0, 0.0]
    for number, cost in enumerate(second[:20]):
        account.left[1] += 1
        account.desk.enter(ticket(f"1-{number}", USERS[1], cost=cost))
    account.count()

    while account.left[0] > 0 and account.left[1] > 0:
        account.finish(account.desk.running()[0], account.desk.where[account.desk.running()[0]].ticket.cost)
        assert abs(account.given[0] - account.given[1]) <= 2 * MOST
