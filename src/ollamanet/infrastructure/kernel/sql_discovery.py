"""Finds what every module brings of one kind, so that the kernel need not import any of them by name."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from ollamanet import infrastructure


def import_every(name: str) -> list[ModuleType]:
    """Import `ollamanet.infrastructure.<module>.<name>` wherever it exists: `tables`, `statements`."""
    modules = (f"{infrastructure.__name__}.{module.name}.{name}" for module in iter_modules(infrastructure.__path__))
    return [import_module(module) for module in modules if find_spec(module) is not None]
