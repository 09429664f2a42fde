"""A hasher that hides nothing."""

from ollamanet.domain.identity.password import Password


class PlainHasher:
    """Counts instead of salting, keeps the password in clear, and remembers what it was asked to verify."""

    def __init__(self) -> None:
        self.verified_against: list[str | None] = []
        self.made = 0

    async def hash(self, password: Password) -> str:
        self.made += 1
        return f"{self.made}:{password.secret}"

    async def verify(self, password: Password, against: str | None) -> bool:
        self.verified_against.append(against)
        return against is not None and against.partition(":")[2] == password.secret

    def outdated(self, password_hash: str) -> bool:
        return password_hash.startswith("old:")
