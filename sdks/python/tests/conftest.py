"""What all tests share."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from .support.gateway import Gateway

# The same examples in every run, and nothing left in the repository.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "signalbox-hypothesis")
settings.register_profile("repository", database=None, deadline=None, derandomize=True)
settings.load_profile("repository")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A real gateway of its own."""
    own = Gateway()
    try:
        await own.start()
        yield own
    finally:
        await own.stop()
