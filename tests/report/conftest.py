from typing import Any

import pytest

from tests.report.sample import minimal as made_minimal
from tests.report.sample import sample


@pytest.fixture
def results() -> dict[str, Any]:
    """The content of a full results.json; each test gets its own and may change it."""
    return sample()


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The content of one with no claims, parameters, ledger, quantities, events or stocks, and no fit."""
    return made_minimal()
