"""A survey nobody here designed: the resident survey of Kansas City, through the whole pipeline by contract alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

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


@pytest.fixture(scope="module")
def intervals(release: Path) -> pd.DataFrame:
    """Published percentages beside what an interval is made of, counted here: k of n, strata, effective number.

    Strata are the districts; everyone with police contact counts in the size of a stratum. The variance is that of a
    stratified sample, sum_h n_h/(n_h-1) (sum u^2 - (sum u)^2/n_h) with u = (y - p)/n, and no sample counts for more
    than its answers.
    """
    raw = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    people = raw[raw["q31_02"] == "1"]
    size = people.groupby("counci").size()
    rows = []
    published = keyed(pd.read_parquet(release / "tables/estimates.parquet")).dropna(subset="ci_low")
    for figure in published[published["way"].isin({"all", *people["method"]})].itertuples():
        inside = people[figure.item].isin(list("12345"))
        if figure.level == "district":
            inside &= people["counci"] == figure.area
        if figure.way != "all":
            inside &= people["method"] == figure.way
        y = people.loc[inside, figure.item].isin(["4", "5"]).astype(float)
        u = ((y - y.mean()) / len(y)).groupby(people.loc[inside, "counci"]).agg(["sum", lambda v: (v**2).sum()])
        n_h = size.loc[u.index]
        variance = (n_h / (n_h - 1) * (u.iloc[:, 1] - u["sum"] ** 2 / n_h)).sum()
        n_eff = min(len(y), y.mean() * (1 - y.mean()) / variance) if variance > 0 else len(y)
        of_sample = (int(y.sum()), len(y), n_eff, max(1, len(y) - len(u)))
        rows.append((*of_sample, figure.estimate, figure.ci_low, figure.ci_high))
    found = pd.DataFrame(rows, columns=["k", "n", "n_eff", "df", "estimate", "ci_low", "ci_high"])
    # the confidence at which a normal quantile is our t quantile
    return found.assign(confidence=2 * stats.norm.cdf(stats.t.ppf(0.975, found["df"])) - 1)


def agree(what: str, published: pd.DataFrame, low: np.ndarray, high: np.ndarray) -> None:
    difference = max(np.abs(published["ci_low"] - low).max(), np.abs(published["ci_high"] - high).max())
    print(f"{what}: {2 * len(published)} bounds, largest difference {difference:.1e}")
    assert difference < 1e-6


def test_intervals_are_those_of_scipy_where_the_sample_counts_for_its_answers(intervals: pd.DataFrame) -> None:
    whole = intervals[intervals["n_eff"] == intervals["n"]]
    assert len(whole) >= 10
    bounds = [
        stats.binomtest(row.k, row.n).proportion_ci(row.confidence, "wilson") for row in whole.itertuples(index=False)
    ]
    agree("scipy's Wilson", whole, *np.array([(b.low, b.high) for b in bounds]).T)


def test_every_bound_is_where_the_score_test_just_rejects(intervals: pd.DataFrame) -> None:
    """Wilson's definition: (p - bound)^2 = t^2 bound (1 - bound) / n_eff."""
    quantile = stats.t.ppf(0.975, intervals["df"])
    for bound in (intervals["ci_low"], intervals["ci_high"]):
        distance = (intervals["estimate"] - bound) ** 2 - quantile**2 * bound * (1 - bound) / intervals["n_eff"]
        assert distance.abs().max() < 1e-7
    print(f"{2 * len(intervals)} bounds solve the score equation")


def test_intervals_per_district_and_method_are_those_of_r(intervals: pd.DataFrame, tmp_path: Path) -> None:
    """R's prop.test is Wilson's interval; it takes an effective number that is not whole."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed")
    table, result = tmp_path / "in.csv", tmp_path / "out.csv"
    intervals.assign(x=intervals["estimate"] * intervals["n_eff"]).to_csv(table, index=False)
    script = (
        "f <- commandArgs(trailingOnly = TRUE); t <- read.csv(f[1]);"
        "ci <- function(x, n, level) suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE))$conf.int;"
        "write.csv(t(mapply(ci, t$x, t$n_eff, t$confidence)), f[2], row.names = FALSE)"
    )
    subprocess.run([program, "--vanilla", "-e", script, str(table), str(result)], check=True, capture_output=True)
    bounds = pd.read_csv(result)
    assert len(intervals) > 100
    agree("R's Wilson", intervals, *bounds.to_numpy().T)


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
