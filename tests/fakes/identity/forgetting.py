"""A memory of callers that has none."""

from ollamanet.domain.kernel.ids import UserId


class Forgetting:
    """Remembers only whom it was told to forget."""

    def __init__(self) -> None:
        self.forgotten: list[UserId] = []
        self.all_forgotten = 0

    def forget(self, user_id: UserId) -> None:
        self.forgotten.append(user_id)

    def forget_everyone(self) -> None:
        self.all_forgotten += 1
