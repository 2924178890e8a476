"""``politiemonitor contract``: from a file to a contract, and from that contract to a report of the very same file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from .command import ROOT, politiemonitor

SATISFIED = ("Zeer ontevreden", "Ontevreden", "Neutraal", "Tevreden", "Zeer tevreden")


def export(folder: Path, count: int = 240) -> Path:
    """Answers of one quarter, in the words of a questionnaire."""
    frame = pd.DataFrame(
        {
            "Antwoordnummer": [5000 + n for n in range(count)],
            "Datum ingevuld": [f"{n % 28 + 1:02d}-{n % 3 + 1:02d}-2026 10:15" for n in range(count)],
            "Kanaal": [("Balie", "Telefoon")[n % 2] for n in range(count)],
            "Team": [("Noord", "Zuid", "Oost")[n % 3] for n in range(count)],
            "Hoe tevreden bent u over het contact?": [SATISFIED[(n * n) % 5] for n in range(count)],
            "Hoe tevreden bent u over de uitleg?": [SATISFIED[(n * 3) % 5] for n in range(count)],
            "Welk cijfer geeft u?": [n % 10 + 1 for n in range(count)],
            "Wat gebruikte u? [Telefoon]": [("Ja", "")[n % 2] for n in range(count)],
            "Wat gebruikte u? [Internet]": [("Ja", "")[n % 3 > 0] for n in range(count)],
            "Wat kan beter?": [f"Verhaal {n}" for n in range(count)],
        }
    )
    path = folder / "uitvraag 2026-03.csv"
    frame.to_csv(path, sep=";", index=False)
    return path


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drafted")
    done = politiemonitor("contract", "draft", export(folder), "--into", folder / "contract")
    assert done.code == 0, done.err
    return folder


def run(home: Path, path: Path, survey: Path, *more: object) -> Path:
    """The whole way with one file; returns the release."""
    (home / "inbox").mkdir(parents=True)
    shutil.copyfile(path, home / "inbox" / path.name)
    done = politiemonitor("run", "--home", home, "--survey", survey, *more)
    assert done.code == 0, done.err
    return home / "releases/current"


def test_a_drafted_contract_runs_at_once_and_counts_every_answer(drafted: Path, tmp_path: Path) -> None:
    path = drafted / "uitvraag 2026-03.csv"
    release = run(tmp_path / "home", path, drafted / "contract", "--as-of", "2026-11-24")
    deliveries = pd.read_parquet(release / "tables/deliveries.parquet")
    assert deliveries[["rows_read", "rows_accepted"]].to_numpy().tolist() == [[240, 240]]

    raw = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    answers = raw["Hoe tevreden bent u over het contact?"].isin(["Tevreden", "Zeer tevreden"])
    estimates = pd.read_parquet(release / "tables/estimates.parquet")
    positive = estimates[(estimates.measure == "positive") & (estimates.item == "q5") & (estimates.window == "quarter")]
    total = positive[(positive.level == "total") & (positive.channel == "all") & (positive.target_group == "all")]
    assert total[["n", "estimate"]].to_numpy().tolist() == [[240, pytest.approx(answers.mean())]]
    areas = positive[(positive.level == "area") & (positive.channel == "all") & (positive.target_group == "all")]
    counted = answers.groupby(raw["Team"]).mean()
    assert dict(zip(areas.area_name, areas.estimate, strict=True)) == pytest.approx(counted.to_dict())

    ticked = raw["Wat gebruikte u? [Telefoon]"].eq("Ja")
    either = ticked | raw["Wat gebruikte u? [Internet]"].eq("Ja")
    share = estimates[(estimates.item == "q8") & (estimates.measure == "share.telefoon") & (estimates.level == "total")]
    share = share[(share.window == "quarter") & (share.channel == "all") & (share.target_group == "all")]
    assert share[["n", "estimate"]].to_numpy().tolist() == [[either.sum(), pytest.approx(ticked[either].mean())]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows", "quarantined", "areas"),
    [
        ("survey_exports/surveymonkey/steak-risk-survey.csv", 550, 2, 9),
        ("satisfaction/kansas_city/FY2022_RS_Cleaned_safe.csv", 1033, 0, 6),
    ],
    ids=["surveymonkey", "codes"],
)
def test_a_real_export_runs_with_the_contract_drafted_from_it(
    tmp_path: Path, name: str, rows: int, quarantined: int, areas: int
) -> None:
    path = ROOT / "../shared/data" / name
    if not path.exists():
        pytest.skip("the real survey files are not beside this checkout")
    done = politiemonitor("contract", "draft", path, "--into", tmp_path / "contract", "--json")
    assert done.code == 0, done.err
    release = run(tmp_path / "home", path, tmp_path / "contract")
    (row,) = pd.read_parquet(release / "tables/deliveries.parquet").to_dict("records")
    assert (row["rows_read"], row["rows_accepted"]) == (rows, rows - quarantined)
    assert row["rows_quarantined"] == quarantined
    assert len(list((release / "areas").glob("*/index.html"))) == areas


def test_the_command_says_where_the_contract_is_and_what_there_is_to_decide(tmp_path: Path) -> None:
    done = politiemonitor("contract", "draft", export(tmp_path), "--into", tmp_path / "contract")
    lines = done.out.splitlines()
    assert lines[0] == str(tmp_path / "contract")
    assert lines[1] == (
        "5 items (2 ordinal, 1 mark, 1 multiple, 1 open) on 4 scales, from 10 columns and 240 rows; 0 columns left out"
    )
    assert lines[2].startswith("  1. survey.yaml: 'q5' is gekozen")
    assert "Verhaal" not in done.out


def test_a_machine_gets_the_same(tmp_path: Path) -> None:
    record = politiemonitor("contract", "draft", export(tmp_path), "--into", tmp_path / "contract", "--json").record
    assert record["folder"] == str(tmp_path / "contract")
    assert record["counts"]["items"] == 5 and record["counts"]["multiple"] == 1
    assert len(record["decide"]) > 5


def test_a_check_counts_what_is_left_to_decide(drafted: Path) -> None:
    before = politiemonitor("contract", "check", drafted / "contract", "--json").record
    assert before["loads"] and before["items"] == 5 and before["areas"] == {"total": 1, "area": 3}
    themes = drafted / "contract" / "sources.yaml"
    text = themes.read_text("utf-8")
    themes.write_text(text.replace("BESLIS: ", "", 1), "utf-8")  # one thing was decided
    after = politiemonitor("contract", "check", drafted / "contract", "--json").record
    assert len(after["decide"]) == len(before["decide"]) - 1
    assert f"{len(after['decide'])} left to decide" in politiemonitor("contract", "check", drafted / "contract").out


def test_a_broken_contract_is_refused_with_file_and_line(drafted: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(drafted / "contract", tmp_path / "broken")
    items = broken / "items.yaml"
    items.write_text(items.read_text("utf-8").replace("scale: mark_1_10", "scale: stars"), "utf-8")
    done = politiemonitor("contract", "check", broken)
    assert done.code == 1 and "items.yaml:" in done.err and "stars" in done.err
    record = politiemonitor("contract", "check", broken, "--json")
    assert record.code == 1 and record.record["problems"][0]["line"] > 1


def test_a_folder_that_exists_is_kept_unless_forced(drafted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(drafted / "contract", tmp_path / "contract")
    (folder / "survey.yaml").write_text("mine")
    path = drafted / "uitvraag 2026-03.csv"
    done = politiemonitor("contract", "draft", path, "--into", folder)
    assert done.code == 2 and "--force" in done.err
    assert (folder / "survey.yaml").read_text() == "mine"
    assert politiemonitor("contract", "draft", path, "--into", folder, "--force").code == 0
    assert politiemonitor("contract", "check", folder).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.csv"], 2, "no such file"),
        (["answers.csv", "--id-column", "nummer"], 2, "no column 'nummer'"),
        (["answers.doc"], 1, "answers.doc"),
        (["survey.lss"], 1, "no LimeSurvey questionnaire"),
        (["empty.csv"], 1, "empty.csv"),
        (["answers.csv", "--into", "answers.csv"], 2, "is a file"),
    ],
)
def test_what_can_not_be_drafted_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text("id;q1\n1;ja\n2;nee\n")
    Path("answers.doc").write_text("id;q1\n1;ja\n2;nee\n")
    Path("survey.lss").write_text("<html></html>")
    Path("empty.csv").write_text("")
    done = politiemonitor("contract", "draft", *arguments)
    assert done.code == code and words in done.err, done.err
    assert "Traceback" not in done.err


def test_the_folder_is_named_after_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert politiemonitor("contract", "draft", export(tmp_path)).out.splitlines()[0] == "uitvraag_2026_03"
    assert (tmp_path / "uitvraag_2026_03/organisation/areas.csv").exists()
