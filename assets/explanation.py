"""One published figure, all the way: what it is, how it was made, from what, and what was decided about it.

Belongs here: gathering that from the tables of a home, as plain data. Does not belong here: printing it
(``pipelines.explain_view``), computing anything (``statistics``), sentences for readers (``reports``).

A hidden figure has no numbers anywhere, so it has none here: of its comparisons and its sums nothing is read.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from assets.code_version import code_version
from assets.release import current_release, read_manifest
from assets.statistics.gates import GROUP_DISCLOSURE_BELOW, TEN_POINT_RANGE
from assets.warehouse import Warehouse
from expectations.compile_respondents import scale_range
from expectations.model import ALL, Item, Scale, Survey
from expectations.verdicts.rules import sentence_rules
from reports.formulas import formula

Record = dict[str, Any]
SHOWN = ("published", "indicative")
ESTIMATES, COMPARISONS, VERDICTS = "publication.estimates", "publication.comparisons", "publication.verdicts"
WINDOW_CELLS, CALIBRATED = "marts.window_cells", "marts.calibrated_variance"
WEIGHTING, BREAKS = "publication.weighting", "publication.breaks"
CELL_KEY = ("level", "area_code", "channel", "target_group", "item", "measure", "window", "period_start")
CODE = ("expectations", "assets", "reports")
FILES = """
with touched as (
    select contacts.delivery_id
    from staging.contacts
    where contacts.contact_date between ? and ?
    union distinct
    select responses.delivery_id
    from staging.responses
    inner join staging.contacts
        on responses.contact_id = contacts.contact_id
    where contacts.contact_date between ? and ?
)

select deliveries.file_name, deliveries.month, deliveries.sha256
from raw.deliveries
where deliveries.status = 'taken'
    and (
        deliveries.delivery_id in (select touched.delivery_id from touched)
        or deliveries.month between ? and ?
    )
order by deliveries.sequence
"""
"""Files with a contact of the period or an answer about one; of months whose rows are gone, the files of the month."""


class UnknownFigureError(Exception):
    """No published figure has this id."""


class _Tables:
    """The tables of a home over one connection: opening the file costs more than most of the questions."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._built = {name for (name,) in connection.execute("select table_key from meta.builds").fetchall()}

    def has(self, name: str) -> bool:
        """Whether a table was ever built."""
        return name in self._built

    def rows(self, select: str, values: list[Any]) -> list[Record]:
        """Rows of a query."""
        found: list[Record] = self._connection.sql(select, params=values).to_arrow_table().to_pylist()
        return found


def explain(home: Path, survey: Survey, warehouse: Warehouse, figure_id: str) -> Record:
    """Everything known about one figure, as data that JSON can hold.

    Args:
        home: The home, for its live release.
        survey: The contract of the home.
        warehouse: Its tables.
        figure_id: Of ``publication.estimates``.

    Raises:
        UnknownFigureError: There is no such figure; the message says what to do.
    """
    with warehouse.connect(read_only=True) as connection:
        return _explained(home, survey, _Tables(connection), figure_id)


def _explained(home: Path, survey: Survey, tables: _Tables, figure_id: str) -> Record:
    if not tables.has(ESTIMATES):
        raise UnknownFigureError("This home has no figures yet: run it first.")
    found = tables.rows(f"select * from {ESTIMATES} where figure_id = ?", [figure_id])
    if not found:
        raise UnknownFigureError(
            f"No published figure has the id '{figure_id}'. Ids stand in the column figure_id of the tables of a "
            "release, and in the attribute data-figure-id of the numbers on its pages."
        )
    row = found[0]
    shown = row["status"] in SHOWN
    record: Record = {
        "figure_id": figure_id,
        "place": _place(survey, row),
        "definition": definition(survey, row["item"], row["measure"]),
        "decision": _decision(survey, row),
        "numbers": _numbers(row),
        "formulas": _formulas(row, calibrated=False) if shown else {},
        "files": _files(tables, row["period_start"], row["period_end"]),
        "breaks": _overlapping(tables, row),
        "made_by": _made_by(home, survey),
    }
    if row["status"] != "hidden":
        calibrated = _cell(tables, CALIBRATED, row)
        record |= {
            "formulas": _formulas(row, calibrated=bool(calibrated)) if shown else {},
            "sums": _sums(tables, row, calibrated) if shown else {},
            "weights": _weights(survey, tables, row),
            "comparisons": _comparisons(tables, figure_id),
            "verdicts": _verdicts(survey, tables, figure_id),
            "elsewhere": _elsewhere(survey, tables, figure_id),
        }
    plain: Record = _plain(record)
    return plain


# What it is -------------------------------------------------------------------------------------------------


