"""A survey small enough to know by heart, and a house that builds its staging tables from rows written by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assets.privacy.archive import archive_sql
from assets.reference_tables import reference_tables
from assets.warehouse import Warehouse, sql_text
from expectations.ddl import resolved_columns
from expectations.derived import derived_expectations
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import (
    Area,
    Channel,
    ChannelClass,
    CodeEntry,
    CodeList,
    Condition,
    DerivedItem,
    FieldMap,
    Item,
    Level,
    Periods,
    ResponseRules,
    Scale,
    ScalePoint,
    Source,
    Survey,
    TargetGroup,
)
from expectations.rules import DeliveryShape, contact_rows_sql, respondents_sql, response_rows_sql

AS_OF = dt.date(2024, 12, 31)
FIRST = dt.date(2024, 1, 1)
DELIVERY_TYPES = {
    "month": pa.date32(),
    "sequence": pa.int32(),
    "rows_read": pa.int64(),
    "columns": pa.list_(pa.string()),
}
STAGING = (
    "row_repairs",
    "vanished_rows",
    "contact_versions",
    "contacts",
    "response_versions",
    "responses",
    "quarantine",
    "delivery_accounts",
)
PUBLICATION = ("deliveries", "quality")

LEVELS = (
    Level(
        code="nation", folder="national", label="land", label_plural="landen", title="{name}", own="heel Nederland",
        single=True, area={"code": "NL", "name": "Nederland"}, channels="channel", crossing=True,
        windows=("month", "quarter"), breakdown_windows=("quarter",), headline_window="quarter",
    ),
    Level(
        code="team", folder="teams", label="team", label_plural="teams", title="{name}", own="uw team",
        channels="class", windows=("quarter", "four_quarters"), breakdown_windows=("four_quarters",),
        headline_window="four_quarters",
    ),
)  # fmt: skip
AREAS = (
    Area(level="team", code="T1", name="Noord", parent="NL", valid_from=FIRST, spellings=("Team North",)),
    Area(level="team", code="T2", name="Zuid", parent="NL", valid_from=FIRST),
)
SCALES = {
    "five": Scale(
        code="five",
        kind="ordinal",
        points=tuple(
            ScalePoint(value=value, label=label)
            for value, label in enumerate(("zeer ontevreden", "ontevreden", "neutraal", "tevreden", "zeer tevreden"), 1)
        ),
        positive=(4, 5),
        negative=(1, 2),
        positive_label="(zeer) tevreden",
        not_applicable=("n.v.t.",),
    ),
    "ten": Scale(code="ten", kind="mark", minimum=1, maximum=10, positive=(8, 9, 10)),
    "heard": Scale(
        code="heard", kind="nominal", points=(ScalePoint(code="yes", label="Ja"), ScalePoint(code="no", label="Nee"))
    ),
    "open": Scale(code="open", kind="open"),
}


def _item(code: str, scale: str, **more: Any) -> Item:
    return Item(id=code, wording=f"{code}?", label=code, theme="overall", scale=scale, first_wave=FIRST, **more)


ITEMS = (
    _item("satisfaction", "five", required=True),
    _item("mark", "ten"),
    _item("heard", "heard"),
    _item("news", "five", asked_when=Condition(item="heard", values=("yes",))),
    _item("report", "five", asked_of=("reporter",)),
    _item("retired", "five", last_wave=dt.date(2024, 3, 31)),
    _item("comment", "open"),
)


@cache
def tiny_survey() -> Survey:
    """Two teams, two channels, two groups, seven items; the table contracts are the real ones."""
    shared = load_survey(DEFAULT_SURVEY)
    # Loading adds what follows from the items of that survey; this one has its own.
    tables = {
        name: table.model_copy(
            update={
                "expectations": tuple(e for e in table.expectations if e not in derived_expectations(shared, table))
            }
        )
        for name, table in shared.tables.items()
    }
    return shared.model_copy(
        update={
            "code": "tiny",
            "levels": LEVELS,
            "areas": AREAS,
            "periods": Periods(first_month=FIRST, closes_after_weeks=6),
            "scales": SCALES,
            "items": ITEMS,
            "derived_items": (
                DerivedItem(
                    id="satisfaction_heard",
                    of="satisfaction",
                    where=Condition(item="heard", values=("yes",)),
                    label="x",
                ),
            ),
            "channel_classes": (
                ChannelClass(code="online", label="Online"),
                ChannelClass(code="voice", label="Bellen"),
            ),
            "channels": (
                Channel(code="web", label="Website", channel_class="online", spellings=("Internet",)),
                Channel(code="phone", label="0900-8844", channel_class="voice"),
            ),
            "target_groups": (
                TargetGroup(code="reporter", label="Melder", label_plural="melders"),
                TargetGroup(code="suspect", label="Verdachte", label_plural="verdachten", in_scope=False),
            ),
            "code_lists": {
                "age_band": CodeList(field="age_band", codes=(CodeEntry(code="16plus", label="16 of ouder"),)),
                "exclusion_reason": CodeList(field="exclusion_reason", codes=(CodeEntry(code="none", label="Geen"),)),
            },
            "sources": (
                Source(name="contacts", kind="contacts", files="contacts_*", fields={"area": FieldMap(column="team")}),
                Source(name="responses", kind="responses", files="responses_*", missing=("", "NA")),
                Source(name="both", kind="combined", files="both_*"),
            ),
            "breaks": (),
            "exclusions": (),
            "response_rules": ResponseRules(),
            "weighting": None,
            "tables": tables,
        }
    )


def contact(contact_id: str = "c1", **cells: str | None) -> dict[str, str | None]:
    """A contact in good order, with some cells changed."""
    good: dict[str, str | None] = {
        "contact_id": contact_id,
        "person_id": "p1",
        "contact_date": "2024-02-01",
        "channel": "web",
        "target_group": "reporter",
        "incident_class": "theft",
        "team": "Noord",
        "age_band": "16plus",
        "exclusion_reason": "",
        "invitation_date": "2024-02-08",
        "invitation_mode": "email",
    }
    return good | cells


def response(response_id: str = "r1", contact_id: str = "c1", **cells: str | None) -> dict[str, str | None]:
    """A response in good order, with some cells changed."""
    good: dict[str, str | None] = {
        "response_id": response_id,
        "contact_id": contact_id,
        "response_date": "2024-02-10",
        "satisfaction": "4",
        "mark": "8",
        "heard": "yes",
        "news": "5",
        "report": "3",
        "retired": "",
        "comment": "Prima geholpen door Jan",
    }
    return good | cells


_TEMPLATES: dict[tuple[int, dt.date], tuple[Survey, bytes]] = {}


def _reference_template(survey: Survey, as_of: dt.date) -> bytes:
    """A warehouse with the reference tables, made once per survey: most tests differ in their rows only."""
    key = (id(survey), as_of)
    if key not in _TEMPLATES:
        with TemporaryDirectory() as folder:
            warehouse = Warehouse(Path(folder))
            with warehouse.kept_open():
                for name, frame in reference_tables(survey, as_of).items():
                    warehouse.build_frame(survey.tables[f"reference.{name}"], frame, survey, name)
            _TEMPLATES[key] = (survey, warehouse.path.read_bytes())  # the survey too: its id stays taken
    return _TEMPLATES[key][1]


class House:
    """A warehouse over deliveries written by hand, in the order they were given."""

    def __init__(self, home: Path, survey: Survey | None = None, as_of: dt.date = AS_OF) -> None:
        self.home = home
        self.survey = survey or tiny_survey()
        self.as_of = as_of
        self.warehouse = Warehouse(home)
        self.shapes: list[DeliveryShape] = []
        self.read: list[int] = []

    def deliver(
        self,
        source: str,
        rows: Sequence[Mapping[str, str | None]],
        *,
        lost: int = 0,
        month: dt.date = FIRST,
        **shape: Any,
    ) -> DeliveryShape:
        """Add a taken file; ``lost`` rows were read but are no longer there."""
        number = len(self.shapes) + 1
        columns = tuple(dict.fromkeys(column for row in rows for column in row))
        raw = pa.table(
            {
                "_delivery_id": pa.array([f"d{number}"] * len(rows), pa.string()),
                "_row": pa.array(range(1, len(rows) + 1), pa.int64()),
                **{c: pa.array([row.get(c) for row in rows], pa.string()) for c in columns},
            }
        )
        path = self.home / f"d{number}.parquet"
        pq.write_table(raw, path)
        kind = next(s.kind for s in self.survey.sources if s.name == source)
        self.shapes.append(DeliveryShape(f"d{number}", source, kind, month, number, str(path), columns, **shape))
        self.read.append(len(rows) + lost)
        return self.shapes[-1]

    def build(self) -> None:
        """Build everything up to the respondents and the two published accounts."""
        template = _reference_template(self.survey, self.as_of)
        self.warehouse.path.parent.mkdir(parents=True, exist_ok=True)
        self.warehouse.path.write_bytes(template)
        with self.warehouse.kept_open():
            self._build()

    def _build(self) -> None:
        survey, tables = self.survey, self.survey.tables
        self.warehouse.build_frame(tables["raw.deliveries"], self._deliveries(), survey, str(self.read))
        archived = tables["staging.archived_exclusions"]
        self.warehouse.build(archived, archive_sql(survey, archived, self.home), survey)
        compiled = {
            "staging.contact_rows": contact_rows_sql(survey, self.shapes, self.as_of),
            "staging.response_rows": response_rows_sql(survey, self.shapes, self.as_of),
        }
        compiled |= {f"staging.{name}": sql_text("staging", name) for name in STAGING}
        compiled["marts.respondents"] = respondents_sql(survey)
        compiled |= {f"publication.{name}": sql_text("publication", name) for name in PUBLICATION}
        for key, sql in compiled.items():
            self.warehouse.build(tables[key], sql, survey)

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self.warehouse.connect(read_only=True) as connection:
            return connection.execute(select).fetchall()

    def rules(self, kind: str = "responses") -> list[tuple[int, str]]:
        """Row and rule of everything in quarantine."""
        return [
            (int(row), str(rule))
            for row, rule in self.rows(
                f"select row_number, rule_id from staging.quarantine where kind = '{kind}' order by all"
            )
        ]

    def _deliveries(self) -> pa.Table:
        survey = self.survey
        columns = resolved_columns(survey, survey.tables["raw.deliveries"])
        schema = pa.schema([(c.name, DELIVERY_TYPES.get(c.name, pa.string())) for c in columns])
        empty = dict.fromkeys(schema.names)
        rows = [
            empty
            | {"delivery_id": s.delivery_id, "source": s.source, "kind": s.kind, "file_name": f"{s.delivery_id}.csv"}
            | {"sha256": "0" * 64, "month": s.month, "sequence": s.sequence, "rows_read": read, "status": "taken"}
            | {"columns": list(s.columns)}
            for s, read in zip(self.shapes, self.read, strict=True)
        ]
        return pa.Table.from_pylist(rows, schema=schema)


def evaluate(expression: str, **values: Any) -> Any:
    """Value of a SQL expression, its columns given by name."""
    with duckdb.connect() as connection:
        named = ", ".join(f"${name} as {name}" for name in values)
        found = connection.execute(f"select {expression} from (select {named})", values).fetchone()
    return found[0] if found else None
