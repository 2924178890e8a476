"""Published rows as typed objects, so that a sentence or a figure never asks a frame.

Belongs here: the row types and how they come out of a frame's row. Does not belong here: finding rows (``inputs``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from expectations.model import Window

SHOWN = frozenset({"published", "indicative"})


@dataclass(frozen=True, slots=True)
class Period:
    """One closed period of a window; both days belong to it."""

    window: Window
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of ``publication.estimates``. Numbers are None wherever the status forbids them."""

    figure_id: str
    level: str
    area_code: str
    area_name: str
    target_group: str
    channel: str
    item: str
    measure: str
    window: str
    start: dt.date
    end: dt.date
    n: int | None
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    reliability: float | None
    status: str
    reason: str

    @property
    def shown(self) -> bool:
        """Whether the figure may be printed (perhaps marked as indicative)."""
        return self.status in SHOWN and self.value is not None

    @property
    def indicative(self) -> bool:
        """Shown with the word *indicatief*."""
        return self.status == "indicative"

    @property
    def mixed(self) -> bool:
        """Not shown because the method changed within its period."""
        return self.status == "too_few" and self.reason == "break"

    @property
    def is_share(self) -> bool:
        """A proportion between 0 and 1 (otherwise scale points)."""
        return self.measure != "mean"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of ``publication.comparisons``. ``outcome`` is the only licence to call something higher or lower."""

    item: str
    measure: str
    against: str
    figure_id: str
    reference_figure_id: str
    value: float | None
    reference: float | None
    difference: float | None
    smallest_visible: float | None
    outcome: str
    rule: str
    basis: str = "as_measured"  # what the difference is of

    @property
    def change(self) -> float | None:
        """The figure minus its reference, whatever was tested."""
        return None if self.value is None or self.reference is None else self.value - self.reference


@dataclass(frozen=True, slots=True)
class Peers:
    """One row of ``publication.peers``: comparable areas, without names and without order."""

    item: str
    measure: str
    count: int
    mean: float
    q25: float
    q75: float
    positions: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Responses:
    """One row of ``publication.response``: numbers are None when hidden."""

    dimension: str
    category: str
    contacts: int | None
    excluded: int | None
    invited: int | None
    responses: int | None
    response_rate: float | None
    status: str


def number(value: object) -> float | None:
    """A float, or None for every way a frame says "nothing here"."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    result = float(cast("float", value))
    return None if np.isnan(result) else result


def integer(value: object) -> int | None:
    """Like ``number`` for counts."""
    result = number(value)
    return None if result is None else round(result)


def text(value: object) -> str:
    """A string; empty for missing."""
    return "" if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) else str(value)


def day(value: object) -> dt.date:
    """A date, whatever date type the frame has."""
    return pd.Timestamp(cast("Any", value)).date()


def estimate_row(row: Mapping[str, Any]) -> Estimate:
    """A row of ``publication.estimates``."""
    return Estimate(
        figure_id=text(row["figure_id"]),
        level=text(row["level"]),
        area_code=text(row["area_code"]),
        area_name=text(row["area_name"]),
        target_group=text(row["target_group"]),
        channel=text(row["channel"]),
        item=text(row["item"]),
        measure=text(row["measure"]),
        window=text(row["window"]),
        start=day(row["period_start"]),
        end=day(row["period_end"]),
        n=integer(row["n"]),
        value=number(row["estimate"]),
        se=number(row["se"]),
        low=number(row["ci_low"]),
        high=number(row["ci_high"]),
        reliability=number(row["reliability"]),
        status=text(row["status"]),
        reason=text(row["reason"]),
    )


def comparison_row(row: Mapping[str, Any]) -> Comparison:
    """A row of ``publication.comparisons``."""
    return Comparison(
        item=text(row["item"]),
        measure=text(row["measure"]),
        against=text(row["against"]),
        figure_id=text(row["figure_id"]),
        reference_figure_id=text(row["reference_figure_id"]),
        value=number(row["estimate"]),
        reference=number(row["reference_estimate"]),
        difference=number(row["difference"]),
        smallest_visible=number(row["smallest_visible"]),
        outcome=text(row["outcome"]) or "not_compared",
        rule=text(row["rule"]),
        basis=text(row["basis"]),
    )


def peers_row(row: Mapping[str, Any]) -> Peers:
    """A row of ``publication.peers``; its mean must be known."""
    positions = row["positions"]
    mean, q25, q75 = number(row["peer_mean"]), number(row["peer_q25"]), number(row["peer_q75"])
    assert mean is not None
    return Peers(
        item=text(row["item"]),
        measure=text(row["measure"]),
        count=integer(row["peer_count"]) or 0,
        mean=mean,
        q25=mean if q25 is None else q25,
        q75=mean if q75 is None else q75,
        positions=() if positions is None else tuple(float(value) for value in positions),
    )


def responses_row(row: Mapping[str, Any]) -> Responses:
    """A row of ``publication.response``."""
    return Responses(
        dimension=text(row["dimension"]),
        category=text(row["category"]),
        contacts=integer(row["contacts"]),
        excluded=integer(row["excluded"]),
        invited=integer(row["invited"]),
        responses=integer(row["responses"]),
        response_rate=number(row["response_rate"]),
        status=text(row["status"]),
    )
