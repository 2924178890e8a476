"""Homes that several tests start from, made once per worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .command import politiemonitor
from .small_police import AS_OF, deliver, small_contract


@pytest.fixture(scope="session")
def small_survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract of a police of three teams."""
    return small_contract(tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="session")
def clean_home(tmp_path_factory: pytest.TempPathFactory, small_survey: Path) -> Path:
    """A home that took three clean months and has a live release."""
    home = tmp_path_factory.mktemp("homes") / "clean"
    deliver(home / "inbox", small_survey)
    done = politiemonitor("run", "--home", home, "--survey", small_survey, "--as-of", AS_OF, kept_runs=True)
    assert done.code == 0, done.err
    return home


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A home of one's own, as it was."""

    def copy(home: Path) -> Path:
        return Path(shutil.copytree(home, tmp_path / "home", symlinks=True))

    return copy
