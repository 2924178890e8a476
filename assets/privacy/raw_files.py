"""The raw files of a home as SQL sees them: every one on disk, with the ids in its rows.

Belongs here: finding raw files (also those of deliveries that were refused or replaced since), reading ids from them
the way the row rules do, which of their columns hold free text. Does not belong here: which rows have to go.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from assets.importers.raw_file import DELIVERY_ID, RESERVED, ROW, raw_facts
from expectations.compile_cells import files_sql, grouped_by_shape, text_sql
from expectations.model import CONTACT_FIELDS, REPAIRS, RESPONSE_FIELDS, FieldMap, Source, Survey
from expectations.shapes import DeliveryShape

ID_FIELDS = ("contact_id", "person_id", "response_id")
_ANY_MONTH = dt.date(1, 1, 1)  # a shape wants one; reading ids does not depend on it


def raw_shapes(survey: Survey, raw_dir: Path) -> list[DeliveryShape]:
    """Every whole raw file on disk. One of a source that the contract lost is read by the names of the fields."""
    return [
        DeliveryShape(
            delivery_id=path.stem,
            source=path.parent.name,
            kind=source_of(survey, path.parent.name).kind,
            month=_ANY_MONTH,
            sequence=0,
            path=str(path),
            columns=tuple(facts["columns"]),
            missing_codes={c: tuple(codes) for c, codes in facts["missing_codes"].items()},
            labels=facts["labels"],
        )
        for path in sorted(raw_dir.glob("*/*.parquet"))
        if not path.name.startswith(".") and (facts := raw_facts(path)) is not None
    ]


def source_of(survey: Survey, name: str) -> Source:
    """The source of a folder of raw files."""
    known = next((source for source in survey.sources if source.name == name), None)
    return known or Source(name=name, kind="combined", files="*")


def ids_sql(survey: Survey, shapes: Sequence[DeliveryShape]) -> str:
    """SELECT of path, row number, place, repaired place and the ids of every row; an id is plain text or NULL.

    A place is ``<delivery_id>:<row>``, as a repaired delivery names the row that it replaces.
    """
    branches = []
    for group in grouped_by_shape(shapes):
        source = source_of(survey, group[0].source)
        ids = ", ".join(f"{text_sql(source, group[0], field)} as {field}" for field in ID_FIELDS)
        repairs = f'"{REPAIRS}"' if REPAIRS in group[0].columns else "cast(null as varchar)"
        places = f"{DELIVERY_ID} || ':' || {ROW} as place, {repairs} as repairs"
        files = files_sql(group).removesuffix(")") + ", filename = true)"
        branches.append(f"select filename as path, {ROW} as row_number, {places}, {ids} from {files}")
    nothing = ", ".join(f"cast(null as varchar) as {field}" for field in ("path", "place", "repairs", *ID_FIELDS))
    return " union all ".join(branches) or f"select {nothing}, cast(null as bigint) as row_number where false"


def text_columns(survey: Survey, source: Source, columns: Iterable[str]) -> list[str]:
    """Columns of a file that hold what somebody wrote: open questions, and every column that nothing reads."""
    open_items = {item.id for item in survey.items if survey.scale_of(item).kind == "open"}
    read = {*RESERVED, REPAIRS, DELIVERY_ID, ROW}
    for field in (*CONTACT_FIELDS, *RESPONSE_FIELDS, *(item.id for item in survey.items)):
        if field not in open_items:
            mapped = source.fields.get(field, FieldMap())
            read |= {*mapped.columns.values(), mapped.column or field}
    return [column for column in columns if column not in read]
