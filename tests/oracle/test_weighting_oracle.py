"""Our weights against those of R ``survey``: base weights, raking, calibration; skipped where the files are absent."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from assets.statistics.weighting import Distance, base_weights, calibrate, indicator_matrix, rake

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
TOLERANCE = 1e-8  # of the manifest
UNBOUNDED = (-np.inf, np.inf)


def results(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", low_memory=False)


def agree(what: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Equal to the tolerance; says how many values were compared."""
    assert len(ours) == len(theirs) > 0
    print(f"{what}: {len(ours)} values, largest difference {np.max(np.abs(ours - theirs)):.1e}")
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.fixture(scope="module")
def respondents() -> pd.DataFrame:
    return data("synth_responses").merge(results("synth_oracle_weights"), on="resp_id")


def margins_of(respondents: pd.DataFrame, year: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Column per respondent and totals of the three margins: team, unit x channel, unit x group."""
    columns, totals = [], []
    keys = {
        "team": respondents["team"],
        "uc": respondents["unit"] + "|" + respondents["channel"],
        "ug": respondents["unit"] + "|" + respondents["grp"],
    }
    for name, key in keys.items():
        margin = data(f"synth_margin_{name}").query("year == @year").reset_index(drop=True)
        columns.append(pd.Series(margin.index, index=margin["lvl"])[key].to_numpy())
        totals.append(margin["N"].to_numpy(dtype=np.float64))
    return columns, totals


@pytest.mark.parametrize("year", [2024, 2025])
def test_base_weights_of_the_synthetic_monitor(respondents: pd.DataFrame, year: int) -> None:
    """Selection per unit and channel, response per team (every team has enough answers of its own)."""
    answered = respondents[respondents["year"] == year]
    register = data("synth_register")
    register = register[register["month"].str.startswith(str(year))]
    keys = ["unit", "team", "channel", "grp"]
    cells = register.groupby(keys, as_index=False)[["N_contacts", "N_invited"]].sum()
    cells = cells.merge(answered.groupby(keys).size().rename("n").reset_index(), how="left").fillna({"n": 0})
    counts = (cells[name].to_numpy(dtype=np.int64) for name in ("N_contacts", "N_invited", "n"))
    groups = (cells.groupby(by).ngroup().to_numpy() for by in (["unit", "channel"], ["team"]))
    cells["ours"] = base_weights(*counts, *groups)
    found = answered.merge(cells, on=keys, how="left").set_index("resp_id").loc[answered["resp_id"], "ours"]
    agree(f"base weights {year}", found.to_numpy(), answered["d"].to_numpy())


@pytest.mark.parametrize("year", [2024, 2025])
def test_raking_and_calibration_of_the_synthetic_monitor(respondents: pd.DataFrame, year: int) -> None:
    answered = respondents[respondents["year"] == year]
    columns, totals = margins_of(answered, year)
    base = answered["d"].to_numpy()
    raked = rake(base, columns, totals)
    agree(f"rake() {year} in {raked.steps} sweeps", base * raked.factor, answered["w_rake"].to_numpy())
    starts = np.cumsum([0, *(len(total) for total in totals)])
    design = indicator_matrix([c + start for c, start in zip(columns, starts, strict=False)], int(starts[-1]))
    known = np.concatenate(totals)
    found = calibrate(base, design, known, "raking")
    agree(f"calibrate(raking) {year} in {found.steps} steps", base * found.factor, answered["w_cal"].to_numpy())
    bounded = calibrate(base, design, known, "logit", (0.3, 3.0))
    np.testing.assert_allclose(design.T @ (base * bounded.factor), known, rtol=1e-9)


Scheme = tuple[str, str, Distance | Literal["rake"], tuple[str, ...], tuple[float, float]]
SCHEMES: list[Scheme] = [
    # scheme, sample, distance, auxiliary variables, bounds
    ("ps_clus1", "apiclus1", "linear", ("stype",), UNBOUNDED),  # post-stratification is calibration to one margin
    ("ps_srs", "apisrs", "linear", ("stype",), UNBOUNDED),
    ("cal_lin_clus1", "apiclus1", "linear", ("stype",), UNBOUNDED),
    ("greg_clus1", "apiclus1", "linear", ("stype", "api99"), UNBOUNDED),
    ("cal_bound_clus1", "apiclus1", "linear", ("stype", "sch.wide"), (0.5, 2.0)),
    ("cal_rake_clus1", "apiclus1", "raking", ("stype", "sch.wide"), UNBOUNDED),
    ("cal_logit_clus1", "apiclus1", "logit", ("stype", "sch.wide"), (0.3, 3.0)),
    ("rake_clus1", "apiclus1", "rake", ("stype", "sch.wide"), UNBOUNDED),
    ("rake_srs", "apisrs", "rake", ("stype", "sch.wide"), UNBOUNDED),
    ("rake_strat", "apistrat", "rake", ("stype", "sch.wide"), UNBOUNDED),
    # No raked weight of this sample lies outside 28-34, so trimming leaves them as they are. Trimming itself is not
    # ours: it breaks the margins, bounded calibration takes its place.
    ("rake_srs_trim_28_34_strict", "apisrs", "rake", ("stype", "sch.wide"), UNBOUNDED),
]


def auxiliaries(frame: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Intercept, indicators of all but the first value of a text, numbers as they are."""
    columns = [np.ones(len(frame))]
    for name in names:
        if pd.api.types.is_numeric_dtype(frame[name]):
            columns.append(frame[name].to_numpy(dtype=np.float64))
        else:
            values = sorted(data("apipop")[name].unique())
            columns += [(frame[name] == value).to_numpy(dtype=np.float64) for value in values[1:]]
    return np.array(columns).T


@pytest.mark.parametrize(("scheme", "sample", "distance", "names", "bounds"), SCHEMES, ids=[s[0] for s in SCHEMES])
def test_weights_of_the_school_samples(
    scheme: str, sample: str, distance: Distance | Literal["rake"], names: tuple[str, ...], bounds: tuple[float, float]
) -> None:
    expected = results("survey411_weights")
    expected = expected[(expected["scheme"].str.strip() == scheme) & (expected["dataset"] == sample)].sort_values("row")
    schools, population = data(sample), data("apipop")
    base = schools["pw"].to_numpy(dtype=np.float64)
    if distance == "rake":
        columns: list[np.ndarray] = []
        totals: list[np.ndarray] = []
        for name in names:
            counts = population[name].value_counts().sort_index()
            columns.append(np.searchsorted(counts.index.to_numpy(), schools[name].to_numpy()))
            totals.append(counts.to_numpy(dtype=np.float64))
        factor = rake(base, columns, totals).factor
    else:
        known = auxiliaries(population, names).sum(axis=0)
        factor = calibrate(base, auxiliaries(schools, names), known, distance, bounds).factor
    agree(f"{scheme} ({sample})", base * factor, expected["weight"].to_numpy())


def test_every_scheme_of_the_file_is_compared() -> None:
    assert set(results("survey411_weights")["scheme"].str.strip()) == {scheme for scheme, *_ in SCHEMES}
