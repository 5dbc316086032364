"""What holds for all tests."""

import pytest
from hypothesis import HealthCheck, settings

# No example is wrong because a busy machine took its time over it.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those in a browser come last: Playwright keeps an event loop in this thread, beside which no other can run."""
    items.sort(key=lambda item: "browser" in item.path.parts)
