"""Rows of the published accounts, made by hand: a month in which several things went wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

PARTS = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased")
WITHIN = ("vanished", "withdrawn", "repaired", "without_contact", "without_answer")


def delivery(
    name: str, status: str = "taken", counts: tuple[int, ...] = (0, 0, 0, 0, 0), **more: object
) -> dict[str, object]:
    base = {"file_name": name, "delivery_id": name, "source": "contacts", "kind": "contacts", "message": None}
    month = {"month": dt.date(2026, 9, 1), "sequence": 1, "remedy": None}
    within = {f"rows_{part}": 0 for part in WITHIN}
    return {**base, **month, **within, "status": status, **dict(zip(PARTS, counts, strict=True)), **more}


def reason(file: str, rule: str, rows: int, where: str = "1", **more: object) -> dict[str, object]:
    texts = {"reason": rule, "remedy": "Vraag na.", "column_name": "channel", "effect": "quarantined"}
    place = {"first_row": 1, "row_ranges": where, "more_rows": False}
    keys = {"file_name": file, "delivery_id": file, "source": "contacts", "rule_id": rule, "rows": rows}
    return keys | texts | place | more


def profile(file: str, measure: str, category: str = "all", **more: object) -> dict[str, object]:
    base = {"source": "contacts", "month": dt.date(2026, 9, 1), "delivery_id": file, "last_file": file}
    numbers = {"observed": 0.2, "expected_low": 0.1, "expected_high": 0.3, "history_months": 12}
    return base | {"measure": measure, "category": category, "status": "published", "warning": False} | numbers | more


def field(dimension: str, category: str, window: str = "four_quarters", **more: object) -> dict[str, object]:
    start = dt.date(2025, 10, 1) if window == "four_quarters" else dt.date(2026, 9, 1)
    numbers = {"contacts": 500, "excluded": 100, "invited": 400, "responses": 80, "unanswered": 320}
    means = {"response_rate": 0.2, "lead_days_mean": 7.04, "answer_days_mean": 3.0}
    keys = {"window": window, "period_start": start, "dimension": dimension, "category": category, "closed": True}
    return keys | numbers | means | more


def mark(file: str, kind: str, code: str, rows: int | None, label: str | None = None) -> dict[str, object]:
    texts = {"label": label, "reason": f"Omdat {code}."}
    return {"file_name": file, "delivery_id": file, "mark_kind": kind, "code": code, "rows": rows} | texts


def expectation(table: str, kind: str, columns: tuple[str, ...], why: str, **more: object) -> dict[str, object]:
    base = {"table_name": table, "severity": "contract", "type": kind, "columns": columns, "reason": why}
    return base | {"passed": True, "evaluated": 2000, "unexpected": 0} | more


def busy_month() -> dict[str, list[dict[str, Any]]]:
    """Frames by the name of their field."""
    return {
        "deliveries": [
            delivery("contacts_2026-09.csv", counts=(1000, 988, 2, 10, 0), rows_withdrawn=2, rows_without_answer=700),
            delivery("contacts_2026-08.csv", counts=(900, 900, 0, 0, 0), month=dt.date(2026, 8, 1)),
            delivery("responses_2026-09.csv", counts=(200, 199, 0, 1, 0), kind="responses", rows_without_contact=1),
            delivery(
                "contacts_2026-10.csv", "refused", message="De kolom <contact_id> ontbreekt.", remedy="Lever opnieuw."
            ),
            delivery("contacts_2026-09 (1).csv", "repeat"),
        ],
        "quality": [
            reason("contacts_2026-09.csv", "Onbekend kanaal", 6, "12, 40-43, 51"),
            reason("responses_2026-09.csv", "Onbekend kanaal", 1, "7"),
            reason("contacts_2026-09.csv", "Datum te laat", 4, "1, 3, 5, 7", more_rows=True),
            reason("responses_2026-09.csv", "Niet gesteld", 9, "2-10", effect="set_aside"),
        ],
        "profile": [
            profile(
                "contacts_2026-09.csv", "rows", observed=1000, expected_low=1490.2, expected_high=2010.7, warning=True
            ),
            profile("contacts_2026-09.csv", "channel", "desk", observed=None, expected_low=0.1234, warning=True),
            profile("contacts_2026-09.csv", "channel", "tel_0900"),
            profile(
                "contacts_2026-08.csv", "rows", month=dt.date(2026, 8, 1), warning=True, observed=9999, expected_high=1
            ),
        ],
    }
