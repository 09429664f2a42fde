"""Programs that we run get none of our secrets."""

from hypothesis import given
from hypothesis import strategies as st

from ollamanet.infrastructure.inference.clean_environment import DEFAULT_PATH, clean_environment

OURS = {
    "PATH": "/bin",
    "HOME": "/home/ada",
    "LC_ALL": "C.UTF-8",
    "CUDA_VISIBLE_DEVICES": "1",
    "OLLAMANET_SIGNING_KEY": "hush",
    "OLLAMANET_REPLICA_TOKEN": "hush",
    "DATABASE_URL": "postgres://ada:hush@db",
    "HTTPS_PROXY": "http://ada:hush@proxy",
    "AWS_SECRET_ACCESS_KEY": "hush",
    "LD_PRELOAD": "/hush.so",
}


def test_only_paths_language_and_the_choice_of_gpus_are_passed_on() -> None:
    assert clean_environment(OURS, {}) == {
        "PATH": "/bin",
        "HOME": "/home/ada",
        "LC_ALL": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "1",
    }


def test_there_is_always_a_path() -> None:
    assert clean_environment({}, {}) == {"PATH": DEFAULT_PATH}


@given(given=st.dictionaries(st.text("ABC_", min_size=1), st.text(max_size=5), max_size=3))
def test_what_is_given_wins(given: dict[str, str]) -> None:
    assert clean_environment(OURS, given).items() >= given.items()
    assert "hush" not in clean_environment(OURS, {}).values()
