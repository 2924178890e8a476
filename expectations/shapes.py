"""What a taken delivery looks like to the rule compiler, and what a statistics column is.

Belongs here: small value objects that the importers, the compiler and the estimators exchange.
Does not belong here: reading files, SQL, survey contract objects (``model``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

WEIGHT_UNIT = 1000
"""A weight in a table is a whole number of thousandths of a contact, so that sums of weights are exact."""


@dataclass(frozen=True)
class DeliveryShape:
    """One taken file: where its raw rows are and what the file itself says about them.

    Attributes:
        delivery_id: First 16 hex digits of the SHA-256 of the file.
        source: Name of the source in the contract.
        kind: ``contacts``, ``responses`` or ``combined``.
        month: First day of the month the delivery is about.
        sequence: Order of deliveries; the newest has the highest.
        path: Parquet file with the raw rows (``_delivery_id``, ``_row``, original columns as text).
        columns: Original column names, in the order of the file.
        missing_codes: Declared missing values per column (SPSS).
        labels: Code to label per column (SPSS).
        content: Changes when rows or texts of the raw file are erased.
    """

    delivery_id: str
    source: str
    kind: Literal["contacts", "responses", "combined"]
    month: dt.date
    sequence: int
    path: str
    columns: tuple[str, ...]
    missing_codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    content: str = ""


@dataclass(frozen=True)
class StatColumn:
    """One number per respondent: a column ``y_<item>__<measure>`` of ``marts.respondents``."""

    item: str
    measure: str
    column_name: str
    scale_min: int
    scale_max: int
