"""Breaking a copy of the contract by one edit, and the line that must be named. Shared by the test_load_* modules."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from expectations.load import SHARED, ContractError, load_survey

SURVEY = "surveys/politiemonitor/"


@dataclass(frozen=True)
class Break:
    """One edit of one file of the survey, and the refusal it must lead to.

    ``at`` is a text in the edited file: the line where it stands (the first time, or after "LAST " the last time) must
    be named.
    """

    file: str
    old: str
    new: str
    at: str
    message: str
    name: str


def copy_contract(target: Path) -> Path:
    """A copy of the survey and its organisation, without the table contracts."""
    for part in ("surveys", "organisation"):
        shutil.copytree(SHARED / part, target / part)
    return target


def refusal(house: Path) -> ContractError:
    """The refusal that loading the copy leads to."""
    with pytest.raises(ContractError) as caught:
        load_survey(house / SURVEY, house)
    return caught.value


def line_of(text: str, mark: str) -> int:
    """Line on which a piece of text stands."""
    place = text.rindex(mark.removeprefix("LAST ")) if mark.startswith("LAST ") else text.index(mark)
    return text[:place].count("\n") + 1


def assert_refused(house: Path, case: Break) -> None:
    """Make the edit, load, and find the message at its line."""
    name = f"{case.file}.yaml"
    path = house / SURVEY / name
    text = path.read_text(encoding="utf-8")
    assert case.old in text, "the contract changed: choose another text to break"
    broken = text.replace(case.old, case.new, 1)
    path.write_text(broken, encoding="utf-8")
    problems = refusal(house).problems
    found = [(Path(p.file).name, p.line) for p in problems if case.message in p.message]
    assert (name, line_of(broken, case.at)) in found, "\n".join(map(str, problems))
