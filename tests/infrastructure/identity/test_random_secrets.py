"""Secrets that nobody can guess."""

from ollamanet.infrastructure.identity.random_secrets import RandomSecrets


def test_secrets_are_all_different_and_of_characters_that_an_address_takes() -> None:
    made = {RandomSecrets().new() for _ in range(100)}

    assert len(made) == 100
    assert {len(each) for each in made} == {43}
    assert all(each.replace("-", "").replace("_", "").isalnum() for each in made)


def test_a_prefix_tells_what_a_secret_is_for() -> None:
    assert RandomSecrets("oni_").new().startswith("oni_")
