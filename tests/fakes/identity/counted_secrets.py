"""Secrets that anybody could guess."""


class CountedSecrets:
    """`secret-1`, `secret-2`, ..."""

    def __init__(self) -> None:
        self.made = 0

    def new(self) -> str:
        self.made += 1
        return f"secret-{self.made}"
