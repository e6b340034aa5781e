"""One small run for all tests of the pages."""

import pytest

from tests.dashboard.memory import MemorySource


@pytest.fixture
def source() -> MemorySource:
    """A source with a finished run."""
    return MemorySource()
