"""Bounds of hidden cells against what R finds for the same tables; skipped where the files are absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics.disclosure_bounds import bounds, of_members

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics/data/sdc"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="tables of R are not in ../shared/data/statistics/data/sdc")
TABLES = {"z1_maxN4": ("ant", 4), "z2_maxN4": ("ant", 11), "mun_accidents_maxN3": ("freq", 8)}


@pytest.mark.parametrize("name", TABLES)
def test_bounds_of_hidden_cells_equal_those_of_r(name: str) -> None:
    size, intervals = TABLES[name]
    cells = pd.read_csv(FOLDER / f"{name}_intervals.csv")
    members = pd.read_csv(FOLDER / f"{name}_x.csv").sort_values(["j", "i"])  # inner cell i belongs to cell j
    starts = np.concatenate([[0], members["j"].value_counts().reindex(range(1, len(cells) + 1)).cumsum()])
    relations = of_members(starts.astype(np.int64), members["i"].to_numpy() - 1)
    inner = int(members["i"].max())
    n = np.concatenate([cells[size].mask(cells["suppressed"]).to_numpy(np.float64), np.full(inner, np.nan)])
    wanted = np.flatnonzero(cells["lo"].notna())
    low, high = bounds(relations, n, np.zeros(len(n)), np.full(len(n), np.inf), wanted)
    print(f"{name}: {len(wanted)} intervals")
    assert len(wanted) == intervals
    np.testing.assert_allclose(low, cells["lo"][wanted], atol=1e-6)
    np.testing.assert_allclose(high, cells["up"][wanted], atol=1e-6)
