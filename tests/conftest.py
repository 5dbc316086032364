"""What holds for all tests."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those in a browser come last: Playwright keeps an event loop in this thread, beside which no other can run."""
    items.sort(key=lambda item: "browser" in item.path.parts)
