"""The organisation: validity, parents, successors, splits and spellings, on a tiny city of two districts."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from expectations.areas import final_codes
from expectations.load import ContractError, load_survey
from expectations.model import Area, Survey

KANSAS_CITY = Path(__file__).parents[2] / "surveys" / "kansas_city"
HEADER = "code,name,parent,valid_from,valid_to,successor,share,weight,spellings,note"
NORTH = "N,North,KC,2020-01-01,,,,,,"
SOUTH = "S,South,KC,2020-01-01,,,,,,"


def city(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A copy of a survey of which the organisation consists of these rows (the first is line 2)."""
    root = folder / "survey"
    shutil.copytree(KANSAS_CITY, root)
    (root / "organisation" / "districts.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return root


def load(root: Path) -> Survey:
    return load_survey(root, root)  # no shared table contracts there


def problems(root: Path) -> list[tuple[int, str]]:
    with pytest.raises(ContractError) as caught:
        load(root)
    assert {Path(p.file).name for p in caught.value.problems} == {"districts.csv"}
    return [(p.line, p.message) for p in caught.value.problems]


def test_a_rename_is_the_same_code_in_two_rows(tmp_path: Path) -> None:
    survey = load(city(tmp_path, NORTH, "S,Old South,KC,2020-01-01,2021-12-31,,,,,", "S,South,KC,2022-01-01,,,,,,"))
    assert [(a.code, a.name) for a in survey.areas if a.level == "district"] == [
        ("N", "North"),
        ("S", "Old South"),
        ("S", "South"),
    ]


def test_a_merge_has_a_successor_and_a_split_has_two_with_shares(tmp_path: Path) -> None:
    survey = load(
        city(
            tmp_path,
            NORTH,
            SOUTH,
            "M,Middle,KC,2020-01-01,2021-12-31,N,,,,",
            "O,Outskirts,KC,2020-01-01,2021-12-31,N,0.25,,,",
            "O,Outskirts,KC,2020-01-01,2021-12-31,S,0.75,,,",
        )
    )
    assert [(a.code, a.successor, a.share) for a in survey.areas if a.successor] == [
        ("M", "N", 1.0),
        ("O", "N", 0.25),
        ("O", "S", 0.75),
    ]


def test_spellings_are_separated_by_a_bar(tmp_path: Path) -> None:
    survey = load(city(tmp_path, "N,North,KC,2020-01-01,,,,,North side| Northern ,", SOUTH))
    assert next(a for a in survey.areas if a.code == "N").spellings == ("North side", "Northern")


def test_optional_columns_may_be_left_out(tmp_path: Path) -> None:
    root = city(tmp_path, "N,North,KC,2020-01-01", header="code,name,parent,valid_from")
    assert [a.weight for a in load(root).areas if a.level == "district"] == [1.0]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([NORTH, "S,South,X,2020-01-01,,,,,,"], 3, "parent 'X' of area 'S' is not an area of the level above"),
        ([NORTH, "S,South,,2020-01-01,,,,,,"], 3, "parent 'None' of area 'S' is not"),
        ([NORTH, "N,New North,KC,2021-01-01,,,,,,"], 3, "area 'N' is already valid on 2021-01-01 (line 2)"),
        ([NORTH, NORTH], 3, "area 'N' is already valid on 2020-01-01"),
        ([NORTH, "S,South,KC,2020-01-01,2019-01-01,,,,,"], 3, "valid_to (2019-01-01) is before valid_from"),
        ([NORTH, "S,South,KC,2020-01-01,2021-12-31,X,,,,"], 3, "successor 'X' of area 'S' is not an area"),
        ([NORTH, "S,South,KC,2020-01-01,,N,,,,"], 3, "has a successor, so it needs a valid_to"),
        ([NORTH, "S,South,KC,2020-01-01,2021-12-31,S,,,,"], 3, "the successors of area 'S' run in a circle"),
        (
            [NORTH, "S,South,KC,2020-01-01,2021-12-31,T,,,,", "T,Third,KC,2020-01-01,2022-12-31,S,,,,"],
            4,
            "the successors of area 'T' run in a circle",
        ),
        (
            [NORTH, "S,South,KC,2020-01-01,2021-12-31,T,,,,", "T,Third,KC,2023-01-01,,,,,,"],
            3,
            "successor 'T' of area 'S' is not valid on 2022-01-01",
        ),
        (
            [NORTH, "S,South,KC,2020-01-01,2020-12-31,N,,,,", "S,South,KC,2021-01-01,,,,,,"],
            3,
            "area 'S' has a successor and is still valid later",
        ),
        (
            [NORTH, SOUTH, "O,Old,KC,2020-01-01,2021-12-31,N,0.5,,,", "O,Old,KC,2020-01-01,2021-12-31,S,0.4,,,"],
            5,
            "the shares of area 'O' add up to 0.9, not to 1",
        ),
        ([NORTH, "S,South,KC,2020-01-01,2021-12-31,N,0.5,,,"], 3, "the shares of area 'S' add up to 0.5"),
        ([NORTH, "S,South,KC,2020-01-01,,,0.5,,,"], 3, "area 'S' has a share but no successor"),
        ([NORTH, "S,South,KC,2020-01-01,,,,,north!,"], 3, "spelling 'north!' means council district 'S' here and 'N'"),
        ([NORTH, "S,???,KC,2020-01-01,,,,,,"], 3, "spelling '???' of area 'S' has no letter or digit"),
        ([NORTH, "all,South,KC,2020-01-01,,,,,,"], 3, "the code 'all' is taken by the system"),
        ([NORTH, "KC,South,KC,2020-01-01,,,,,,"], 3, "area 'KC' is also an area of level 'city'"),
        ([NORTH, "n,South,KC,2020-01-01,,,,,,"], 3, "area codes 'n' and 'N' differ in capitals only"),
        ([NORTH, "S/1,South,KC,2020-01-01,,,,,,"], 3, "code: string should match pattern"),
        ([NORTH, "S,South,KC,soon,,,,,,"], 3, "valid_from: input should be a valid date"),
        ([NORTH, "S,South,KC,2020-01-01,,,,-1,,"], 3, "weight: input should be greater than or equal to 0"),
        ([NORTH, "S,South,KC"], 3, "this row has 3 cells, the header has 10"),
        ([NORTH, ",South,KC,2020-01-01,,,,,,"], 3, "code: this must be filled in"),
        ([NORTH, 'S,"South,KC,2020-01-01,,,,,,'], 3, "not readable as CSV"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, rows: list[str], line: int, message: str) -> None:
    found = problems(city(tmp_path, *rows))
    assert any(at == line and message in text for at, text in found), found


def test_a_name_on_two_lines_does_not_shift_the_line_of_the_next_row(tmp_path: Path) -> None:
    found = problems(city(tmp_path, 'N,"North\nand more",KC,2020-01-01,,,,,,', "S,South,X,2020-01-01,,,,,,"))
    assert [line for line, _ in found] == [4]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("parent", "ouder"), "unknown column: ouder"),
        (HEADER.replace("parent,", ""), "missing column: parent"),
        (HEADER + ",code", "a column name stands twice in the header"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, header: str, message: str) -> None:
    assert (1, message) in problems(city(tmp_path, header=header))


