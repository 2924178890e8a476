"""Reading a contract: typed, in order, with a fingerprint, and refused with file and line."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml

from expectations import positions
from expectations.load import DEFAULT_SURVEY, SHARED, ContractError, _fingerprint, load_survey
from expectations.model import Survey
from expectations.positions import Reader


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of everything a contract is read from."""
    for part in ("surveys", "organisation", "tables"):
        if (SHARED / part).exists():
            shutil.copytree(SHARED / part, tmp_path / part)
    if (SHARED / "columns.yaml").exists():
        shutil.copy(SHARED / "columns.yaml", tmp_path / "columns.yaml")
    return tmp_path


def load(house: Path) -> Survey:
    return load_survey(house / "surveys" / "politiemonitor", house)


def refusal(house: Path) -> ContractError:
    with pytest.raises(ContractError) as caught:
        load(house)
    return caught.value


def add(house: Path, name: str, text: str) -> int:
    """Append text to a file of the survey; returns the line on which it starts."""
    path = house / "surveys" / "politiemonitor" / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def test_items_channels_and_groups_keep_the_order_of_the_files(house: Path) -> None:
    survey = load(house)
    assert [item.id for item in survey.items][:3] == ["satisfaction", "mark", "need"]
    assert [channel.code for channel in survey.channels][:2] == ["tel_0900", "tel_112"]
    assert [group.code for group in survey.target_groups] == ["aangever", "benadeelde", "slachtoffer", "melder"]


def test_answers_yes_and_no_stay_text(house: Path) -> None:
    heard_back = load(house).scales["heard_back"]
    assert [point.code for point in heard_back.points] == ["within_14_days", "later", "not_yet", "no"]


def test_unquoted_no_is_text_and_a_number_without_quotes_gets_a_hint(house: Path) -> None:
    line = add(house, "target_groups.yaml", "  - {code: no, label: 112, label_plural: n}\n")
    error = refusal(house)
    assert [p.line for p in error.problems] == [line]
    assert "112 must be text; put it between quotes" in str(error)


def test_the_top_area_is_valid_as_long_as_anything_below_it(house: Path) -> None:
    nation = [area for area in load(house).areas if area.level == "nation"]
    assert [(a.code, a.name, a.parent, a.valid_from) for a in nation] == [
        ("NL", "Nederland", None, dt.date(2013, 1, 1))
    ]


def test_a_wrong_key_and_a_missing_key_are_reported_together_each_on_its_line(house: Path) -> None:
    text = "  - id: extra\n    wording: Extra?\n    lable: Extra\n    theme: overall\n    scale: satisfaction5\n"
    path = house / "surveys" / "politiemonitor" / "items.yaml"
    content = path.read_text(encoding="utf-8")
    head, tail = content.split("\nderived_items:")
    path.write_text(f"{head}\n{text}    first_wave: 2023-10-01\n\nderived_items:{tail}", encoding="utf-8")
    error = refusal(house)
    first = head.count("\n") + 2
    found = [(p.line, p.message) for p in error.problems]
    assert (first, "items.20.label: this must be filled in") in found
    assert (first + 2, "items.20.lable: there is no such key here") in found
    assert all(str(p).startswith(f"{p.file}:{p.line}: ") and p.file.endswith("items.yaml") for p in error.problems)


def test_a_wrong_type_names_the_value(house: Path) -> None:
    path = house / "surveys" / "politiemonitor" / "survey.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("minimum_n: 10", "minimum_n: tien"), encoding="utf-8")
    assert "'tien'" in str(refusal(house))


def test_a_day_that_does_not_exist_is_refused(house: Path) -> None:
    path = house / "surveys" / "politiemonitor" / "survey.yaml"
    text = path.read_text(encoding="utf-8").replace("first_month: 2023-10-01", "first_month: 2023-02-30")
    path.write_text(text, encoding="utf-8")
    assert "2023-02-30" in str(refusal(house))


def test_the_same_key_twice_is_refused_with_both_lines(house: Path) -> None:
    line = add(house, "survey.yaml", "\nstatus: definitief\n") + 1
    error = refusal(house)
    assert [(p.line, p.message) for p in error.problems] == [
        (line, "the key 'status' stands here for the second time (first on line 7)")
    ]


def test_broken_yaml_is_refused_where_it_breaks(house: Path) -> None:
    line = add(house, "channels.yaml", '  - {code: "x, label: X}\n')
    error = refusal(house)
    assert "not readable as YAML" in error.problems[0].message
    assert error.problems[0].line >= line


@pytest.mark.parametrize("text", ["", "# alleen commentaar\n", "- een\n- lijst\n", "tekst\n", "null\n"])
def test_a_file_that_holds_something_else_is_refused(house: Path, text: str) -> None:
    (house / "surveys" / "politiemonitor" / "scales.yaml").write_text(text, encoding="utf-8")
    assert "scales.yaml:1:" in str(refusal(house))


def test_all_missing_files_are_named_at_once(house: Path) -> None:
    for name in ("items.yaml", "sources.yaml"):
        (house / "surveys" / "politiemonitor" / name).unlink()
    (house / "organisation" / "teams.csv").unlink()
    error = refusal(house)
    assert [p.message for p in error.problems] == ["this file is missing"] * 3
    assert [Path(p.file).name for p in error.problems] == ["teams.csv", "items.yaml", "sources.yaml"]


def test_a_folder_that_is_no_contract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"survey\.yaml:1: this file is missing"):
        load_survey(tmp_path / "nowhere")


def test_a_file_in_another_encoding_is_refused_at_its_first_wrong_byte(house: Path) -> None:
    path = house / "organisation" / "districts.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    error = refusal(house)
    assert [(p.line, p.message) for p in error.problems] == [(2, "this file is not UTF-8; save it as UTF-8")]


@pytest.mark.parametrize("text", ["a: &x [1, 2]\nb: *x\n", "\na: &x [1, *x]\n"])
def test_an_alias_is_refused_where_it_stands(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    reader = Reader()
    assert reader.yaml(path, "a.yaml") is None
    assert [p.line for p in reader.problems] == [2]


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[" * 20_000, encoding="utf-8")
    reader = Reader()
    assert reader.yaml(path, "a.yaml") is None
    assert len(reader.problems) == 1


def test_the_slower_parser_reads_the_same(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = load(house)
    monkeypatch.setattr(positions, "_LOADER", yaml.SafeLoader)
    assert load(house) == fast


def test_the_fingerprint_does_not_depend_on_where_the_contract_is(house: Path) -> None:
    assert load(house).fingerprint == load_survey(DEFAULT_SURVEY).fingerprint


def test_the_fingerprint_changes_with_every_file_of_the_contract(house: Path) -> None:
    seen = {load(house).fingerprint}
    files = sorted((house / "surveys" / "politiemonitor").glob("*.yaml"))
    files += sorted((house / "organisation").glob("*.csv"))
    files += [*sorted((house / "tables").rglob("*.yaml"))[:3], *house.glob("columns.yaml")]
    for path in files:
        original = path.read_bytes()
        path.write_bytes(original + (b"\n" if path.suffix == ".csv" else b"\n# meer\n"))
        seen.add(load(house).fingerprint)
        path.write_bytes(original)
    assert len(seen) == len(files) + 1


def test_moving_a_line_from_one_file_to_another_changes_the_fingerprint() -> None:
    assert _fingerprint({"a": b"xy", "b": b"z"}) != _fingerprint({"a": b"x", "b": b"yz"})
    assert _fingerprint({"ab": b"x"}) != _fingerprint({"a": b"bx"})
