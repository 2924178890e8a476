"""Houses that several staging tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sql.staging.fates import whole_months
from tests.tiny_survey import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Contacts that vanish are withdrawn, responses that vanish are kept: as in the politiemonitor."""
    return House(tmp_path, whole_months())
