"""A small release made by hand: two units, the real contract, counts that add up.

Every figure comes from counts of leaf areas per quarter, rolled up and turned into published rows with the contract's
thresholds, so that a page made from it is consistent. The arithmetic is deliberately plain.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Area, Survey
from reports.inputs import ReportData

FIRST = dt.date(2023, 10, 1)
ENGLISH = Path(__file__).parents[2] / "surveys" / "kansas_city"
QUARTERS = 12

# code: (level, name, parent); leaves also have answers per quarter and satisfaction.
PLACES: dict[str, tuple[str, str, str | None]] = {
    "NL": ("nation", "Nederland", None),
    "U1": ("unit", "Oost-Voorbeeld", "NL"),
    "U2": ("unit", "West-Voorbeeld", "NL"),
    "U1D1": ("district", "Heuvelrand", "U1"),
    "U1D2": ("district", "Rivierenland", "U1"),
    "U2D1": ("district", "Duinstreek", "U2"),
    "T1": ("team", "Voorbeeldstad", "U1D1"),
    "T2": ("team", "Akkerdam", "U1D1"),
    "T3": ("team", "Kleindorp", "U1D1"),
    "T4": ("team", "Molenwijk", "U1D2"),
    "T5": ("team", "Zeezicht", "U2D1"),
    "T6": ("team", "Duinrand", "U2D1"),
}
LEAVES: dict[str, tuple[int, float]] = {
    "T1": (117, 0.71),
    "T2": (9, 0.68),  # 36 a year: a mean, no percentage
    "T3": (2, 0.60),  # 8 a year: nothing, not even a number of answers
    "T4": (64, 0.74),
    "T5": (80, 0.66),
    "T6": (150, 0.70),
}
WAVE = (-0.07, -0.06, -0.02, 0.01, 0.02, 0.03, 0.05, 0.06, -0.04, -0.06, 0.03, 0.04)
PARTS = {
    "reachability": -0.01,
    "waiting_time": -0.12,
    "treatment": 0.13,
    "taken_seriously": 0.04,
    "listened_to": 0.08,
    "expertise": 0.07,
    "clarity_next_steps": -0.04,
    "feedback": -0.22,
    "result": -0.15,
    "tailored": 0.0,
    "channel_fit": 0.02,
}
CLASS_SHARE = {"telefonisch": (0.45, 0.0), "fysiek": (0.35, 0.07), "digitaal": (0.20, -0.14)}
CHANNEL_SHARE = {
    "tel_0900": (0.33, -0.02),
    "tel_112": (0.12, 0.06),
    "desk": (0.15, 0.06),
    "on_location": (0.15, 0.09),
    "district_officer": (0.05, 0.04),
    "video_desk": (0.02, 0.02),
    "internet_report": (0.12, -0.18),
    "web_form": (0.03, -0.10),
    "chatbot_wout": (0.005, -0.2),
    "online_chat": (0.025, -0.05),
}
GROUP_SHARE = {
    "aangever": (0.35, -0.03),
    "benadeelde": (0.15, -0.02),
    "slachtoffer": (0.1, -0.11),
    "melder": (0.4, 0.06),
}
HEARD_SHARE = {"within_14_days": 0.38, "later": 0.16, "not_yet": 0.14, "no": 0.32}
SMALL = frozenset({"T3"})


@cache
def contract() -> Survey:
    """The real survey contract with the small organisation."""
    survey = load_survey(DEFAULT_SURVEY)
    areas = tuple(
        Area(level=level, code=code, name=name, parent=parent, valid_from=FIRST)
        for code, (level, name, parent) in PLACES.items()
    )
    return survey.model_copy(update={"areas": areas})


def quarter_start(index: int) -> dt.date:
    """First day of the quarter with this number."""
    month = FIRST.month - 1 + 3 * index
    return dt.date(FIRST.year + month // 12, month % 12 + 1, 1)


def windows() -> list[tuple[str, dt.date, dt.date, range]]:
    """Every closed window with the quarters it holds."""
    found = []
    for index in range(QUARTERS):
        end = quarter_start(index + 1) - dt.timedelta(days=1)
        found.append(("quarter", quarter_start(index), end, range(index, index + 1)))
        if index >= 3:
            found.append(("four_quarters", quarter_start(index - 3), end, range(index - 3, index + 1)))
    return found


def leaves_of(code: str) -> list[str]:
    """The leaf areas under an area."""
    if code in LEAVES:
        return [code]
    return [leaf for child, (_, _, parent) in PLACES.items() if parent == code for leaf in leaves_of(child)]


def answers(code: str, quarters: Iterable[int], part: float = 1.0, shift: float = 0.0) -> tuple[int, float]:
    """Number of answers and share of positive ones, rolled up from the leaves."""
    n = positive = 0.0
    for leaf in leaves_of(code):
        size, share = LEAVES[leaf]
        for quarter in quarters:
            count = round(size * part)
            n += count
            positive += count * min(0.98, max(0.02, share + shift + WAVE[quarter % len(WAVE)]))
    return int(n), positive / n if n else 0.0


def published(survey: Survey, n: int, value: float, measure: str) -> dict[str, Any]:
    """Numbers and status of a row under the contract's thresholds."""
    limits, blank = survey.thresholds, dict.fromkeys(("n", "estimate", "se", "ci_low", "ci_high", "reliability"))
    if n == 0:
        return {**blank, "status": "no_data", "reason": "no_answers"}
    if n < limits.minimum_n:
        return {**blank, "status": "hidden", "reason": "disclosure"}
    if measure == "mean":
        se = 1.9 / math.sqrt(n)
        low, high = value - 1.96 * se, value + 1.96 * se
        status = "indicative" if n < limits.mean_indicative_below else "published"
    else:
        if n < limits.percentage_from:
            return {**blank, "n": n, "status": "too_few", "reason": "too_few_answers"}
        se = math.sqrt(value * (1 - value) / n)
        middle = (value + 1.92 / n) / (1 + 3.84 / n)
        half = 1.96 * math.sqrt(value * (1 - value) / n + 0.96 / n**2) / (1 + 3.84 / n)
        low, high = middle - half, middle + half
        status = "indicative" if n < limits.caution_below else "published"
    numbers = {"n": n, "estimate": value, "se": se, "ci_low": low, "ci_high": high, "reliability": 0.72}
    return {**numbers, "status": status, "reason": ""}


