"""Finds what every module brings of one kind, so that the kernel need not import any of them by name."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from ollamanet import infrastructure


def import_every(name: str) -> list[ModuleType]:
    """Import every `infrastructure.<module>.<name>`, and `<something>_<name>`: `tables`, `audit_statements`."""
    found = []
    for module in iter_modules(infrastructure.__path__):
        package = import_module(f"{infrastructure.__name__}.{module.name}")
        names = (each.name for each in iter_modules(package.__path__))
        found += [f"{package.__name__}.{each}" for each in names if each == name or each.endswith(f"_{name}")]
    return [import_module(each) for each in found]
