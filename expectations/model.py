"""The survey contract as typed, frozen objects.

Belongs here: what the contract *is* (levels, items, scales, channels, sources, thresholds, tables, columns) and small
derivations of it that every room needs (resolved columns of a table, statistics columns of an item).
Does not belong here: reading YAML (``load``), SQL (``ddl``, ``rules``), Great Expectations (``suites``), data.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Window = Literal["month", "quarter", "four_quarters"]
FieldType = Literal["text", "code", "date", "integer", "number", "boolean", "open_text"]
ColumnType = Literal[
    "varchar",
    "date",
    "timestamp",
    "tinyint",
    "integer",
    "bigint",
    "ubigint",
    "double",
    "boolean",
    "varchar[]",
    "double[]",
    "struct(rule_id varchar, column_name varchar, value varchar)[]",
]
ALL = "all"  # a total over a dimension, everywhere
UNALLOCATED = "unallocated"  # contacts without a known area: counted at the top level only
NOT_APPLICABLE = "not_applicable"  # answered "n.v.t.": valid, outside every base
MISSING = "missing"  # not answered or not asked

# Fields of every contact and every response, whatever the survey. The raw column is the field's own name unless
# ``sources.yaml`` says otherwise; a survey without such a field gives it the constant "".
CONTACT_FIELDS: dict[str, FieldType] = {
    "contact_id": "text",
    "person_id": "text",
    "contact_date": "date",
    "channel": "code",
    "target_group": "code",
    "incident_class": "code",
    "area": "code",
    "answering_organisation": "code",
    "age_band": "code",
    "exclusion_reason": "code",
    "invitation_date": "date",
    "invitation_mode": "code",
}
OPTIONAL_FIELDS = ("person_id",)  # may be absent from a delivery
RESPONSE_FIELDS: dict[str, FieldType] = {"response_id": "text", "contact_id": "text", "response_date": "date"}
CODE_LIST_FIELDS = ("incident_class", "answering_organisation", "age_band", "exclusion_reason", "invitation_mode")


class Record(BaseModel):
    """Base of every contract object: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(Record):
    """One layer of the organisation, from top (index 0) to leaf.

    ``folder`` is the release folder; a ``single`` level has one area and its page stands in the folder itself.
    ``channels`` says which channel values are published: every channel, or channel classes only.
    ``breakdown_windows`` are the windows in which channels and target groups are published. ``relevant_difference`` is
    the smallest difference worth a sentence here: a point means more for a nation than for a team.
    """

    code: Code
    folder: Code
    label: str  # "basisteam"
    label_plural: str
    title: str  # "Basisteam {name}"
    own: str  # "uw team"
    single: bool = False
    area: dict[str, str] | None = None  # of a single level: {code: NL, name: Nederland}
    channels: Literal["channel", "class"] = "channel"
    crossing: bool = False  # channel class x target group
    windows: tuple[Window, ...]
    breakdown_windows: tuple[Window, ...]
    headline_window: Window
    relevant_difference: float | None = Field(default=None, gt=0, le=1)  # proportion; None: that of the thresholds


class Scale(Record):
    """Answer scale, from low to high; ``positive``/``negative`` are the values that count as (dis)satisfied."""

    code: Code
    kind: Literal["ordinal", "mark", "nominal", "open"]
    points: tuple[ScalePoint, ...] = ()
    positive: tuple[int, ...] = ()
    negative: tuple[int, ...] = ()
    positive_label: str = ""  # "tevreden of zeer tevreden"
    negative_label: str = ""
    not_applicable: tuple[str, ...] = ()  # raw spellings of "n.v.t."
    minimum: int | None = None  # of a mark
    maximum: int | None = None


class ScalePoint(Record):
    """One answer: ``value`` (ordinal) or ``code`` (nominal), its label, and the raw spellings that mean it."""

    value: int | None = None
    code: Code | None = None
    label: str
    spellings: tuple[str, ...] = ()


class Condition(Record):
    """Holds when another item (or a contact field) has one of the given codes."""

    item: str
    values: tuple[str, ...]


class Item(Record):
    """One question, once. Field name, raw column default and statistics column all follow from ``id``."""

    id: Code
    wording: str
    label: str  # short label in figures
    theme: str
    scale: Code
    polarity: Literal["positive", "negative", "none"] = "positive"
    part_of_service: bool = False  # shown in the "parts of the service" figure
    asked_of: tuple[Code, ...] = ()  # target groups; empty = all
    asked_when: Condition | None = None  # routing on an earlier item
    first_wave: dt.date
    last_wave: dt.date | None = None
    required: bool = False


class DerivedItem(Record):
    """An item's answers within a subset: e.g. satisfaction of those who heard something back."""

    id: Code
    of: Code
    where: Condition
    label: str


class ChannelClass(Record):
    """Class of channels (digitaal, telefonisch, fysiek)."""

    code: Code
    label: str


class Channel(Record):
    """One way of contact; ``spellings`` are raw values that mean it (code and label always do)."""

    code: Code
    label: str
    channel_class: Code
    spellings: tuple[str, ...] = ()


class TargetGroup(Record):
    """Group of citizens. Answers of a group that is not ``in_scope`` are accepted but stay outside every figure."""

    code: Code
    label: str
    label_plural: str
    in_scope: bool = True
    spellings: tuple[str, ...] = ()


class CodeList(Record):
    """A closed list for a contact field (incident class, age band, exclusion reason ...)."""

    field: Code
    codes: tuple[CodeEntry, ...]


class CodeEntry(Record):
    """One code of a code list."""

    code: Code
    label: str
    spellings: tuple[str, ...] = ()


class FieldMap(Record):
    """How one contract field is found in a delivery."""

    column: str | None = None  # raw column name; default: the field's own name
    constant: str | None = None  # every row has this value; "" = the survey has no such field
    values: dict[str, str] = {}  # raw value -> value, before typing


