"""Every import contract holds, and each would notice: a test plants a violation in a copy of the tree."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from importlinter.application import use_cases
from importlinter.configuration import configure

import ollamanet

ROOT = Path(__file__).parents[2]
MODULES = ("identity", "catalog", "conversations", "inference", "operations", "simulator")

configure()
OPTIONS = use_cases.read_user_options(str(ROOT / "pyproject.toml"))
use_cases._register_contract_types(OPTIONS)
CONTRACTS = {str(contract["id"]) for contract in OPTIONS.contracts_options}


def broken_contracts() -> set[str]:
    """The ids of the contracts that the `ollamanet` found first on the path breaks."""
    names: dict[str, Any] = {contract["name"]: contract["id"] for contract in OPTIONS.contracts_options}
    report = use_cases.create_report(OPTIONS, cache_dir=None)
    return {names[contract.name] for contract, check in report.get_contracts_and_checks() if not check.kept}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package, and the one that the linter finds."""
    copy = tmp_path / "ollamanet"
    shutil.copytree(Path(ollamanet.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mako"))
    monkeypatch.syspath_prepend(tmp_path)
    # The linter reads files and imports nothing, but it takes the place of a package from where one is loaded.
    monkeypatch.delitem(sys.modules, "ollamanet")
    yield copy
    monkeypatch.undo()
    importlib.invalidate_caches()


def plant(tree: Path, module: str, code: str) -> None:
    """Add one module, and the packages on the way to it; nothing that was there changes."""
    file = tree.joinpath(*module.split(".")).with_suffix(".py")
    for folder in reversed(file.relative_to(tree).parents):
        package = tree / folder
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    file.write_text(code + "\n", encoding="utf-8")


def test_the_tree_keeps_every_contract() -> None:
    assert broken_contracts() == set()


def test_an_untouched_copy_keeps_every_contract(tree: Path) -> None:
    assert broken_contracts() == set()


OUTWARDS = [
    ("domain.kernel", "application.kernel"),
    ("domain.kernel", "interfaces.kernel"),
    ("domain.kernel", "infrastructure.kernel"),
    ("application.kernel", "interfaces.kernel"),
    ("application.kernel", "infrastructure.kernel"),
    ("infrastructure.kernel", "interfaces.kernel"),
    ("interfaces.kernel", "infrastructure.kernel"),
    ("infrastructure.kernel", "bootstrap"),
    ("interfaces.kernel", "bootstrap"),
]


@pytest.mark.parametrize(("inner", "outer"), OUTWARDS)
def test_an_import_outwards_breaks_the_layers(tree: Path, inner: str, outer: str) -> None:
    plant(tree, f"{outer}.planted_target", "")
    plant(tree, f"{inner}.planted", f"import ollamanet.{outer}.planted_target")

    assert broken_contracts() == {"layers"}


def test_a_layer_that_nobody_declared_breaks_the_layers(tree: Path) -> None:
    plant(tree, "helpers.planted", "")

    assert broken_contracts() == {"layers"}


@pytest.mark.parametrize("layer", ["domain", "application", "infrastructure", "interfaces"])
def test_a_module_that_nobody_declared_breaks_the_modules_of_its_layer(tree: Path, layer: str) -> None:
    plant(tree, f"{layer}.planted.anything", "")

    assert broken_contracts() == {f"modules-{layer}"}


@pytest.mark.parametrize("layer", ["domain", "application", "infrastructure", "interfaces"])
def test_a_module_that_imports_its_neighbour_breaks_the_modules_of_its_layer(tree: Path, layer: str) -> None:
    plant(tree, f"{layer}.operations.planted_target", "")
    plant(tree, f"{layer}.catalog.planted", f"import ollamanet.{layer}.operations.planted_target")

    assert broken_contracts() == {f"modules-{layer}", "slice-catalog"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_imports_another_of_a_deeper_layer_breaks_its_slice(tree: Path, module: str) -> None:
    other = "catalog" if module == "operations" else "operations"
    plant(tree, f"domain.{other}.planted_target", "")
    plant(tree, f"infrastructure.{module}.planted", f"import ollamanet.domain.{other}.planted_target")

    assert broken_contracts() == {f"slice-{module}"}


def test_a_detour_through_the_kernel_breaks_the_slice_too(tree: Path) -> None:
    plant(tree, "domain.inference.planted_target", "")
    plant(tree, "application.kernel.planted_detour", "import ollamanet.domain.inference.planted_target")
    plant(tree, "application.conversations.planted", "import ollamanet.application.kernel.planted_detour")

    assert broken_contracts() == {"kernel", "slice-conversations"}


def test_a_kernel_that_imports_a_module_breaks_its_contract(tree: Path) -> None:
    plant(tree, "domain.catalog.planted_target", "")
    plant(tree, "application.kernel.planted", "import ollamanet.domain.catalog.planted_target")

    assert broken_contracts() == {"kernel"}


@pytest.mark.parametrize(("importer", "imported"), [("queries", "commands"), ("commands", "queries")])
def test_a_query_and_a_command_that_meet_break_their_contract(tree: Path, importer: str, imported: str) -> None:
    plant(tree, f"application.catalog.{imported}.planted_target", "")
    plant(
        tree,
        f"application.catalog.{importer}.planted",
        f"import ollamanet.application.catalog.{imported}.planted_target",
    )

    assert broken_contracts() == {importer}


FRAMEWORKS = ["litestar", "sqlalchemy.orm", "advanced_alchemy", "redis", "httpx", "opentelemetry.trace", "structlog"]


@pytest.mark.parametrize("layer", ["domain", "application"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_in_the_core_breaks_its_contract(tree: Path, layer: str, framework: str) -> None:
    plant(tree, f"{layer}.catalog.planted", f"import {framework}")

    assert broken_contracts() == {"frameworks"}


def test_a_cycle_breaks_its_contract(tree: Path) -> None:
    plant(tree, "domain.catalog.planted", "import ollamanet.domain.catalog.planted_too")
    plant(tree, "domain.catalog.planted_too", "import ollamanet.domain.catalog.planted")

    assert broken_contracts() == {"cycles"}


def test_every_contract_has_its_violation_above() -> None:
    layers = {"layers", *(f"modules-{layer}" for layer in ("domain", "application", "infrastructure", "interfaces"))}

    assert {
        *layers,
        *(f"slice-{module}" for module in MODULES),
        "kernel",
        "queries",
        "commands",
        "frameworks",
        "cycles",
    } == (CONTRACTS)
