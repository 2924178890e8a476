"""Adjusted and shrunken figures of teams against what R gives for the same data; skipped where the files are absent.

Not covered: ``lmer_*.csv`` (a random intercept per team on respondents). Our shrunken estimates are of the area-level
model, which metafor and sae fit to the same teams.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics import casemix, small_area
from assets.statistics.casemix import Design
from assets.statistics.intervals import Floats

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
CASEMIX, FAY_HERRIOT = 1e-9, 1e-8  # as the manifest has them
ADJUSTERS = ("channel", "grp", "age")
CLASSES = {"internet": 0, "videoaangifte": 0, "0900": 1, "112": 1}  # all others: face to face


def results(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)


def agree(what: str, ours: Floats, theirs: pd.Series | Floats, tolerance: float) -> None:
    """Equal to the tolerance; says how many values were compared."""
    expected = np.asarray(theirs, dtype=np.float64)
    assert len(ours) == len(expected) > 0
    print(f"{what}: {len(ours)} values, largest difference {np.max(np.abs(ours - expected)):.1e}")
    np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Marks of 2025 in the synthetic police."""
    columns = ["team", "year", "mark", *ADJUSTERS]
    rows = pd.read_csv(FOLDER / "data" / "synth_responses.csv", usecols=columns, dtype={"channel": str})
    return rows[(rows["year"] == 2025) & rows["mark"].notna()]


def belonging(groups: pd.Series) -> Floats:
    """A column per group: who belongs to it."""
    return pd.get_dummies(groups).to_numpy(np.float64)


def codes(rows: pd.DataFrame) -> tuple[Design, dict[str, list[str]]]:
    values = {name: sorted(rows[name].unique()) for name in ADJUSTERS}
    columns = [pd.Categorical(rows[name], categories=values[name]).codes for name in ADJUSTERS]
    return Design(np.column_stack(columns).astype(np.int64), tuple(map(len, values.values()))), values


def test_team_means_at_equal_mix_equal_lm_with_a_factor_per_team(answers: pd.DataFrame) -> None:
    expected = results("casemix_oracle")
    area = pd.Categorical(answers["team"], categories=expected["team"]).codes.astype(np.int64)
    design, values = codes(answers)
    mark = answers["mark"].to_numpy(float)
    sums = casemix.normal_equations(area, len(expected), design, np.ones(len(mark)), mark[:, None])
    slopes = casemix.within_areas(sums)
    found = casemix.at_equal_mix(sums, slopes)
    agree("raw means", found.raw[0], expected["raw"], CASEMIX)
    agree("means at equal mix", found.adjusted[0], expected["pma_adjusted"], CASEMIX)

    names = [f"{name}{code}" for name, codes_ in values.items() for code in codes_]
    own = dict(zip(names, slopes.coefficients[0], strict=True))
    rows = results("casemix_beta_oracle")
    reference = [
        next(f"{name}{values[name][0]}" for name in ADJUSTERS if term.startswith(name)) for term in rows["term"]
    ]
    effects = [own[term] - own[base] for term, base in zip(rows["term"], reference, strict=True)]
    agree("effects of the mix", np.array(effects), rows["beta"], CASEMIX)

    kinds = answers["channel"].map(CLASSES).fillna(2).to_numpy().astype(np.int64)
    classes = Design(kinds[:, None], (3,))
    by_class = casemix.normal_equations(area, len(expected), classes, np.ones(len(mark)), mark[:, None])
    agree("direct", casemix.directly_standardised(by_class, slice(0, 3), 1)[0], expected["direct_std"], CASEMIX)

    def per_team(values: Floats) -> Floats:
        return np.bincount(area, weights=values).astype(np.float64)

    high = (mark >= 8).astype(float)
    chances = casemix.expected_chances(design, np.ones(len(mark)), high)
    agree("observed", per_team(high), expected["O"], CASEMIX)
    agree("expected", per_team(chances), expected["E"], CASEMIX)
    agree("variance of expected", per_team(chances * (1 - chances)), expected["vE"], CASEMIX)


@pytest.mark.parametrize("method", ["REML", "ML", "FH"])
def test_milk_equals_sae(method: small_area.Method) -> None:
    milk = pd.read_csv(FOLDER / "data" / "milk.csv")
    expected = results("milk_fh_oracle").set_index("method").loc[method]
    figures = (milk["yi"].to_numpy()[None], milk["SD"].to_numpy()[None] ** 2)
    found = small_area.fay_herriot(*figures, belonging(milk["MajorArea"]), method)
    agree(f"{method} variance between", found.between, expected["refvar"].to_numpy()[:1], FAY_HERRIOT)
    agree(f"{method} predictors", found.estimate[0], expected["eblup"], FAY_HERRIOT)
    agree(f"{method} mean squared errors", found.mse[0], expected["mse"], FAY_HERRIOT)


def test_milk_without_covariates_equals_metafor() -> None:
    milk, expected = pd.read_csv(FOLDER / "data" / "milk.csv"), results("milk_metafor_blup_reml_nocov")
    tau2 = results("milk_metafor_tau2").set_index("method")["tau2"]
    figures = (milk["yi"].to_numpy()[None], milk["SD"].to_numpy()[None] ** 2, np.ones((len(milk), 1)))
    found = small_area.fay_herriot(*figures)
    agree("metafor predictors", found.estimate[0], expected["blup"], FAY_HERRIOT)
    between = [small_area.fay_herriot(*figures, method).between[0] for method in ("REML", "ML", "FH")]
    # the moment estimate of Fay and Herriot without covariates is that of Paule and Mandel
    agree("metafor REML, ML, PM", np.array(between), tau2[["REML", "ML", "PM"]], FAY_HERRIOT)


def test_teams_equal_metafor_with_and_without_units() -> None:
    teams = results("apt_fh_teams")
    figures = (teams["est"].to_numpy()[None], teams["se"].to_numpy()[None] ** 2)
    for name, x in (("fh", belonging(teams["unit"])), ("eb", np.ones((len(teams), 1)))):
        found = small_area.fay_herriot(*figures, x)
        agree(f"{name} predictors", found.estimate[0], teams[f"{name}_eblup"], FAY_HERRIOT)
        sum_w2 = ((1 / (found.between[:, None] + figures[1])) ** 2).sum(axis=1)[:, None]
        g3 = (1 - found.weight) ** 2 * 2 / sum_w2 / (found.between[:, None] + figures[1])
        # metafor leaves out that A is an estimate: 2 g3
        agree(f"{name} errors but for A", np.sqrt(found.mse - 2 * g3)[0], teams[f"{name}_se"], FAY_HERRIOT)
