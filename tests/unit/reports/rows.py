"""Single published rows by hand, for tests of one rule."""

from __future__ import annotations

import datetime as dt
from typing import Any

from reports.figures.dot_range import Row
from reports.inputs import Comparison, Estimate, Peers

START, END = dt.date(2025, 10, 1), dt.date(2026, 9, 30)


def estimate(value: float | None = 0.71, half: float = 0.04, **changes: Any) -> Estimate:
    """A published percentage of a team; ``half`` is half the width of its range."""
    fields: dict[str, Any] = {
        "figure_id": "f1",
        "level": "team",
        "area_code": "T1",
        "area_name": "Voorbeeldstad",
        "target_group": "all",
        "channel": "all",
        "item": "satisfaction",
        "measure": "positive",
        "window": "four_quarters",
        "start": START,
        "end": END,
        "n": 466,
        "value": value,
        "se": half / 2,
        "low": None if value is None else value - half,
        "high": None if value is None else value + half,
        "reliability": 0.72,
        "status": "published",
        "reason": "",
    }
    return Estimate(**{**fields, **changes})


def hidden(**changes: Any) -> Estimate:
    """A row of which nothing may be known, the number of answers included."""
    return estimate(None, status="hidden", reason="disclosure", n=None, se=None, reliability=None, **changes)


def row(label: str, value: float | None, half: float = 0.03, reference: float | None = None, **changes: Any) -> Row:
    """A row of a figure; without value it is hidden."""
    own = hidden() if value is None else estimate(value, half, **changes)
    return Row(label, own, reference, "", "" if value is not None else "te weinig antwoorden")


def comparison(outcome: str, **changes: Any) -> Comparison:
    """The result of a tested difference of five points."""
    fields: dict[str, Any] = {
        "item": "satisfaction",
        "measure": "positive",
        "against": "year_earlier",
        "figure_id": "f1",
        "reference_figure_id": "f0",
        "value": 0.71,
        "reference": 0.66,
        "difference": 0.05,
        "smallest_visible": 0.058,
        "outcome": outcome,
        "rule": {"higher": "difference", "lower": "difference"}.get(outcome, "not_visible"),
    }
    return Comparison(**{**fields, **changes})


def peers(mean: float = 0.70, **changes: Any) -> Peers:
    """Fifteen comparable teams around a mean."""
    fields: dict[str, Any] = {
        "item": "satisfaction",
        "measure": "positive",
        "count": 15,
        "mean": mean,
        "q25": mean - 0.02,
        "q75": mean + 0.02,
        "positions": tuple(round(mean + step / 100, 2) for step in range(-7, 8)),
    }
    return Peers(**{**fields, **changes})
