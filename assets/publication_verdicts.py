"""Verdicts: which sentence may be written about a figure, one row per figure and possible sentence.

Belongs here: holding the rules of ``expectations.verdicts`` against published numbers, and the table of what came out.
Does not belong here: the rules (data), tests and estimates (``statistics``, ``publication_comparisons``), the words.

The rules only see what is published, so that every verdict can be checked by whoever has the tables; and they are held
against the conclusion of the table they read (``agrees``): two ways of deciding that must say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.figure_axes import Axes, Places
from assets.publication_comparisons import FEWEST_FOR_FUNNEL, NATION, YEAR_EARLIER
from assets.publication_figures import SHOWN
from assets.statistics import comparison, decision_list, xmr
from assets.statistics.intervals import Bools, Floats
from expectations.model import ALL
from expectations.verdicts.rules import Family, Requirement, SentenceRule, family_rules

PLACE = ("level", "area_code", "target_group", "channel", "item", "measure", "window", "period_start", "period_end")
FUNNEL_TEST = 0.002
"""Error rate of the 99.8 % limits, both sides together."""
INSTEAD = "other_sentence"
"""Reason of a sentence whose conditions hold, where an earlier one says more."""
MEAN = "mean"
DRIVER_PLACE = pa.schema(
    [(name, pa.string()) for name in ("level", "area_code", "target_group", "channel", "item", "measure", "window")]
    + [("period_start", pa.date32())]
)
SAYS_SOMETHING = ("improvement", "deterioration", "ordinary")
"""Verdicts on the newest point of a chart that say something."""
COLUMNS = ("rule_id", "figure_id", *PLACE, "inputs", "outcome", "allowed", "reason", "agrees")
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Evidence:
    """Rows of one family, with what the rules may look at.

    Attributes:
        places: The columns of ``PLACE`` and ``figure_id``.
        outcome: What the table concluded.
        decided_by: The rule by which it did.
        refusal: Why nothing may be said at all; empty where something may.
        numbers: Published numbers by name, NaN where there is none.
        limits: Limits by name.
        texts: Published texts by name, for conditions on them.
    """

    places: pa.Table
    outcome: Texts
    decided_by: Texts
    refusal: Texts
    numbers: Mapping[str, Floats]
    limits: Mapping[str, Floats]
    texts: Mapping[str, Texts] = field(default_factory=dict)


def verdicts(axes: Axes, published: pa.Table, compared: pa.Table, signals: pa.Table, drivers: pa.Table) -> pa.Table:
    """``publication.verdicts``: one row per figure and possible sentence.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        compared: ``publication.comparisons``.
        signals: ``publication.signals``; of each chart the newest point.
        drivers: ``publication.drivers``.

    Returns:
        Rows in the order of the tables they come from, within a figure in the order of the rules.
    """
    known = _known_numbers(published, compared)
    by_funnel = _judged_by_funnel(axes, compared)
    against = _texts(compared, "against")
    families: tuple[tuple[Family, Bools], ...] = (
        ("year_earlier", against == YEAR_EARLIER),
        ("whole", (against == NATION) & ~by_funnel),
        ("funnel", (against == NATION) & by_funnel),
    )
    tables = [
        judged(family_rules(family), _comparison_evidence(axes, compared.filter(pa.array(mask)), known))
        for family, mask in families
    ]
    tables.append(judged(family_rules("trend"), _trend_evidence(axes, published, signals)))
    tables.append(judged(family_rules("driver"), _driver_evidence(axes, published, drivers)))
    return pa.concat_tables(tables)


def judged(rules: Sequence[SentenceRule], evidence: Evidence) -> pa.Table:
    """The rules of one family held against its rows.

    Args:
        rules: In the order in which they are tried.
        evidence: The rows.

    Returns:
        One row per row of the evidence and rule.
    """
    rows = len(evidence.outcome)
    silent = evidence.refusal != ""
    statements = [[(_holds(c, evidence), c.otherwise) for c in rule.conditions] for rule in rules]
    trials = decision_list.decide(statements, rows, INSTEAD)
    tables = []
    for rule, trial in zip(rules, trials, strict=True):
        allowed = trial.allowed & ~silent  # where nothing may be said the reason is that of the table
        tables.append(
            pa.table(
                {
                    "rule_id": pa.array([rule.rule_id] * rows, pa.string()),
                    **{name: evidence.places.column(name) for name in ("figure_id", *PLACE)},
                    "inputs": inputs_json(_inputs(rule, evidence), rows),
                    "outcome": pa.array(evidence.outcome.tolist(), pa.string()),
                    "allowed": pa.array(allowed),
                    "reason": pa.array(np.where(silent, evidence.refusal, trial.reason).tolist(), pa.string()),
                    "agrees": pa.array(allowed == np.isin(evidence.decided_by, list(rule.decided_by))),
                }
            )
        )
    both = pa.concat_tables(tables)
    order = np.argsort(np.tile(np.arange(rows), len(rules)), kind="stable")
    return both.take(pa.array(order))  # the rules of a figure stand together


def inputs_json(values: Mapping[str, Floats | Texts], rows: int) -> pa.Array:
    """One JSON object per row with sorted keys; a number that is not there is null.

    Args:
        values: Arrays with one element per row, by name. Whole numbers are written without a point.
        rows: How many objects.
    """
    if not values:
        return pa.array(["{}"] * rows, pa.string())
    pieces: list[pa.Array | pa.Scalar] = []
    for name in sorted(values):
        pieces += [pa.scalar(f'{"," if pieces else "{"}"{name}":'), _written(values[name])]
    return pc.binary_join_element_wise(*pieces, pa.scalar("}"), pa.scalar(""))


def _written(values: Floats | Texts) -> pa.Array:
    if values.dtype.kind == "U":
        escaped = [f'"{text}"' for text in values.tolist()]  # codes of the contract: nothing in them needs an escape
        return pa.array(escaped, pa.string())
    whole = np.nan_to_num(values) == np.round(np.nan_to_num(values))
    integers = pc.cast(pa.array(np.where(whole, np.nan_to_num(values), 0).astype(np.int64)), pa.string())
    doubles = pc.cast(pa.array(values, pa.float64()), pa.string())
    written = pc.if_else(pa.array(whole), integers, doubles)
    return pc.if_else(pa.array(np.isnan(values)), pa.scalar("null"), written)


def _holds(condition: Requirement, evidence: Evidence) -> Bools:
    if condition.among:
        return np.isin(evidence.texts[condition.input], list(condition.among))
    values = evidence.numbers[condition.input]
    return decision_list.holds(values, condition.comparison, _limit(condition, evidence))


def _limit(condition: Requirement, evidence: Evidence) -> Floats:
    if isinstance(condition.limit, str):
        return evidence.limits[condition.limit]
    return np.full(len(evidence.outcome), condition.limit, dtype=np.float64)


def _inputs(rule: SentenceRule, evidence: Evidence) -> dict[str, Floats | Texts]:
    """What the conditions of a rule look at: numbers, texts and limits that have a name."""
    found: dict[str, Floats | Texts] = {}
    known: Mapping[str, Floats | Texts] = {**evidence.limits, **evidence.texts, **evidence.numbers}
    for name in (*rule.shown, *(condition.input for condition in rule.conditions)):
        found[name] = known[name]
    for condition in rule.conditions:
        if not condition.among and isinstance(condition.limit, str):
            found[condition.limit] = known[condition.limit]
    return found


# Comparisons ------------------------------------------------------------------------------------------------


def _comparison_evidence(axes: Axes, rows: pa.Table, answers: Mapping[str, Mapping[str, float]]) -> Evidence:
    """What the rules may see of rows of ``publication.comparisons``."""
    outcome = _texts(rows, "outcome")
    compared = outcome != comparison.NOT_COMPARED
    numbers = {name: _numbers(rows, name) for name in ("difference", "p_value", "q_value", "smallest_visible")}
    own, other = rows.column("figure_id").to_pylist(), rows.column("reference_figure_id").to_pylist()
    numbers |= {
        "size": np.abs(numbers["difference"]),
        "n": _looked_up(answers["n"], own),
        "reference_n": _looked_up(answers["n"], other),
        "reliability": _looked_up(answers["reliability"], own),
    }
    places = axes.places(rows)
    return Evidence(
        places=rows,
        outcome=outcome,
        decided_by=_texts(rows, "rule"),
        refusal=np.where(compared, "", _texts(rows, "rule")),
        numbers=numbers,
        limits=figure_limits(axes, places),
        texts={"rule": _texts(rows, "rule"), "basis": _texts(rows, "basis")},
    )


def figure_limits(axes: Axes, places: Places) -> dict[str, Floats]:
    """The limits by name, one value per figure."""
    survey, rows = axes.survey, len(places.area)
    scales, level = axes.scales(places), axes.level_of_area[places.area]
    limits = survey.thresholds
    relevant, relevant_mean = (
        np.array([least(code) for code in axes.levels], dtype=np.float64)[level]
        for least in (survey.relevant_difference, survey.relevant_difference_mean)
    )
    return {
        "least_answers": np.where(scales.is_proportion, limits.percentage_from, limits.compare_means_from).astype(
            np.float64
        ),
        "relevant_difference": comparison.relevant(
            scales.is_proportion, scales.highest - scales.lowest, relevant, relevant_mean
        ),
        **{
            name: np.full(rows, value, dtype=np.float64)
            for name, value in (
                ("false_discovery_rate", limits.false_discovery_rate),
                ("minimum_reliability", limits.minimum_reliability),
                ("single_test", comparison.SINGLE_TEST),
                ("funnel_test", FUNNEL_TEST),
                ("fewest_points", float(xmr.FEWEST_FOR_VERDICT)),
                ("drivers_from", float(limits.drivers_from)),
                ("driver_order_from", float(limits.driver_order_from)),
            )
        },
    }


# Control charts ---------------------------------------------------------------------------------------------


def _trend_evidence(axes: Axes, published: pa.Table, signals: pa.Table) -> Evidence:
    """What the rules may see of the newest points of ``publication.signals``.

    A point that has no figure of its own (a half-year) is told about at the newest figure of its area.
    """
    rows = signals.to_pylist()
    points = Counter(_chart(row) for row in rows if row["estimate"] is not None)
    newest = [row for row in rows if row["verdict"]]
    spoken = _newest_figures(axes, published)
    named = [(row, row["figure_id"] or spoken.get(_chart(row)[:-1], "")) for row in newest]
    found = [(row, str(figure)) for row, figure in named if figure]
    places = _rows_of(published, [figure for _, figure in found])
    verdict = np.array([row["verdict"] for row, _ in found], dtype=np.str_)
    names = ("estimate", "centre", "limit_low", "limit_high")
    numbers = {name: np.array([row[name] for row, _ in found], dtype=np.float64) for name in names}
    numbers["points"] = np.array([points[_chart(row)] for row, _ in found], dtype=np.float64)
    return Evidence(
        places=places,
        outcome=verdict,
        decided_by=verdict,
        refusal=np.where(np.isin(verdict, SAYS_SOMETHING), "", verdict),
        numbers=numbers,
        limits=figure_limits(axes, axes.places(places)),
        texts={"signal": np.array([row["signal"] for row, _ in found], dtype=np.str_)},
    )


def _chart(row: Mapping[str, object]) -> tuple[object, ...]:
    """A chart: area, item, measure, and the part of it between changes of method (last)."""
    return tuple(row[name] for name in ("level", "area_code", "item", "measure", "part"))


def _newest_figures(axes: Axes, published: pa.Table) -> dict[tuple[object, ...], str]:
    """Figure id of the total of each area, item and measure in the newest headline period of its level."""
    wanted = pc.field("figure_id") == ""
    for level in axes.survey.levels:
        newest = axes.latest(level.headline_window)
        if newest >= 0:
            when = axes.periods[newest]
            wanted |= (
                (pc.field("level") == level.code)
                & (pc.field("window") == when.window)
                & (pc.field("period_start") == pa.scalar(when.start))
            )
    totals = published.filter(wanted & (pc.field("channel") == ALL) & (pc.field("target_group") == ALL))
    keys = zip(*(totals.column(name).to_pylist() for name in ("level", "area_code", "item", "measure")), strict=True)
    return dict(zip(keys, totals.column("figure_id").to_pylist(), strict=True))


def _rows_of(published: pa.Table, figures: Sequence[str]) -> pa.Table:
    """Rows of ``publication.estimates`` in the order of some figure ids.

    Raises:
        ValueError: A table names a figure that is not published; the tables do not belong together.
    """
    wanted = pa.array(figures, pa.string())
    rows = published.filter(pc.is_in(published.column("figure_id"), value_set=wanted))
    at = pc.index_in(wanted, value_set=rows.column("figure_id").combine_chunks())
    if at.null_count:
        raise ValueError(f"{at.null_count} verdicts are about unknown figures: rebuild publication together")
    return rows.take(at)


# Drivers ----------------------------------------------------------------------------------------------------


def _driver_evidence(axes: Axes, published: pa.Table, drivers: pa.Table) -> Evidence:
    """What the rules may see of ``publication.drivers``: a sentence is about the mean of a part of the service.

    A part that everyone is asked is told about as everyone's; another on its own route.
    """
    rows = sorted(drivers.to_pylist(), key=lambda row: row["route"] != ALL)  # stable: the widest route first
    widest: dict[tuple[object, ...], dict[str, Any]] = {}
    for row in rows:
        widest.setdefault(tuple(row[name] for name in ("level", "area_code", "item", "window", "period_start")), row)
    means = {measure.item for measure in axes.measures if measure.name == MEAN}
    found = [row for row in widest.values() if row["item"] in means]
    total = {"target_group": ALL, "channel": ALL, "measure": MEAN}
    named = pa.Table.from_pylist([{**row, **total} for row in found], schema=DRIVER_PLACE)
    places = _rows_of(published, list(axes.figure_ids(axes.places(named))))
    rank = np.array([row["driver_rank"] for row in found], dtype=np.float64)
    decided = np.where(rank == 1, "first", "other")
    shown = np.isin(_texts(places, "status"), SHOWN)
    numbers = {
        "driver_n": np.array([row["n"] for row in found], dtype=np.float64),
        "driver_rank": rank,
        "driver_share": np.array([row["share"] for row in found], dtype=np.float64),
    }
    return Evidence(
        places=places,
        outcome=decided,
        decided_by=np.where(shown, decided, "not_shown"),
        refusal=np.where(shown, "", "not_shown"),
        numbers={name: np.where(shown, values, np.nan) for name, values in numbers.items()},
        limits=figure_limits(axes, axes.places(places)),
    )


# Look-ups ---------------------------------------------------------------------------------------------------


def _judged_by_funnel(axes: Axes, rows: pa.Table) -> Bools:
    """Levels with so many areas that the funnel decides instead of a test against the rest."""
    size = np.bincount(axes.level_of_area, minlength=len(axes.levels))
    many = [code for code, count in zip(axes.levels, size.tolist(), strict=True) if count >= FEWEST_FOR_FUNNEL]
    found: Bools = np.isin(_texts(rows, "level"), many)
    return found


def _known_numbers(published: pa.Table, compared: pa.Table) -> dict[str, dict[str, float]]:
    """Answers and reliability by figure id, of the figures that comparisons name."""
    ids = pa.concat_arrays(
        [
            compared.column("figure_id").combine_chunks(),
            compared.column("reference_figure_id").combine_chunks().drop_null(),
        ]
    )
    rows = published.filter(pc.is_in(published.column("figure_id"), value_set=ids))
    keys = rows.column("figure_id").to_pylist()
    return {
        name: {key: value for key, value in zip(keys, rows.column(name).to_pylist(), strict=True) if value is not None}
        for name in ("n", "reliability")
    }


def _looked_up(known: Mapping[str, float], ids: Sequence[str | None]) -> Floats:
    return np.array([known.get(key, np.nan) if key is not None else np.nan for key in ids], dtype=np.float64)


def _numbers(rows: pa.Table, name: str) -> Floats:
    found: Floats = rows.column(name).cast(pa.float64()).to_numpy().astype(np.float64)
    return found


def _texts(rows: pa.Table, name: str) -> Texts:
    return np.array(rows.column(name).to_pylist(), dtype=np.str_)
