"""What a caller may do depends on his permissions, and on the models that are for him."""

import pytest
from tests.fakes.kernel.callers import a_user, an_admin

from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Forbidden
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.permissions import ALL, Permission

LLAMA, QWEN = ModelName("Llama3"), ModelName("qwen3", "8b")
ONLY_LLAMA = CallerLimits(models=frozenset({"llama3:latest"}))


def test_a_permission_that_one_has_is_enough() -> None:
    a_user(permissions=frozenset({Permission.CHAT})).require(Permission.CHAT)


@pytest.mark.parametrize("missing", Permission)
def test_without_it_one_is_refused_by_its_name_whatever_else_one_has(missing: Permission) -> None:
    with pytest.raises(Forbidden, match=f"this needs the permission {missing}"):
        an_admin(permissions=ALL - {missing}).require(missing)


def test_of_whom_nothing_is_said_may_ask_every_model() -> None:
    a_user().require_model(QWEN)
    assert a_user().models is None


def test_models_are_told_apart_as_ollama_does() -> None:
    somebody = a_user(limits=ONLY_LLAMA)

    for spelling in ("llama3", "LLAMA3", "llama3:Latest"):
        somebody.require_model(ModelName.parse(spelling))
    for other in ("llama3:8b", "someone/llama3", "qwen3:8b"):
        with pytest.raises(Forbidden, match="not among those"):
            somebody.require_model(ModelName.parse(other))


def test_a_key_names_models_of_its_user_or_none() -> None:
    both = CallerLimits(models=frozenset({LLAMA.key, "mistral:latest"}))

    assert a_user(limits=ONLY_LLAMA, key_limits=both).models == {LLAMA.key}
    assert a_user(key_limits=both).models == both.models
    assert a_user(limits=ONLY_LLAMA).models == {LLAMA.key}


def test_one_is_told_about_the_models_that_one_may_ask() -> None:
    somebody = a_user(limits=ONLY_LLAMA)

    assert (somebody.sees(LLAMA.key), somebody.sees(QWEN.key)) == (True, False)
    assert a_user().sees(QWEN.key)


def test_one_who_may_not_see_models_is_told_about_none() -> None:
    assert not a_user(permissions=frozenset({Permission.CHAT})).sees(LLAMA.key)


def test_one_who_looks_after_the_system_is_told_about_all() -> None:
    assert a_user(permissions=frozenset({Permission.SYSTEM_READ}), limits=ONLY_LLAMA).sees(QWEN.key)
