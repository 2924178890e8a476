"""Shared by all tests: golden files.

A golden file holds what a function must keep producing. After an intended change, look at the new pictures, then run
``python -m pytest --update-golden`` and read the difference before committing it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pipelines  # noqa: F401 - before anything imports numpy: it gives linear algebra one thread

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", default=False, help="write golden files instead of comparing with them"
    )
    parser.addoption(
        "--torture-table", default="", help="write where each fault of the mutation test was caught to this file"
    )


@pytest.fixture(scope="session", autouse=True)
def _keys_of_test_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys stand outside a home, in the folder for configuration: that of the tests, not of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        patch.delenv("POLITIEMONITOR_KEY_FILE", raising=False)
        yield


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Any], None]:
    """Compare a JSON value with ``tests/golden/<name>.json``, or write it with ``--update-golden``."""
    update = bool(request.config.getoption("--update-golden"))

    def check(name: str, value: Any) -> None:
        path = GOLDEN / f"{name}.json"
        text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path.name} does not exist: run pytest --update-golden once and look at what it writes"
        assert json.loads(path.read_text(encoding="utf-8")) == json.loads(text), (
            f"{path.name} differs: if that is meant, look at the picture and run pytest --update-golden"
        )

    return check
