"""A survey nobody here designed: the resident survey of Kansas City, through the whole pipeline by contract alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from .command import ROOT, politiemonitor

SURVEY = ROOT / "tests/surveys/kansas_city"
FILE = ROOT / "../shared/data/satisfaction/kansas_city/FY2022_RS_Cleaned_safe.csv"
ITEMS = ("q3_01", "q5_01", "q5_02", "q5_03", "q5_04", "q5_05", "q5_06", "q5_07")

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the Kansas City file is not beside this checkout")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("kansas") / "home"
    (home / "inbox").mkdir(parents=True)
    shutil.copyfile(FILE, home / "inbox" / FILE.name)
    done = politiemonitor("run", "--home", home, "--survey", SURVEY)
    assert done.code == 0, done.err
    return home / "releases/current"


@pytest.fixture(scope="module")
def counted() -> pd.DataFrame:
    """A direct count over the file: respondents with police contact, answers 1-5, satisfied = 4 or 5."""
    raw = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    people = raw[raw["q31_02"] == "1"]
    rows = []
    for item in ITEMS:
        answers = people[people[item].isin(list("12345"))].assign(satisfied=lambda f, i=item: f[i].isin(["4", "5"]))
        whole = [("city", "all", answers.assign(area="KC", way="all"))]
        parts = [
            ("city", "all", answers.assign(area="KC", way=answers["method"])),
            ("district", "all", answers.assign(area=answers["counci"], way="all")),
            ("district", "all", answers.assign(area=answers["counci"], way=answers["method"])),
        ]
        for level, _, frame in whole + parts:
            cells = frame.groupby(["area", "way"])["satisfied"].agg(["size", "mean"]).reset_index()
            rows.append(cells.assign(level=level, item=item))
    found = pd.concat(rows, ignore_index=True).rename(columns={"size": "n", "mean": "share"})
    return found[~((found.level == "district") & (found.area == ""))]


def keyed(estimates: pd.DataFrame) -> pd.DataFrame:
    """Published percentages by level, district number, method name and item."""
    positive = estimates[(estimates.measure == "positive") & (estimates.target_group == "all")]
    names = pd.read_csv(SURVEY / "organisation/districts.csv", dtype=str)
    number = {row.code: str(row.name_number) for row in names.assign(name_number=names.code.str[-1]).itertuples()}
    return positive.assign(
        area=positive.area_code.map(lambda code: number.get(code, code)), way=positive.channel.str.capitalize()
    ).replace({"way": {"All": "all"}})


def test_percentages_per_district_and_method_equal_a_direct_count(release: Path, counted: pd.DataFrame) -> None:
    published = keyed(pd.read_parquet(release / "tables/estimates.parquet"))
    both = counted.merge(published, on=["level", "area", "way", "item"], suffixes=("", "_published"), how="left")

    # all or none of fewer than thirty would tell what each of them answered: those stay hidden too
    telling = (both.n < 30) & both.share.isin([0, 1])
    enough = both[(both.n >= 10) & ~telling]
    assert len(enough) > 100
    assert (enough.n == enough.n_published).all()
    assert (enough.estimate - enough.share).abs().max() < 1e-12
    print(f"{len(enough)} percentages equal a direct count")


def test_a_cell_under_ten_stands_in_no_file(release: Path, counted: pd.DataFrame) -> None:
    published = keyed(pd.read_parquet(release / "tables/estimates.parquet"))
    both = counted.merge(published, on=["level", "area", "way", "item"], suffixes=("", "_published"), how="left")
    few = both[both.n < 10]
    assert len(few) > 0, "the file has cells under ten: without them this test shows nothing"
    assert few.n_published.isna().all() and few.estimate.isna().all() and few.ci_low.isna().all()
    csv = pd.read_csv(release / "tables/estimates.csv")
    assert csv[csv.status == "hidden"][["n", "n_eff", "estimate", "se", "ci_low", "ci_high"]].isna().all().all()
    hidden = set(csv[csv.status == "hidden"].figure_id)
    for page in release.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not [figure for figure in hidden if f'data-figure-id="{figure}"' in text], page


def test_levels_folders_and_language_come_from_the_contract(release: Path) -> None:
    assert (release / "city/index.html").exists()
    districts = sorted(p.parent.name for p in (release / "districts").glob("*/index.html"))
    assert len(districts) == 6
    for page in release.rglob("*.html"):
        assert ' lang="en"' in page.read_text("utf-8")[:100], page


def test_no_code_knows_this_survey() -> None:
    for room in ("pipelines", "assets", "reports", "expectations", "sql"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in {".py", ".sql", ".yaml", ".html", ".js", ".css"}:
                text = path.read_text("utf-8").lower()
                assert not [word for word in ("kansas", "q31_02", "quarte,", "counci,") if word in text], path
