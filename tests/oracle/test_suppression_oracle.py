"""Secondary suppression against GaussSuppression 1.0.0 (R), exact sets; skipped where the files are absent.

Covered: the five tables with ``singletonMethod = "none"``, and four quarters released one after another with all
cumulative windows, with and without what the releases before had published. Not covered: ``*_intervals.csv`` (bounds on
hidden numbers) belong to the audit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics.intervals import Bools, Floats, Integers
from assets.statistics.suppression import Eliminator, Rows, secondary

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics/data/sdc"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="suppression problems are not in ../shared/data/statistics")
LARGEST_SMALL = 15  # of the sequence of releases


def numbers(name: str) -> Integers:
    return pd.read_csv(FOLDER / f"{name}.csv", header=None)[0].to_numpy(np.int64)


@pytest.mark.parametrize("name", ["d2_maxN3", "mun_accidents_maxN3", "synth_U01_2025_maxN9", "z1_maxN4", "z2_maxN4"])
def test_the_same_cells_are_hidden(name: str) -> None:
    order, primary, expected = (numbers(f"{name}_{part}") for part in ("candidates", "primary", "secondary"))
    entries = pd.read_csv(FOLDER / f"{name}_x.csv")
    assert (entries["x"] == 1).all()
    inner = (entries["i"] - 1).groupby(entries["j"]).apply(list)
    table = Rows.of([inner.get(cell, []) for cell in range(1, int(max(inner.index.max(), order.max())) + 1)])
    found = secondary(table, order - 1, primary - 1) + 1
    assert sorted(found) == sorted(expected)
    print(f"{name}: {len(table)} cells, {len(primary)} primary, {len(expected)} secondary, the same set")


WINDOWS = {
    "Q1": "1", "Q2": "2", "Q3": "3", "Q4": "4", "quarter_Q1_Q2": "12", "quarter_Q1_Q3": "123", "Total": "1234",
}  # fmt: skip
REST = {"not Q1-Q2": "34", "not Q1-Q3": "4"}
"""The complements of cumulative windows: R makes these cells too, protects the small ones and leaves them out."""


def membership(inner: pd.DataFrame, cells: pd.DataFrame) -> Bools:
    """Which inner cells are in which cells, shape (cells, inner)."""
    masks = [
        [quarter[1] in {**WINDOWS, **REST}[cell.quarter] for quarter in inner["quarter"]]
        & ((inner["main_income"] == cell.main_income) | (cell.main_income == "Total")).to_numpy()
        & ((inner["size"] == cell.size_) | (cell.size_ == "Total")).to_numpy()
        for cell in cells.rename(columns={"size": "size_"}).itertuples()
    ]
    return np.array(masks)


def priority(member: Floats, counts: Integers) -> Floats:
    """R's default: zeros first, then large first; of equal ones first those that share most with large ones."""
    weight = member @ counts + 1
    tie = member @ (member.T @ weight)
    score = weight + 0.99 * tie / tie.max()
    return np.where(weight == 1, score + score.max(), score)


@pytest.mark.parametrize("name", ["incrtime_with_history", "incrtime_without_history"])
def test_releases_one_after_another_hide_the_same_cells(name: str) -> None:
    respondents = pd.read_csv(FOLDER / "incrtime_input.csv")
    inner = respondents.groupby(["quarter", "main_income", "size"], as_index=False)["freq"].sum()
    counts = inner["freq"].to_numpy()
    cells = pd.read_csv(FOLDER / f"{name}.csv")
    forced = cells.get("forced", pd.Series(False, index=cells.index)).to_numpy()
    primary = cells["primary"].to_numpy()
    member = membership(inner, cells)
    assert (member @ counts).tolist() == cells["freq"].tolist()
    keys = [sorted(cells[name].unique()) for name in ("main_income", "size")]
    rest = pd.MultiIndex.from_product([REST, *keys], names=["quarter", "main_income", "size"]).to_frame(index=False)
    unseen = membership(inner, rest)

    engine = Eliminator(np.zeros(len(inner), dtype=np.bool_))
    engine.protect(sets(member[primary]))
    engine.protect(sets(unseen[unseen @ counts <= LARGEST_SMALL]))
    assert engine.publish(sets(member[forced])).tolist() == []
    score = priority(np.vstack([member, unseen]).astype(np.float64), counts)[: len(cells)]
    cumulative = cells["quarter"].str.startswith("quarter_").to_numpy()
    order = np.lexsort([-score, cumulative])
    order = order[~(primary | forced)[order]]
    hidden = primary.copy()
    hidden[order[~engine.offer(sets(member[order]))]] = True
    assert hidden.tolist() == cells["suppressed"].tolist()
    compared = f"{len(cells)} cells, {forced.sum()} published before, {(hidden & ~primary).sum()} secondary"
    print(f"{name}: {compared}, the same set")


def sets(member: Bools) -> Rows:
    return Rows.of([np.flatnonzero(row).tolist() for row in member])
