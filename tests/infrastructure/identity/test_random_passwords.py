"""Passwords that nobody chose."""

import re

from ollamanet.domain.identity.password import Password
from ollamanet.infrastructure.identity.random_passwords import RandomPasswords


def test_each_is_another_and_can_be_read_aloud() -> None:
    made = {RandomPasswords().new().secret for _ in range(200)}

    assert len(made) == 200
    assert all(re.fullmatch(r"(?:[a-zA-Z2-9]{5}-){4}[a-zA-Z2-9]{5}", secret) for secret in made)
    assert set("lIO01").isdisjoint("".join(made))


def test_it_keeps_the_rule_for_passwords_of_accounts() -> None:
    made = RandomPasswords().new()
    assert Password.parse(made.secret) == made
