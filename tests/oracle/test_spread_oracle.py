"""Uniformity and drivers against what R gives for the same data; skipped where the files (or R) are absent."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics import drivers, nested, uniformity
from assets.statistics.intervals import Floats

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
TAU2_TOLERANCE, LMG_TOLERANCE = 1e-8, 1e-9
Family = np.ndarray[tuple[int], np.dtype[np.int64]]


def results(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", low_memory=False)


def agree(what: str, ours: Floats, theirs: Floats, tolerance: float) -> None:
    """Equal to the tolerance; says how many values were compared."""
    assert len(ours) == len(theirs) > 0
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    print(f"{what}: {len(ours)} values, largest difference {np.max(np.abs(ours - theirs)):.1e}")


def teams() -> tuple[Floats, Floats, pd.DataFrame]:
    table = results("apt_fh_teams")
    return table["est"].to_numpy(), table["se"].to_numpy(), table


def memberships(table: pd.DataFrame) -> np.ndarray:
    district = table["team"].str.replace(r"T\d+$", "", regex=True)
    return np.array([pd.factorize(column)[0] for column in (table["unit"], district, table["team"])])


@pytest.mark.parametrize("case", ["teams", "milk"])
def test_between_area_variance_by_every_estimator(case: str) -> None:
    if case == "teams":
        (y, se, _), expected = teams(), results("apt_tau2_teams")
        expected = expected[expected["mods"] == "none"]
    else:
        areas, expected = data("milk"), results("milk_metafor_tau2")
        y, se = areas["yi"].to_numpy(), areas["SD"].to_numpy()
    one = np.zeros(len(y), dtype=np.int64)
    tau2 = np.concatenate([uniformity.ESTIMATORS[name](y, se, one, 1) for name in expected["method"]])
    agree(f"{case} tau2", tau2, expected["tau2"].to_numpy(), TAU2_TOLERANCE)
    share = np.concatenate([uniformity.i_squared(np.array([t]), se, one, 1) for t in tau2])
    agree(f"{case} I2", 100 * share, expected["I2"].to_numpy(), TAU2_TOLERANCE)
    mean = np.concatenate([uniformity.weighted_mean(y, se, np.array([t]), one, 1) for t in tau2])
    agree(f"{case} mean", mean, expected["mu"].to_numpy(), TAU2_TOLERANCE)
    q = np.repeat(uniformity.homogeneity(y, se, one, 1).q, len(expected))
    agree(f"{case} Q", q, expected["Q"].to_numpy(), TAU2_TOLERANCE)


def test_the_interval_and_the_components_of_teams() -> None:
    """Printed by metafor 3.8-1: ``confint(rma(...))`` and ``rma.mv(random = ~ 1 | unit/dist/team)`` (BFGS)."""
    y, se, table = teams()
    bounds = uniformity.q_profile(y, se, np.zeros(len(y), dtype=np.int64), 1, 0.95)
    agree("Q-profile", np.concatenate(bounds), np.array([0.023630799577524, 0.051722980315999]), 1e-9)
    components = nested.components(y, se, memberships(table))
    agree("nested components", components, np.array([0.0107837170, 0.0060320736, 0.0215142308]), 1e-7)


@pytest.mark.parametrize(("case", "weighted"), [("swiss", False), ("synth2025", False), ("synth2025", True)])
def test_division_of_explained_variance(case: str, weighted: bool) -> None:
    expected = results("lmg_oracle")
    expected = expected[(expected["dataset"] == case) & (expected["weighted"] == weighted)]
    items = expected["predictor"].tolist()
    if case == "swiss":
        frame = data("swiss")
        values, weight = frame[[*items, "Fertility"]].to_numpy(float), np.ones(len(frame))
    else:
        frame = data("synth_responses").merge(results("synth_oracle_weights"), on="resp_id")
        frame = frame[frame["year"] == 2025].dropna(subset=[*items, "mark"])
        values = frame[[*items, "mark"]].to_numpy(float)
        weight = frame["w_cal"].to_numpy() if weighted else np.ones(len(frame))
    moments = drivers.block_moments(values, weight, np.zeros(len(values), dtype=np.int64), 1)[0]
    correlation = drivers.correlations(moments)
    lmg = drivers.lmg(correlation)
    agree(f"{case} LMG", lmg, expected["lmg"].to_numpy(), LMG_TOLERANCE)
    agree(
        f"{case} relative weights", drivers.relative_weights(correlation), expected["genizi"].to_numpy(), LMG_TOLERANCE
    )
    agree(f"{case} R2", lmg.sum(keepdims=True), expected["R2"].to_numpy()[:1], LMG_TOLERANCE)
    brute = results("apt_lmg")
    brute = brute[brute["dataset"] == ("synth2025_weighted" if weighted else case)]
    if len(brute):
        agree(f"{case} LMG by brute force", lmg, brute["lmg"].to_numpy(), LMG_TOLERANCE)


R_PROGRAM = """
suppressMessages(library(metafor)); options(digits = 17)
set.seed(4)
for (i in 1:40) {
  k <- sample(4:60, 1); se <- runif(k, .05, .4); y <- rnorm(k, 7, sqrt(se^2 + sample(c(0, .01, .1), 1)))
  f <- rma(y, sei = se, method = "PM", control = list(tol = 1e-14))
  ci <- confint(f, control = list(tol = 1e-14))$random[1, ]
  numbers <- c(f$tau2, ci[["ci.lb"]], ci[["ci.ub"]], f$QEp, f$I2 / 100)
  cat(paste(y, collapse = ","), paste(se, collapse = ","), numbers, "\\n", sep = ";")
}
"""


@pytest.mark.slow
def test_random_families_of_areas_against_metafor() -> None:
    """A second opinion on fresh data: one call of R for 40 families."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("R is not installed here")
    run = subprocess.run([rscript, "-e", R_PROGRAM], capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip(f"R has no metafor here: {run.stderr.strip()[-200:]}")
    ours, theirs = [], []
    for line in run.stdout.splitlines():
        y_text, se_text, *numbers = line.rstrip(";").split(";")
        y, se = (np.array(text.split(","), dtype=float) for text in (y_text, se_text))
        one = np.zeros(len(y), dtype=np.int64)
        tau2 = uniformity.paule_mandel(y, se, one, 1)
        low, high = uniformity.q_profile(y, se, one, 1, 0.95)
        p_value = uniformity.homogeneity(y, se, one, 1).p_value
        ours += [tau2[0], low[0], high[0], p_value[0], uniformity.i_squared(tau2, se, one, 1)[0]]
        theirs += [float(number) for number in numbers]
    agree("random families", np.array(ours), np.array(theirs), 1e-6)
