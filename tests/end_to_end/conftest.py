"""One running product for the tests that leave it running, and fresh ones for the tests that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.product import Product


@pytest.fixture
def make_product(tmp_path: Path) -> Iterator[Callable[..., Product]]:
    made: list[Product] = []

    def make(**settings: str) -> Product:
        product = Product(tmp_path / f"data{len(made)}", settings)
        made.append(product)
        return product

    yield make
    for product in made:
        product.close()
