"""Everybody may know how models are run here."""

from collections.abc import Sequence

from tests.fakes.kernel.callers import a_user, an_admin

from ollamanet.application.inference.queries.get_active_profile import ClassBounds, GetActiveProfileHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.active_profile import ActiveProfile
from ollamanet.domain.inference.hardware_profile import Choice, Hardware, HardwareProfile, Memory
from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.inference.warmth import WarmState, Warmth
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.permissions import Permission

TALKER, EMBEDDER = ModelName("talker"), ModelName("embedder")
PROFILE = HardwareProfile("small", Memory.SYSTEM, 0, prewarm=(TALKER, EMBEDDER))


class ListedWarmth:
    """Says what it was given."""

    def __init__(self, *states: Warmth) -> None:
        self._states = states

    def states(self) -> Sequence[Warmth]:
        return self._states


def handler(warm: ListedWarmth | None) -> GetActiveProfileHandler:
    active = ActiveProfile(PROFILE, ModelProfile(), queue=60.0, total=120.0)
    return GetActiveProfileHandler(active, Choice(PROFILE, "so"), ("small", "large"), Hardware(), True, warm)


def test_tells_how_warm_each_model_is_on_each_replica() -> None:
    one, two = Warmth(TALKER, "gpu1", WarmState.WARM), Warmth(TALKER, "gpu2", WarmState.FAILED, "out of memory")
    other = Warmth(EMBEDDER, "gpu1", WarmState.NOT_INSTALLED)

    account = handler(ListedWarmth(one, other, two))(a_user())

    assert account.keeps_warm
    assert [(each.model, each.replicas) for each in account.warm] == [(TALKER, (one, two)), (EMBEDDER, (other,))]
    assert account.profiles == ("small", "large")


def test_where_nobody_keeps_them_warm_it_says_so_and_names_them_all_the_same() -> None:
    account = handler(None)(a_user())

    assert not account.keeps_warm
    assert [(each.model, each.replicas) for each in account.warm] == [(TALKER, ()), (EMBEDDER, ())]


def test_tells_the_deadlines_of_every_class() -> None:
    assert handler(None)(a_user()).classes == tuple(ClassBounds(each, 60.0, 120.0) for each in Priority)


def test_nobody_hears_of_models_that_are_not_for_him() -> None:
    entries = {"qwen3": ProfileEntry(), "llama3:8b": ProfileEntry(), "llama3": ProfileEntry()}
    profile = HardwareProfile("small", Memory.SYSTEM, 0, models=entries, prewarm=(TALKER, EMBEDDER))
    active = ActiveProfile(profile, ModelProfile(), queue=60.0, total=120.0)
    account = GetActiveProfileHandler(active, Choice(profile, "so"), ("small",), Hardware(), True, None)

    def seen(actor: Actor) -> tuple[list[str], list[str]]:
        found = account(actor)
        return [name for name, _ in found.models], [each.model.key for each in found.warm]

    everything = ["llama3", "llama3:8b", "qwen3"], [TALKER.key, EMBEDDER.key]
    one_of_a_family = CallerLimits(models=frozenset({"llama3:1b", TALKER.key}))
    assert seen(a_user()) == everything
    assert seen(an_admin(limits=one_of_a_family)) == everything
    assert seen(a_user(limits=one_of_a_family)) == (["llama3"], [TALKER.key])
    assert seen(a_user(permissions=frozenset({Permission.CHAT}))) == ([], [])
    assert seen(a_user(permissions=frozenset({Permission.CHAT}), limits=one_of_a_family)) == ([], [])