def _place(survey: Survey, row: Mapping[str, Any]) -> Record:
    level = next(level for level in survey.levels if level.code == row["level"])
    channels = {c.code: c.label for c in survey.channel_classes} | {c.code: c.label for c in survey.channels}
    groups = {g.code: g.label_plural for g in survey.target_groups}
    return {
        "level": level.label,
        "area_code": row["area_code"],
        "area_name": row["area_name"],
        "channel": channels.get(row["channel"], ALL),
        "target_group": groups.get(row["target_group"], ALL),
        "item": row["item"],
        "measure": row["measure"],
        "window": row["window"],
        "period_start": row["period_start"],
        "period_end": row["period_end"],
        "closes_after_weeks": survey.periods.closes_after_weeks,
    }


def definition(survey: Survey, item_id: str, measure: str) -> Record:
    """Question, scale, what counts, and who is asked, of an item or a derived item."""
    derived = next((d for d in survey.derived_items if d.id == item_id), None)
    item = survey.item(derived.of if derived else item_id)
    scale = survey.scale_of(item)
    asked: Record = {"target_groups": list(item.asked_of) or ALL, "since": item.first_wave, "until": item.last_wave}
    if item.asked_when is not None:
        asked["only_if"] = {item.asked_when.item: list(item.asked_when.values)}
    if derived is not None:
        asked["within"] = {derived.where.item: list(derived.where.values)}
    return {
        "label": derived.label if derived else item.label,
        "wording": item.wording,
        "scale": _scale(scale),
        "value": _value(item, scale, measure),
        "not_counted": "not answered, not asked, or 'not applicable'",
        "asked": asked,
    }


def _scale(scale: Scale) -> str:
    if scale.points:
        return " / ".join(f"{p.value} {p.label}" if p.value is not None else p.label for p in scale.points)
    return f"{scale.minimum} to {scale.maximum}" if scale.minimum is not None else scale.kind


def _value(item: Item, scale: Scale, measure: str) -> str:
    if measure == "mean":
        return "the answer as a number; the figure is their weighted mean"
    if measure.startswith("share."):
        code = measure.removeprefix("share.")
        label = next((p.label for p in scale.points if p.code == code), code)
        return f"1 for who answered '{label}', else 0; the figure is a weighted share"
    counted = scale.positive if measure == "positive" else scale.negative
    return f"1 for the answers {', '.join(map(str, counted))} of {item.id}, else 0; the figure is a weighted share"


# What was decided -------------------------------------------------------------------------------------------


def _decision(survey: Survey, row: Mapping[str, Any]) -> Record:
    limits, share = survey.thresholds, row["measure"] != "mean"
    widest = limits.maximum_percentage_width if share else _widest_mean(survey, row["item"])
    gates: list[tuple[str, str, bool]] = [
        ("no_answers", "no answers: no_data", True),
        (
            "disclosure",
            f"fewer than {limits.minimum_n} answers, or fewer than {GROUP_DISCLOSURE_BELOW} that are all at one end "
            "of the scale: hidden, no number at all, not even how many answered",
            True,
        ),
        ("break", "the method changed within the period: too_few", True),
        ("too_few_answers", f"a share on fewer than {limits.percentage_from} answers: too_few", share),
        ("interval_too_wide", f"a range wider than {widest:.3g}: too_few", True),
        ("few_answers", f"a mean on fewer than {limits.mean_indicative_below} answers: indicative", not share),
        ("borrowed_spread", "all answers equal, so the range comes from the area above: indicative", not share),
        ("caution", f"a share on fewer than {limits.caution_below} answers: indicative", share),
    ]
    return {
        "status": row["status"],
        "reason": row["reason"],
        "gates": [
            {"gate": gate, "says": says, "decides": gate == row["reason"]} for gate, says, applies in gates if applies
        ],
    }


def _widest_mean(survey: Survey, item_id: str) -> float:
    """Widest range of a mean that is shown, in points of its scale."""
    derived = next((d for d in survey.derived_items if d.id == item_id), None)
    low, high = scale_range(survey.scale_of(survey.item(derived.of if derived else item_id)))
    return 2 * survey.thresholds.maximum_mean_half_width * (high - low) / TEN_POINT_RANGE


def _numbers(row: Mapping[str, Any]) -> Record:
    """What of the row is a number and is there; nothing of a hidden figure is."""
    return {name: value for name, value in row.items() if isinstance(value, int | float) and value is not None}


def _formulas(row: Mapping[str, Any], *, calibrated: bool) -> Record:
    share = row["measure"] != "mean"
    names = ["estimate", "influence", "residual" if calibrated else "variance", "variance_sums", "degrees"]
    names += ["effective_n", "wilson"] if share else ["mean_interval"]
    names += ["borrowed"] if row["reason"] == "borrowed_spread" else []
    names += ["reliability"] if row["reliability"] is not None else []
    names += ["within", "adjusted"] if row.get("estimate_adjusted") is not None else []
    names += ["shrunken", "shrinkage"] if row.get("estimate_shrunken") is not None else []
    return {name: str(formula(name)) for name in names}


