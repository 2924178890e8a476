"""The survey contract as typed, frozen objects.

Belongs here: what the contract *is* (levels, items, scales, channels, sources, thresholds, tables, columns) and small
derivations of it that every room needs (resolved columns of a table, statistics columns of an item).
Does not belong here: reading YAML (``load``), SQL (``ddl``, ``rules``), Great Expectations (``suites``), data.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    "integer[]",
    "double[]",
    "ubigint[]",
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
OPTIONAL_FIELDS = ("person_id", "duration_seconds", "honeypot", "consent")  # may be absent from a delivery
RESPONSE_FIELDS: dict[str, FieldType] = {
    "response_id": "text",
    "contact_id": "text",
    "response_date": "date",
    "duration_seconds": "integer",
    "honeypot": "text",
    "consent": "code",
}
CODE_LIST_FIELDS = (
    "incident_class",
    "answering_organisation",
    "age_band",
    "exclusion_reason",
    "invitation_mode",
    "consent",
)
Format = Literal["csv", "xlsx", "ods", "sav", "dta", "parquet", "jsonl"]
Profile = Literal["plain", "limesurvey", "qualtrics", "surveymonkey", "google_forms", "microsoft_forms"]
ROW_AS_ID = "_row"  # as the column of an id: a file without ids, whose rows are told apart by their place
REPAIRS = "_repairs"  # column of a repaired delivery: "<delivery_id>:<row>", the row of a file that this row replaces


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
    kind: Literal["ordinal", "mark", "nominal", "multiple", "open"]  # multiple: tick all that apply
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
    columns: dict[str, str] = {}  # of an item "tick all that apply": option code -> the raw column of that option
    separator: str | None = None  # of such an item in one column: what stands between the ticked options
    constant: str | None = None  # every row has this value; "" = the survey has no such field
    values: dict[str, str] = {}  # raw value -> value, before typing


class Source(Record):
    """How deliveries of one kind look. What is None is sniffed.

    ``kind`` ``combined`` is a file whose rows are contact and response at once (a survey without a contact register).
    ``profile`` is the survey tool that wrote the file: how its header rows, labels and options stand. ``holds`` says
    what a file is: ``changes`` (new and corrected rows) or ``whole_month`` (every row of its month, so that a later
    file of the same month is a full re-delivery). ``vanished`` says what becomes of a row that such a file lacks.
    """

    name: Code
    kind: Literal["contacts", "responses", "combined"]
    files: str  # glob on the file name, e.g. "contacts_*"
    month: str | None = None  # regular expression with one group YYYY-MM on the file name
    month_constant: str | None = None
    format: Format | None = None
    profile: Profile | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    header_rows: int | None = None  # None: as the profile has it, else 1
    sheet: str | None = None
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%d-%m-%Y")
    timezone: str | None = None  # clock of moments without an offset; None: the clock of the survey
    holds: Literal["changes", "whole_month"] = "changes"
    vanished: Literal["kept", "withdrawn"] = "kept"
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
    drivers_from: int = Field(default=1000, ge=100)  # answers from which is told what goes with the overall opinion
    driver_order_from: int = Field(default=5000, ge=100)  # and from which the first three are put in order
    mix_counts_from: float = Field(default=0.25, gt=0)  # part of the relevant difference: a smaller mix part is left in
    confidence: float = 0.95


class Periods(Record):
    """Which months exist and when a quarter closes. A survey that has ended names its ``last_month``."""

    first_month: dt.date
    last_month: dt.date | None = None
    closes_after_weeks: int = Field(ge=0)
    four_quarters_from: int = 4  # closed quarters needed before the first four-quarter window


BreakCause = Literal["wording", "scale", "mode", "lead_time", "sampling"]


class Break(Record):
    """A change of method from ``date`` on: nothing is compared or drawn across it.

    A declaration takes the place of what the break guard finds for its items in the same month. With ``cause`` (or,
    for wording and scale, with ``items``) it does so within a quarter before and after: the declared date wins.
    ``same_meaning`` says that what the guard finds is no break: a typing error mended, another way to say the same.
    """

    date: dt.date
    reason: str
    items: tuple[Code, ...] = ()  # empty = all
    cause: BreakCause | None = None  # what changed
    same_meaning: bool = False


class Exclusion(Record):
    """Why a contact or a response stays out of every figure; the first rule that holds is the one that is counted.

    ``when``: all conditions must hold. Their ``item`` is a contact field, a response field or an item.
    """

    code: Code
    label: str  # "Jonger dan 16 jaar"
    reason: str  # why the survey leaves these out, for readers
    when: tuple[Condition, ...] = Field(min_length=1)


class ResponseRules(Record):
    """When a filled-in questionnaire counts, and what is flagged in it (flagged answers count)."""

    minimum_answered: int = Field(default=1, ge=1)  # closed items, or any where all are open; fewer: quarantined
    speeder_seconds: int | None = Field(default=None, ge=1)  # answered in less: flagged
    straight_line_items: int | None = Field(default=None, ge=3)  # at least so many scale items, all equal: flagged
    same_text_from: int | None = Field(default=None, ge=2)  # so many responses with one and the same comment: flagged
    same_text_length: int = Field(default=25, ge=1)  # shorter comments ("Prima!") are equal by chance
    one_invitation_in_days: int | None = Field(default=None, ge=1)  # a person's next contact within: excluded


class BreakGuard(Record):
    """From when on a month is measured in another way than the months before it (see ``Break``)."""

    months_before: int = Field(default=6, ge=2)  # at most so many months are the yardstick
    least_contacts: int = Field(default=200, ge=1)  # invited contacts in a month; fewer say nothing
    mode_shares: float = Field(default=0.20, gt=0, le=1)  # largest change in the mix of invitation modes
    lead_days: float = Field(default=5.0, gt=0)  # largest change in mean days from contact to invitation
    invited_share: float = Field(default=0.20, gt=0, le=1)  # largest change in the part of contacts that is invited


class Plausibility(Record):
    """When a month of a source differs so much from the months before it that someone should look; never a refusal."""

    history_months: int = Field(default=12, ge=3)  # at most so many months before it are the yardstick
    least_months: int = Field(default=6, ge=3)  # fewer: nothing is compared, and that is said
    false_alarms: float = Field(default=0.002, gt=0, lt=0.5)  # warnings per measure of an ordinary month
    smallest_share: float = Field(default=0.02, ge=0, lt=1)  # a smaller change of a share is never worth a warning
    smallest_volume: float = Field(default=0.10, ge=0, lt=1)  # the same for the number of rows, as part of it


class Retention(Record):
    """How long each layer keeps what is about a person; None: no clock. Counted from the month of the contact."""

    raw_answers_months: int | None = Field(default=None, ge=1)
    open_text_months: int | None = Field(default=None, ge=1)
    pseudonym_key_days: int | None = Field(default=None, ge=1)  # from the day the key was made
    aggregates_months: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _sums_outlive_rows(self) -> Retention:
        rows, sums = self.raw_answers_months, self.aggregates_months
        if rows is not None and sums is not None and sums < rows:
            raise ValueError("aggregates_months is shorter than raw_answers_months: sums are kept at least as long")
        return self


class Bounds(Record):
    """Least and largest factor by which calibration may change a weight."""

    lower: float = Field(gt=0, lt=1)
    upper: float = Field(gt=1)


class Weighting(Record):
    """How respondents stand for contacts, per calendar quarter. A survey without it gives every answer the same weight.

    A cell is described by dimensions: at most one level of the organisation, ``channel`` or ``channel_class``,
    ``target_group``, ``age_band``. What is too small goes together with the smallest other class that shares all but
    the last dimension, then one level up, and so on.
    """

    selection: tuple[Code, ...]  # every such group has its own chance of an invitation
    response_classes: tuple[Code, ...]  # within such a group everyone is as likely to answer
    minimum_class: int = Field(default=20, ge=1)  # respondents in a class, invited contacts in a selection group
    # Margins of the contact register that the weights meet, best set first; a quarter without a solution within the
    # bounds gets the next set, and after the last one the national total only.
    margin_sets: tuple[tuple[tuple[Code, ...], ...], ...] = Field(min_length=1)
    minimum_margin: int = Field(default=10, ge=1)  # respondents in a cell of a margin; fewer: together with a neighbour
    neighbours: dict[Code, dict[Code, Code]] = {}  # dimension -> code -> the code it goes together with first
    bounds: Bounds
    design_effect_warn: float = Field(gt=1)
    design_effect_stop: float = Field(gt=1)
    # Weights of a released quarter stay while its contacts and responses change by no more than this part.
    frozen_until: float = Field(default=0.02, ge=0, lt=1)


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
    exclusions: tuple[Exclusion, ...] = ()
    response_rules: ResponseRules = ResponseRules()
    break_guard: BreakGuard = BreakGuard()
    plausibility: Plausibility = Plausibility()
    retention: Retention = Retention()
    weighting: Weighting | None = None
    timezone: str = "Europe/Amsterdam"  # whose midnight ends a day
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
