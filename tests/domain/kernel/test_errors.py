"""Refusals of the whole domain: each says what sort it is, under a name of its own."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter

import pytest

from ollamanet import domain
from ollamanet.domain.kernel.errors import Kind, NotFound, Refusal

MODULES = [importlib.import_module(each.name) for each in pkgutil.walk_packages(domain.__path__, "ollamanet.domain.")]
REFUSALS = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Refusal) and value is not Refusal
    },
    key=lambda refusal: refusal.__name__,
)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_says_its_kind_its_code_and_its_title(refusal: type[Refusal]) -> None:
    assert isinstance(refusal.kind, Kind)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", refusal.code)
    assert refusal.title
    assert not refusal.title.endswith(".")


def test_a_code_belongs_to_one_refusal_and_to_what_it_is_divided_into() -> None:
    owners = Counter(refusal.code for refusal in REFUSALS if "code" in vars(refusal))

    assert {code for code, count in owners.items() if count > 1} == set()
    for refusal in REFUSALS:
        assert "code" in vars(refusal) or (refusal.code, refusal.kind) == (
            refusal.__base__.code,
            refusal.__base__.kind,
        )


@pytest.mark.parametrize("refusal", [refusal for refusal in REFUSALS if "code" in vars(refusal)])
def test_stands_in_the_tree_at_the_top_of_its_module(refusal: type[Refusal]) -> None:
    tree = inspect.getdoc(inspect.getmodule(refusal)) or ""

    assert re.search(rf"{refusal.__name__} +{refusal.kind.name} +{refusal.code}\b", tree)


def test_carries_what_was_wrong_and_when_to_come_back() -> None:
    refusal = NotFound("there is no such thing", retry_after=1.5)

    assert (str(refusal), refusal.detail, refusal.retry_after) == (refusal.detail, "there is no such thing", 1.5)
    assert NotFound("gone").retry_after is None
