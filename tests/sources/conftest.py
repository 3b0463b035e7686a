"""What these tests share with those of the workflows: one real Temporal server."""

from __future__ import annotations

from tests.workflows.conftest import client

__all__ = ["client"]
