"""Differences, funnels and control charts against what R gives for the same data; skipped where it is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics import comparison, xmr
from assets.statistics.comparison import Figures
from assets.statistics.intervals import Floats

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
EXACT = 1e-9
RULES = {
    "Common Cause": xmr.COMMON,
    "Above UCL": xmr.ABOVE,
    "Below LCL": xmr.BELOW,
    "7 Point Trend (Increasing)": xmr.TREND_UP,
    "7 Point Trend (Decreasing)": xmr.TREND_DOWN,
    "2 in 3 Above CL": xmr.TWO_HIGH,
    "2 in 3 Below CL": xmr.TWO_LOW,
    "7 Points Above CL": xmr.RUN_HIGH,
    "7 Points Below CL": xmr.RUN_LOW,
}


def results(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)


def agree(what: str, ours: Floats, theirs: Floats, tolerance: float = EXACT) -> None:
    """Equal to the tolerance, relative to the values; says how many were compared."""
    assert len(ours) == len(theirs) > 0
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    print(f"{what}: {len(ours)} values, largest relative difference {np.max(np.abs(ours / theirs - 1)):.1e}")


def test_limits_and_rules_equal_the_nhs_package_at_every_point() -> None:
    table = results("spc_nhsr_oracle")
    same, limits, expected = 0, [], []
    for (case, screened, _), rows in table.groupby(["case", "screen", "rebase_group"], sort=False):
        values = rows["y"].to_numpy(float)
        baseline = 12 if str(case).endswith("_fix12") else None
        found = xmr.xmr(values, screened=bool(screened), baseline=baseline)
        labels = xmr.rules(values, found)
        same += int((labels == rows["type"].map(RULES).to_numpy()).sum())
        ours = np.concatenate([found.centre, found.lower, found.upper])
        theirs = rows[["mean", "lpl", "upl"]].to_numpy(float).T.ravel()
        known = ~np.isnan(
            theirs
        )  # the package has no limits for a screened series without variation; ours are its mean
        limits.append(ours[known])
        expected.append(theirs[known])
        assert np.all(known) or case == "case_flat"
    print(f"rule labels: {same} of {len(table)} the same, {table['case'].nunique()} series")
    assert same == len(table) == 588
    agree("centre and limits", np.concatenate(limits), np.concatenate(expected))


def test_laney_s_limits_of_a_proportion() -> None:
    table = results("spc_laney_pprime_ae")
    found = xmr.laney(table["p"].to_numpy(float), table["n"].to_numpy(float))
    for name, ours in (("pbar", found.centre), ("lcl", found.lower), ("ucl", found.upper)):
        agree(f"p' {name}", ours, table[name].to_numpy(float))


def test_individual_values_equal_qcc_but_for_the_rounding_of_its_constant() -> None:
    expected = results("spc_qcc_ae_perf").set_index("what")["value"]
    table = results("spc_nhsr_oracle")
    values = table.loc[table["case"] == "ae_total_perf_4h", "y"].to_numpy(float)
    found = xmr.xmr(values, screened=False)
    centre, lower, upper = (expected[f"xbar.one {name}"] for name in ("center", "LCL", "UCL"))
    agree("qcc centre", found.centre[:1], np.array([centre]))
    exact = 3 / xmr.RANGE_TO_SIGMA / xmr.TO_LIMITS
    ours = found.centre[0] + exact * (np.array([found.lower[0], found.upper[0]]) - found.centre[0])
    agree("qcc limits", ours, np.array([lower, upper]))


def test_year_on_year_differences() -> None:
    table = results("apt_yoy_teams")
    table = table.assign(df24=table["n24"] - 1, df25=table["n25"] - 1)
    now, then = (
        Figures(*(table[f"{name}{year}"].to_numpy(float) for name in ("estimate_", "se_", "df")))
        for year in ("25", "24")
    )
    found = comparison.independent(now, then)
    for name, ours in (("D", found.difference), ("seD", found.se), ("df", found.df), ("p", found.p_value)):
        agree(f"year on year {name}", ours, table[name].to_numpy(float))
    q_value = comparison.benjamini_hochberg(found.p_value, np.zeros(len(table), dtype=np.int64))
    agree("year on year q", q_value, table["q"].to_numpy(float))


def test_false_discovery_rates() -> None:
    table = results("padjust_oracle")
    found = comparison.benjamini_hochberg(table["p"].to_numpy(float), np.zeros(len(table), dtype=np.int64))
    agree("Benjamini-Hochberg", found, table["BH"].to_numpy(float), 1e-12)


def test_the_funnel_of_means() -> None:
    table = results("funnel_mean_oracle")
    family = np.zeros(len(table), dtype=np.int64)
    y, se, target = (table[name].to_numpy(float) for name in ("est", "se", "target"))
    found = comparison.funnel(y, se, target, family)
    for name, ours in (("z", found.z), ("phi", found.phi), ("tau2_winsor", found.tau2), ("z_od", found.z_od)):
        agree(f"funnel of means {name}", ours, table[name].to_numpy())


def test_the_funnel_of_proportions_on_the_arcsine_scale() -> None:
    table = results("funnel_oracle")
    for case in ("medpar_died_PR_n5", "synth_top_2025_PR"):
        rows = table[table["case"] == case]
        y, se = comparison.arcsine(rows["rate"].to_numpy(float), rows["denom"].to_numpy(float))
        target, _ = comparison.arcsine(rows["target"].to_numpy(float), rows["denom"].to_numpy(float))
        found = comparison.funnel(y, se, target, np.zeros(len(rows), dtype=np.int64))
        for name, ours in (("Y", y), ("s", se), ("z", found.z), ("phi", found.phi), ("tau2", found.tau2)):
            agree(f"{case} {name}", ours, rows[name].to_numpy(float))


def test_the_funnel_of_its_author_s_test_case() -> None:
    """Six ratios on the log scale, too few to winsorise: phi = 2.948033 in the package's own test."""
    table = results("funnel_oracle")
    rows = table[table["case"] == "funnelplotr_test_SR"]
    y, se, target = rows["Y"].to_numpy(float), rows["s"].to_numpy(float), np.log(rows["target"].to_numpy(float))
    found = comparison.funnel(y, se, target, np.zeros(len(rows), dtype=np.int64), winsorise=0)
    agree("FunnelPlotR phi", found.phi[:1], np.array([2.9480331751023581]))
    agree("FunnelPlotR tau2", found.tau2, rows["tau2"].to_numpy(float))