def figure_id(*parts: object) -> str:
    """Readable instead of a hash: tests look for it."""
    return "-".join(str(part) for part in parts)


def estimates(survey: Survey) -> pd.DataFrame:
    """``publication.estimates``."""
    rows = []
    for code, (level, name, _) in PLACES.items():
        channels = CLASS_SHARE if level == "team" else {**CHANNEL_SHARE, **CLASS_SHARE}
        for window, start, end, quarters in windows():
            cells: list[tuple[str, str, str, str, float, float]] = [
                ("all", "all", "satisfaction", "positive", 1.0, 0.0)
            ]
            cells += [("all", "all", item, "positive", 0.97, shift) for item, shift in PARTS.items()]
            cells += [("all", "all", item, "mean", 0.97, shift) for item, shift in PARTS.items()]
            cells += [("all", "all", "satisfaction", "negative", 1.0, 0.0), ("all", "all", "mark", "mean", 0.98, 0.0)]
            cells += [("all", "all", "heard_back", f"share.{c}", 0.9, 0.0) for c in HEARD_SHARE]
            for measure in ("positive", "mean"):
                cells.append(("all", "all", "satisfaction_with_feedback", measure, 0.48, 0.10))
                cells.append(("all", "all", "satisfaction_without_feedback", measure, 0.42, -0.12))
            for item, measure in (("satisfaction", "positive"), ("mark", "mean")):
                cells += [("all", channel, item, measure, *share) for channel, share in channels.items()]
                cells += [(group, "all", item, measure, *share) for group, share in GROUP_SHARE.items()]
            for group, channel, item, measure, part, shift in cells:
                n, share = answers(code, quarters, part, shift)
                value = _value(item, measure, share)
                key = (level, code, group, channel, item, measure, window, start)
                rows.append(
                    {
                        "figure_id": figure_id(*key),
                        "level": level,
                        "area_code": code,
                        "area_name": name,
                        "target_group": group,
                        "channel": channel,
                        "item": item,
                        "measure": measure,
                        "window": window,
                        "period_start": start,
                        "period_end": end,
                        **published(survey, n, value, measure),
                    }
                )
    return pd.DataFrame(rows)


def _value(item: str, measure: str, share: float) -> float:
    if measure == "mean":
        return 4.6 + 3.6 * share if item == "mark" else 2.2 + 2.2 * share
    if measure == "negative":
        return (1 - share) * 0.45
    return HEARD_SHARE.get(measure.removeprefix("share."), share) if measure.startswith("share.") else share