class Source(Record):
    """How deliveries of one kind look. What is None is sniffed.

    ``kind`` ``combined`` is a file whose rows are contact and response at once (a survey without a contact register).
    """

    name: Code
    kind: Literal["contacts", "responses", "combined"]
    files: str  # glob on the file name, e.g. "contacts_*"
    month: str | None = None  # regular expression with one group YYYY-MM on the file name
    month_constant: str | None = None
    format: Literal["csv", "xlsx", "sav", "parquet"] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    header_rows: int = 1
    sheet: str | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%d-%m-%Y")
    missing: tuple[str, ...] = ("",)
    fields: dict[str, FieldMap] = {}
    ignore_extra_columns: bool = False
    ignore_columns: tuple[str, ...] = ()


class Thresholds(Record):
    """Section "Decisions" of the method: printed in every report."""

    minimum_n: int = Field(ge=1)  # below: nothing, not even n
    mean_indicative_below: int
    compare_means_from: int
    percentage_from: int
    caution_below: int
    maximum_percentage_width: float  # interval width (proportion) from which a percentage is not shown
    maximum_mean_half_width: float  # of a 10-point scale; other scales in proportion to their range
    minimum_reliability: float
    relevant_difference: float  # proportion, e.g. 0.05
    relevant_difference_mean: float  # share of the scale's range, e.g. 0.2/9
    false_discovery_rate: float
    confidence: float = 0.95


class Periods(Record):
    """Which months exist and when a quarter closes. A survey that has ended names its ``last_month``."""

    first_month: dt.date
    last_month: dt.date | None = None
    closes_after_weeks: int = Field(ge=0)
    four_quarters_from: int = 4  # closed quarters needed before the first four-quarter window


class Break(Record):
    """A change of method from ``date`` on: nothing is compared or drawn across it."""

    date: dt.date
    reason: str
    items: tuple[Code, ...] = ()  # empty = all


class Theme(Record):
    """Comment theme with transparent patterns."""

    code: Code
    label: str
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


class Area(Record):
    """One validity row of an area. The same code may occur in several rows (renames)."""

    level: Code
    code: Code
    name: str
    parent: Code | None
    valid_from: dt.date
    valid_to: dt.date | None = None
    successor: Code | None = None
    share: float = Field(default=1.0, gt=0, le=1)  # of the contacts that goes to this successor (splits)
    weight: float = Field(default=1.0, ge=0)  # relative size, for synthetic data
    spellings: tuple[str, ...] = ()
    note: str = ""  # why this row is there


class Column(Record):
    """One column, once: the same name means the same thing and unit everywhere."""

    name: Code
    type: ColumnType
    label: str  # Dutch label
    description: str
    unit: str | None = None
    personal: bool = False  # never in previews, metadata or releases


class TableColumn(Record):
    """Use of a column in a table."""

    name: Code
    nullable: bool = True


class Expectation(Record):
    """One Great Expectations expectation with the reason it is there."""

    type: str  # GX name, e.g. expect_column_values_to_be_between
    kwargs: dict[str, object]
    severity: Literal["contract", "plausible"]
    reason: str


class Table(Record):
    """Contract of one table."""

    layer: Literal["raw", "reference", "staging", "marts", "publication"]
    name: Code
    grain: str
    description: str
    owner: str
    key: tuple[Code, ...]
    columns: tuple[TableColumn, ...]
    items_as: Literal["answers", "statistics"] | None = None  # dynamic columns appended: one per item
    expectations: tuple[Expectation, ...] = ()
    built_by: Literal["sql", "contract", "python"] = "sql"


class Survey(Record):
    """The whole contract of one survey, validated."""

    root: Path
    code: Code
    name: str
    subject: str  # "het contact met de politie"
    language: Literal["nl", "en"]
    status: str
    version: str
    valid_from: dt.date
    publisher: str
    contact: str
    headline_item: Code
    mark_item: Code | None = None
    feedback_item: Code | None = None  # nominal: heard anything back
    levels: tuple[Level, ...]
    thresholds: Thresholds
    periods: Periods
    breaks: tuple[Break, ...] = ()
    scales: dict[str, Scale]
    items: tuple[Item, ...]
    derived_items: tuple[DerivedItem, ...] = ()
    channel_classes: tuple[ChannelClass, ...]
    channels: tuple[Channel, ...]
    target_groups: tuple[TargetGroup, ...]
    code_lists: dict[str, CodeList]
    sources: tuple[Source, ...]
    themes: tuple[Theme, ...] = ()
    areas: tuple[Area, ...]
    columns: dict[str, Column]
    tables: dict[str, Table]  # "layer.name"
    fingerprint: str  # sha256 over all contract files, paths relative

    @property
    def leaf(self) -> Level:
        """Lowest level: the area a contact carries."""
        return self.levels[-1]

    @property
    def top(self) -> Level:
        """Highest level."""
        return self.levels[0]

    def item(self, item_id: str) -> Item:
        """The item with this id; ``KeyError`` if there is none."""
        return next(i for i in self.items if i.id == item_id)

    def relevant_difference(self, level_code: str) -> float:
        """The smallest difference in a proportion that is worth a sentence at this level."""
        level = next(level for level in self.levels if level.code == level_code)
        return level.relevant_difference or self.thresholds.relevant_difference

    def relevant_difference_mean(self, level_code: str) -> float:
        """The same for a mean, as part of its scale's range; in step with the one for proportions."""
        default = self.thresholds
        return default.relevant_difference_mean * self.relevant_difference(level_code) / default.relevant_difference

    def scale_of(self, item: Item) -> Scale:
        """The scale of an item."""
        return self.scales[item.scale]
