"""A second opinion on designs nobody has seen before: R ``survey``, where it is installed, on random samples.

Every run draws other designs; the seed is in the message of a failure, and ``SECOND_OPINION_SEED`` draws them again.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics import design
from assets.statistics.design import Design, Linearised
from assets.statistics.intervals import Floats

DESIGNS = 20
TOLERANCE = 1e-9
SCRIPT = Path(__file__).with_name("second_opinion.R")


def random_design(rng: np.random.Generator, number: int) -> pd.DataFrame:
    """Respondents in strata of any size, often one; clusters, a finite population and calibration in half."""
    n = int(rng.integers(20, 120))
    stratum = rng.integers(0, rng.integers(1, 9), n)
    cluster = rng.integers(0, rng.integers(3, 12), n) if rng.random() < 0.5 else np.arange(n)
    units = pd.Series(cluster).groupby(stratum).nunique()
    population = units.loc[stratum].to_numpy() * rng.uniform(1.0, 5.0, stratum.max() + 1)[stratum]
    weight = rng.uniform(1, 20, n)
    mark = np.clip(np.round(rng.normal(6.5, 2, n) + stratum / 4 + 2 * np.sin(cluster)), 1, 10)
    return pd.DataFrame(
        {
            "design": number,
            "h": stratum,
            "c": cluster,
            "w": weight,
            "target": weight * rng.uniform(0.7, 1.5, n),
            "N": population if rng.random() < 0.5 else np.nan,
            "calibrated": int(rng.random() < 0.5),
            "a": np.append(np.arange(2), rng.integers(0, 2, n - 2)),
            "b": np.append(np.arange(3), rng.integers(0, 3, n - 3)),
            "g": np.append([0, 0, 1, 1], rng.integers(0, 2, n - 4)),
            "y": np.where((rng.random(n) < 0.2) & (np.arange(n) >= 4), np.nan, mark),
            "x": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(1, 5, n)),
        }
    )


def by_r(rows: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, Floats]:
    """What R says of every design, and the weights after its calibration."""
    files = [str(folder / name) for name in ("rows.csv", "results.csv", "weights.csv")]
    rows.to_csv(files[0], index=False)
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed")
    done = subprocess.run([program, "--vanilla", str(SCRIPT), *files], capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R is installed without its package survey")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(files[1]).set_index(["design", "what"]), pd.read_csv(files[2])["weight"].to_numpy()


def by_us(rows: pd.DataFrame, weight: Floats) -> dict[str, tuple[float, float]]:
    """The same estimates from our formulas."""
    y, x, g = (rows[name].to_numpy(float) for name in "yxg")
    everyone, domain = np.ones((len(rows), 1)), (g == 1).astype(float)[:, None]
    halves = design.domain_means(weight, y, rows["g"].to_numpy(), 2)
    found: dict[str, Linearised] = {
        "mean": design.means(weight, y[:, None], everyone),
        "mean of domain": design.means(weight, y[:, None], domain),
        "total of domain": design.totals(weight, y[:, None], domain),
        "ratio": design.ratios(weight, y[:, None], x[:, None]),
        "difference": halves.combine(np.array([[-1.0], [1.0]])),
    }
    stratum, names = pd.factorize(rows["h"])
    population = None if rows["N"].isna().any() else rows.groupby("h")["N"].first().loc[names].to_numpy()
    sampled = Design(stratum, rows["c"].to_numpy(), population=population)
    margins = pd.get_dummies(rows[["a", "b"]].astype(str)).to_numpy(float)
    calibrated = bool(rows["calibrated"].iloc[0])
    result = {}
    for what, one in found.items():
        z = design.residuals(one.z, rows["w"].to_numpy(), margins) if calibrated else one.z
        result[what] = (float(one.estimate[0]), float(np.sqrt(design.variance(z * weight[:, None], sampled)[0])))
    return result


def test_random_designs_have_the_standard_errors_of_r(tmp_path: Path) -> None:
    seed = int(os.environ.get("SECOND_OPINION_SEED", secrets.randbits(32)))
    rng = np.random.default_rng(seed)
    rows = pd.concat([random_design(rng, number) for number in range(DESIGNS)], ignore_index=True)
    theirs, weight = by_r(rows, tmp_path)
    largest, count = 0.0, 0
    for number, part in rows.groupby("design"):
        for what, mine in by_us(part, weight[part.index]).items():
            expected = theirs.loc[(number, what), ["estimate", "se"]].to_numpy(float)
            difference = np.abs(np.array(mine) - expected) / np.maximum(np.abs(expected), 1.0)
            assert difference.max() < TOLERANCE, f"seed {seed}, design {number}, {what}: {mine} and by R {expected}"
            largest, count = max(largest, float(difference.max())), count + 2
    print(f"{DESIGNS} random designs (seed {seed}): {count} values, largest difference {largest:.1e}")
