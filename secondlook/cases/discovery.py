"""Loads every module of a package, so that a new stage or event type is one new file and no list to keep."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules


def load(path: Iterable[str], package: str) -> None:
    """Import the modules of a package, in the order of their names."""
    for module in iter_modules(path):
        import_module(f"{package}.{module.name}")