def comparisons(survey: Survey, table: pd.DataFrame, outcomes: dict[tuple[str, str, str], str]) -> pd.DataFrame:
    """``publication.comparisons`` of the newest four quarters; ``outcomes`` by (area, item, against)."""
    newest = max(start for window, start, _, _ in windows() if window == "four_quarters")
    earlier = dt.date(newest.year - 1, newest.month, 1)
    totals = table[
        (table["target_group"] == "all") & (table["channel"] == "all") & (table["window"] == "four_quarters")
    ]
    by_id = totals.set_index("figure_id")
    rows = []
    for row in totals[totals["period_start"] == newest].to_dict("records"):
        if row["measure"] not in {"positive", "mean"}:
            continue
        for against in ("nation", "year_earlier"):
            place = (row["level"], row["area_code"]) if against == "year_earlier" else ("nation", "NL")
            start = earlier if against == "year_earlier" else newest
            other_id = figure_id(*place, "all", "all", row["item"], row["measure"], "four_quarters", start)
            other = by_id.loc[other_id]
            compared = row["estimate"] is not None and not pd.isna(row["estimate"]) and not pd.isna(other["estimate"])
            outcome = outcomes.get((row["area_code"], row["item"], against), "no_difference")
            difference = row["estimate"] - other["estimate"] if compared else None
            rows.append(
                {
                    **{
                        k: row[k]
                        for k in ("level", "area_code", "target_group", "channel", "item", "measure", "window")
                    },
                    "period_start": row["period_start"],
                    "period_end": row["period_end"],
                    "against": against,
                    "figure_id": row["figure_id"],
                    "reference_figure_id": other_id,
                    "estimate": row["estimate"] if compared else None,
                    "reference_estimate": other["estimate"] if compared else None,
                    "difference": difference,
                    "service_part": None,
                    "mix_part": None,
                    "basis": "as_measured",
                    "se": 0.028 if compared else None,
                    "ci_low": None,
                    "ci_high": None,
                    "p_value": None,
                    "q_value": None,
                    "smallest_visible": (0.4 if row["measure"] == "mean" else 0.058) if compared else None,
                    "outcome": outcome if compared else "not_compared",
                    "rule": "not_visible" if compared else "not_shown",
                }
            )
    return pd.DataFrame(rows)


def peers(table: pd.DataFrame) -> pd.DataFrame:
    """``publication.peers`` of every team in the newest four quarters."""
    newest = max(start for window, start, _, _ in windows() if window == "four_quarters")
    spread = (-0.06, -0.05, -0.03, -0.02, -0.01, -0.01, 0.0, 0.0, 0.0, 0.01, 0.01, 0.02, 0.02, 0.03, 0.05)
    rows = []
    for code in LEAVES:
        for item, measure in [("satisfaction", "positive"), ("mark", "mean"), *((part, "positive") for part in PARTS)]:
            shift = PARTS.get(item, 0.0) * 0.8
            middle = _value(item, measure, 0.705 + shift)
            scale = 3.6 if measure == "mean" else 1.0
            positions = sorted(round(middle + scale * step, 1 if measure == "mean" else 2) for step in spread)
            rows.append(
                {
                    "area_code": code,
                    "item": item,
                    "measure": measure,
                    "window": "four_quarters",
                    "period_start": newest,
                    "period_end": max(end for window, _, end, _ in windows()),
                    "peer_count": len(spread),
                    "peer_mean": middle,
                    "peer_q25": middle - 0.015 * scale,
                    "peer_q75": middle + 0.015 * scale,
                    "positions": positions,
                }
            )
    return pd.DataFrame(rows)


AGE = {"16-24": (0.12, 0.06), "25-44": (0.36, 0.31), "45-64": (0.33, 0.37), "65plus": (0.19, 0.26)}


def response(survey: Survey) -> pd.DataFrame:
    """``publication.response`` of the newest windows."""
    rows = []
    for code, (level, _, _) in PLACES.items():
        for window, start, end, quarters in windows()[-2:]:
            n, _ = answers(code, quarters)
            contacts = n * 7
            cells = [("all", "all", 1.0, 1.0)]
            cells += [("age_band", band, *shares) for band, shares in AGE.items()]
            cells += [("channel_class", c, share, share + d) for c, (share, d) in CLASS_SHARE.items()]
            for dimension, category, of_contacts, of_answers in cells:
                answered = round(n * of_answers)
                hidden = answered < survey.thresholds.minimum_n
                counts = (round(contacts * of_contacts), round(contacts * of_contacts * 0.3), answered)
                rows.append(
                    {
                        "level": level,
                        "area_code": code,
                        "window": window,
                        "period_start": start,
                        "period_end": end,
                        "dimension": dimension,
                        "category": category,
                        "contacts": None if hidden else counts[0],
                        "excluded": None if hidden else counts[1],
                        "invited": None if hidden else counts[0] - counts[1],
                        "responses": None if hidden else counts[2],
                        "response_rate": None if hidden else counts[2] / max(1, counts[0] - counts[1]),
                        "status": "hidden" if hidden else "published",
                    }
                )
    return pd.DataFrame(rows)