def test_a_parent_that_ends_before_its_child_is_refused(tmp_path: Path) -> None:
    root = city(tmp_path, NORTH, "S,South,KC,2020-01-01,2020-12-31,,,,,", SOUTH.replace("S,South", "T,Third"))
    teams = root / "organisation" / "teams.csv"
    teams.write_text(f"{HEADER}\na,A,N,2020-01-01,,,,,,\nb,B,S,2020-01-01,,,,,,\nc,C,T,2019-01-01,,,,,,\n")
    path = root / "survey.yaml"
    text = path.read_text(encoding="utf-8")
    level = text[text.index("  - code: district") : text.index("# Percentages")].rstrip()
    deeper = level.replace("code: district", "code: team").replace("folder: districts", "folder: teams")
    path.write_text(text.replace(level, f"{level}\n{deeper}"), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(root)
    assert [(Path(p.file).name, p.line, p.message) for p in caught.value.problems] == [
        ("teams.csv", 3, "parent 'S' is not valid as long as area 'b' is"),
        ("teams.csv", 4, "parent 'T' is not valid as long as area 'c' is"),
    ]


def test_an_area_without_anything_below_it_is_refused(tmp_path: Path) -> None:
    root = city(tmp_path, "N,North,KC,2020-01-01,2020-12-31,,,,,")
    with pytest.raises(ContractError, match=r"survey\.yaml:23: area 'KC' has no council district of today below it"):
        load(root)


def area(code: str, start: str, end: str | None = None, successor: str | None = None, share: float = 1.0) -> Area:
    return Area(
        level="team",
        code=code,
        name=code,
        parent="P",
        valid_from=dt.date.fromisoformat(start),
        valid_to=dt.date.fromisoformat(end) if end else None,
        successor=successor,
        share=share,
    )


def test_codes_are_followed_to_what_they_are_today() -> None:
    rows = [
        area("A", "2013-01-01", "2019-12-31", "B"),
        area("B", "2013-01-01", "2021-12-31", "C"),
        area("C", "2013-01-01"),
        area("D", "2013-01-01", "2020-12-31"),
        area("E", "2013-01-01", "2020-12-31", "C", 0.3),
        area("E", "2013-01-01", "2020-12-31", "F", 0.7),
        area("F", "2013-01-01", "2018-12-31"),
        area("F", "2019-01-01"),
    ]
    assert final_codes(rows) == {"A": "C", "B": "C", "C": "C", "D": None, "E": "F", "F": "F"}


def test_a_circle_of_successors_ends_nowhere() -> None:
    assert final_codes([area("A", "2013-01-01", "2019-12-31", "B"), area("B", "2013-01-01", "2019-12-31", "A")]) == {
        "A": None,
        "B": None,
    }
