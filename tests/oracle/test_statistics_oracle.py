"""Our statistics against what R gives for the same data, to 1e-6 or better; skipped where the files are absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from assets.statistics import comparison, intervals
from assets.statistics.intervals import Floats, Measures, Sums

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
TOLERANCE = 1e-6


def results(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", low_memory=False)


def agree(what: str, ours: Floats, theirs: Floats) -> None:
    """Equal to the tolerance; says how many values were compared."""
    assert len(ours) == len(theirs) > 0
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
    print(f"{what}: {len(ours)} values, largest difference {np.max(np.abs(ours - theirs)):.1e}")


def grouped_sums(y: pd.Series, groups: pd.Series, w: pd.Series | None = None) -> tuple[pd.Index, Sums]:
    """Sums per group in order of group; without weights everyone counts once."""
    weight = pd.Series(1.0, index=y.index) if w is None else w
    known = y.notna()
    y, weight, groups = y[known].astype(float), weight[known].astype(float), groups[known]
    frame = pd.DataFrame(
        {
            "n": 1.0, "sum_w": weight, "sum_w2": weight**2, "sum_wy": weight * y, "sum_w2y": weight**2 * y,
            "sum_wy2": weight * y**2, "sum_w2y2": weight**2 * y**2,
        }
    ).groupby(groups).sum()  # fmt: skip
    return frame.index, Sums.simple(**{name: frame[name].to_numpy() for name in frame.columns})


def test_wilson_equals_the_binomial_interval() -> None:
    grid = results("apt_binomial_ci")
    low, high = intervals.wilson((grid["x"] / grid["n"]).to_numpy(), grid["n"].to_numpy(float), comparison.NORMAL_95)
    agree("Wilson low", low, grid["wil_lo"].to_numpy())
    agree("Wilson high", high, grid["wil_hi"].to_numpy())


def test_wilson_with_effective_n_and_t_equals_r_survey() -> None:
    school = data("apisrs")
    rows = results("survey45")
    expected = rows[(rows["id"] == "ciprop_wilson") & (rows["dataset"] == "apisrs") & (rows["design"] == "srs")]
    for name, indicator in (("ell0", school["ell"] == 0), ("comp", school["comp.imp"] == "Yes")):
        row = expected.set_index("stat").loc[name]
        _, sums = grouped_sums(indicator.astype(float), pd.Series(0, index=school.index))
        share = intervals.mean(sums)
        se = intervals.taylor_se(sums) * np.sqrt(1 - len(school) / 6194)  # R's interval is for the finite population
        agree(f"svyciprop se {name}", se, np.array([row["se"]], dtype=float))
        # R does not cap the effective number at n; on this sample the finite population lifts it above
        low, high = intervals.wilson(share, share * (1 - share) / se**2, intervals.t_quantile(sums.n - 1, 0.95))
        bounds = np.array([row["lo"], row["hi"]], dtype=float)
        agree(f"svyciprop wilson {name}", np.concatenate([low, high]), bounds)


def test_t_quantiles() -> None:
    table = results("apt_t_quantiles")
    for column, confidence in (("t90", 0.90), ("t95", 0.95), ("t99", 0.99)):
        agree(column, intervals.t_quantile(table["df"].to_numpy(float), confidence), table[column].to_numpy())


def test_the_standard_error_of_a_simple_random_sample() -> None:
    school = data("apisrs")
    _, sums = grouped_sums(school["api00"], pd.Series(0, index=school.index))
    with_fpc = intervals.taylor_se(sums) * np.sqrt(1 - len(school) / 6194)
    agree("apisrs mean", intervals.mean(sums), np.array([656.585]))
    agree("apisrs se (finite population put back)", with_fpc, np.array([9.2497220392828119]))


def test_weighted_means_and_standard_errors_of_single_stratum_domains() -> None:
    """Team estimates of R survey with team x quarter strata: the means are equal, the standard errors close."""
    responses = data("synth_responses")
    weights = results("synth_oracle_weights")
    merged = responses.merge(weights[["resp_id", "d"]], on="resp_id")
    oracle = results("synth_oracle")
    expected = oracle[
        (oracle["year"] == 2025) & (oracle["fpc"] == "nofpc") & (oracle["scheme"] == "base")
        & (oracle["level"] == "team") & (oracle["variable"] == "mark")
    ].set_index("domain")  # fmt: skip
    year = merged[merged["year"] == 2025]
    teams, sums = grouped_sums(year["mark"], year["team"], year["d"])
    agree("team means", intervals.mean(sums), expected.loc[teams, "estimate"].to_numpy())
    ratio = intervals.taylor_se(sums) / expected.loc[teams, "se"].to_numpy()
    large = sums.n >= 50
    print(f"team se without strata: {large.sum()} teams, ratio {ratio[large].min():.3f}-{ratio[large].max():.3f}")
    assert np.all(np.abs(ratio[large] - 1) < 0.05)


def test_the_mean_and_interval_of_each_domain_of_a_simple_random_sample() -> None:
    """R's t test of one sample per type of school: mean +- t se, computed here by scipy from the schools themselves."""
    school = data("apisrs")
    types, sums = grouped_sums(school["api00"], school["stype"])
    count = len(types)
    kind = Measures(np.full(count, False), np.zeros(count), np.full(count, 1000.0))
    found = intervals.estimate(sums, kind, np.full(count, np.nan), 0.95)
    rows = results("survey411")
    expected = rows[(rows["id"] == "by") & (rows["dataset"] == "apisrs")].set_index("domain").loc[list(types)]
    agree("svyby means", found.estimate, expected["estimate"].astype(float).to_numpy())
    samples = [school.loc[school["stype"] == t, "api00"] for t in types]
    direct = [stats.t.interval(0.95, len(y) - 1, y.mean(), stats.sem(y)) for y in samples]
    agree("t intervals", np.concatenate([found.ci_low, found.ci_high]), np.array(direct).T.ravel())