# What it was made from --------------------------------------------------------------------------------------


def _cell(tables: _Tables, table: str, row: Mapping[str, Any]) -> Record:
    """The row of a table of cells that a figure was made from; empty where there is none."""
    if not tables.has(table):
        return {}
    where = " and ".join(f'"{name}" = ?' for name in CELL_KEY)
    found = tables.rows(f"select * from {table} where {where}", [row[name] for name in CELL_KEY])
    return {name: value for name, value in found[0].items() if name not in {*CELL_KEY, "period_end"}} if found else {}


def _sums(tables: _Tables, row: Mapping[str, Any], calibrated: Record) -> Record:
    """Sums over respondents. Only of figures that are shown: they follow from its numbers."""
    return {**_cell(tables, WINDOW_CELLS, row), **calibrated}


def _weights(survey: Survey, tables: _Tables, row: Mapping[str, Any]) -> list[Record]:
    """How the quarters of the period were weighted: as a whole, and what that does at the level of the figure."""
    if not tables.has(WEIGHTING):
        return []
    found = tables.rows(
        f"select * from {WEIGHTING} where quarter between date_trunc('quarter', ?::date) and ? "
        "and level in (?, ?) order by all",
        [row["period_start"], row["period_end"], survey.top.code, row["level"]],
    )
    return [_without(quarter, ()) for quarter in found]


def _files(tables: _Tables, start: dt.date, end: dt.date) -> list[Record]:
    return tables.rows(FILES, [start, end] * 3)


def _overlapping(tables: _Tables, row: Mapping[str, Any]) -> list[Record]:
    """Changes of method from a year before the period to its end: nothing is compared across them."""
    if not tables.has(BREAKS):
        return []
    select = f"select * from {BREAKS} where break_date between ?::date - interval 1 year and ? and item in ('all', ?)"
    return tables.rows(f"{select} order by break_date", [row["period_start"], row["period_end"], row["item"]])


# What was said about it -------------------------------------------------------------------------------------


def _comparisons(tables: _Tables, figure_id: str) -> list[Record]:
    if not tables.has(COMPARISONS):
        return []
    found = tables.rows(f"select * from {COMPARISONS} where figure_id = ? order by against", [figure_id])
    return [_without(row, (*CELL_KEY, "figure_id", "period_end")) for row in found]


def _verdicts(survey: Survey, tables: _Tables, figure_id: str) -> list[Record]:
    if not tables.has(VERDICTS):
        return []
    order = {rule.rule_id: (place, rule.sentence[survey.language]) for place, rule in enumerate(sentence_rules())}
    found = tables.rows(
        f"select rule_id, outcome, allowed, reason, inputs from {VERDICTS} where figure_id = ?",
        [figure_id],
    )
    found.sort(key=lambda row: order.get(row["rule_id"], (len(order), ""))[0])
    return [
        {**row, "sentence": order.get(row["rule_id"], (0, ""))[1], "inputs": json.loads(row["inputs"])} for row in found
    ]


def _elsewhere(survey: Survey, tables: _Tables, figure_id: str) -> Record:
    """Rows about the figure in every other published table."""
    found: Record = {}
    for name, table in survey.tables.items():
        columns = {column.name for column in table.columns}
        told = {ESTIMATES, COMPARISONS, VERDICTS}
        if table.layer != "publication" or name in told or "figure_id" not in columns:
            continue
        if not tables.has(name):
            continue
        rows = tables.rows(f"select * from {name} where figure_id = ? order by all", [figure_id])
        if rows:
            found[table.name] = [_without(row, (*CELL_KEY, "figure_id", "period_end")) for row in rows]
    return found


def _made_by(home: Path, survey: Survey) -> Record:
    """Contract, code and release."""
    current = current_release(home / "releases")
    manifest = read_manifest(current) if current else {}
    return {
        "survey": survey.code,
        "survey_version": survey.version,
        "survey_fingerprint": survey.fingerprint,
        "code_version": importlib.metadata.version("politiemonitor"),
        "code_fingerprint": code_version(modules=CODE),
        "release_id": manifest.get("release_id"),
        "release_code_version": manifest.get("code", {}).get("version"),
    }


# Rows -------------------------------------------------------------------------------------------------------


def _without(row: Record, names: tuple[str, ...]) -> Record:
    return {name: value for name, value in row.items() if name not in names and value is not None}


def _plain(value: Any) -> Any:
    """A value JSON can hold."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