def areas() -> pd.DataFrame:
    """``reference.areas``."""
    rows = [
        {
            "level": level,
            "area_code": code,
            "area_name": name,
            "parent_code": parent,
            "valid_from": FIRST,
            "valid_to": None,
            "successor_code": None,
            "is_current": True,
            "sort_order": order,
        }
        for order, (code, (level, name, parent)) in enumerate(PLACES.items())
    ]
    return pd.DataFrame(rows)


def periods() -> pd.DataFrame:
    """``reference.periods``: the closed windows and one that is still open."""
    rows = [{"window": w, "period_start": s, "period_end": e, "closed": True} for w, s, e, _ in windows()]
    start = quarter_start(QUARTERS)
    rows.append({"window": "quarter", "period_start": start, "period_end": dt.date(2026, 12, 31), "closed": False})
    return pd.DataFrame(rows)


def make_data(outcomes: dict[tuple[str, str, str], str] | None = None, **changes: Any) -> ReportData:
    """A release; ``outcomes`` sets results of comparisons, ``changes`` replaces whole fields."""
    survey = changes.pop("survey", contract())
    table = estimates(survey)
    fields: dict[str, Any] = {
        "survey": survey,
        "release_id": "2026-11-24-voorbeeld",
        "synthetic": True,
        "estimates": table,
        "comparisons": comparisons(survey, table, outcomes or {}),
        "peers": peers(table),
        "response": response(survey),
        "deliveries": pd.DataFrame(),
        "quality": pd.DataFrame(),
        "checks": pd.DataFrame(),
        "areas": areas(),
        "periods": periods(),
    }
    return ReportData(**{**fields, **changes})


def make_english_data() -> ReportData:
    """The English survey contract: one quarter, no mark, no question about hearing back, no register of contacts."""
    survey = load_survey(ENGLISH)
    start, end = dt.date(2021, 7, 1), dt.date(2021, 9, 30)
    places = {(area.level, area.code): area.name for area in survey.areas}
    answered = {"KC": 640, "1": 120, "2": 160, "3": 8, "4": 130, "5": 110, "6": 112}
    items = [(survey.headline_item, 0.0)] + [
        (i.id, k / 40 - 0.1) for k, i in enumerate(survey.items) if i.part_of_service
    ]
    estimate_rows, response_rows = [], []
    for (level, code), name in places.items():
        base = {"level": level, "area_code": code, "window": "quarter", "period_start": start, "period_end": end}
        channels = {"all": 1.0, **{channel.code: 0.3 for channel in survey.channels}}
        for item, shift in items:
            for channel, part in channels.items() if item == survey.headline_item else [("all", 1.0)]:
                for measure, value in (("positive", 0.62 + shift), ("mean", 3.6 + shift)):
                    n = round(answered[code] * part)
                    key = (level, code, "all", channel, item, measure, "quarter", start)
                    row = {**base, "area_name": name, "target_group": "all", "channel": channel, "item": item}
                    row |= {"figure_id": figure_id(*key), "measure": measure, **published(survey, n, value, measure)}
                    estimate_rows.append(row)
        hidden = answered[code] < survey.thresholds.minimum_n
        count = None if hidden else answered[code]
        counts = {"contacts": count, "excluded": 0, "invited": count, "responses": count, "response_rate": 1.0}
        state = {"dimension": "all", "category": "all", "status": "hidden" if hidden else "published"}
        response_rows.append({**base, **state, **counts})
    area_rows = [
        {
            "level": level,
            "area_code": code,
            "area_name": name,
            "parent_code": None if level == "city" else "KC",
            "valid_from": FIRST,
            "valid_to": None,
            "successor_code": None,
            "is_current": True,
            "sort_order": order,
        }
        for order, ((level, code), name) in enumerate(places.items())
    ]
    empty = make_data()
    return ReportData(
        survey=survey,
        release_id="2021Q3",
        synthetic=False,
        estimates=pd.DataFrame(estimate_rows),
        comparisons=empty.comparisons.iloc[0:0],
        peers=empty.peers.iloc[0:0],
        response=pd.DataFrame(response_rows),
        deliveries=pd.DataFrame(),
        quality=pd.DataFrame(),
        checks=pd.DataFrame(),
        areas=pd.DataFrame(area_rows),
        periods=pd.DataFrame([{"window": "quarter", "period_start": start, "period_end": end, "closed": True}]),
    )
