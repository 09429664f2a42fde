"""What an administrator may give for a replica."""

import pytest

from ollamanet.domain.inference.replica_definition import ReplicaDefinition, path_id
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import InvalidRequest

URL = "http://gpu1:11434"


def test_it_is_called_by_its_address_unless_somebody_names_it() -> None:
    assert ReplicaDefinition.parse(URL).name == "gpu1:11434"
    assert ReplicaDefinition.parse("https://host/gpu1").name == "host:443/gpu1"
    assert ReplicaDefinition.parse(URL, name="gpu-1.a_b").name == "gpu-1.a_b"


def test_models_are_kept_by_their_keys_once() -> None:
    assert ReplicaDefinition.parse(URL, models=["Llama3", "llama3:latest", "a:1"]).models == ("a:1", "llama3:latest")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "GPU"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "-a"}, "name"),
        ({"name": "gpu1:11434"}, "name"),
        ({"name": "a" * 64}, "name"),
        ({"slots": 0}, "slots"),
        ({"slots": 1025}, "slots"),
        ({"weight": 0.0}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": 1001.0}, "weight"),
        ({"models": [f"m{number}" for number in range(201)]}, "models"),
        ({"models": ["../x"]}, "model"),
        ({"token": ""}, "token"),
        ({"token": "two words"}, "token"),
        ({"token": "x" * 1001}, "token"),
    ],
)
def test_a_mistake_is_told_by_its_field(given: dict, field: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"^{field}: "):
        ReplicaDefinition.parse(URL, **given)


def test_printing_it_never_tells_the_token() -> None:
    assert "hush" not in repr(ReplicaDefinition.parse(URL, token="hush"))


def test_the_name_in_a_path_has_no_slash() -> None:
    assert path_id(ReplicaId("host:443/gpu1")) == "host:443~gpu1"
