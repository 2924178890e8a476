"""The retention clocks of a survey: what is due on a day, per layer.

Belongs here: from the clocks in ``survey.yaml`` to days, months, rows and files.
Does not belong here: taking anything out (``retention``), texts.

A clock counts from the end of the month of the contact. A row whose contact is not known (any more) follows the month
its file is about: its own dates may be wrong, that may be why it was held back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from assets.importers.raw_file import ROW
from assets.privacy.archive import archived_months, archived_through
from assets.privacy.erase import edited_inbox
from assets.privacy.keys import known_keys
from assets.privacy.raw_files import source_of, text_columns
from assets.raw import known_deliveries
from assets.resources import House
from expectations.compile_cells import literal
from expectations.model import Retention

READS = ("staging.contact_rows", "staging.response_rows", "staging.contacts")
Numbers = npt.NDArray[np.int64]
Rows = Mapping[Path, Numbers]
_NONE = np.empty(0, np.int64)
_ROWS, _MONTHS = "row_number", "month"


@dataclass(frozen=True)
class Due:
    """What is past its clock.

    Attributes:
        through: Last day whose answers and contacts go; None where nothing does.
        rows: Raw file -> rows that go. ``row_months``: how many per month.
        unused: Raw files that no delivery uses and that nobody would miss: they go whole.
        text_through: Last day whose open texts go.
        texts: Raw file -> rows with a text that goes. ``text_months``: how many per month.
        key_age: Days since the key of the pseudonyms was made. ``key_due``: it is to be replaced.
        aggregates_before: First day of which sums may be kept. ``aggregate_months``: archived months before it.
        inbox: Files of the inbox that still hold what was taken out of their raw files.
    """

    through: dt.date | None = None
    rows: Rows = field(default_factory=dict)
    row_months: dict[str, int] = field(default_factory=dict)
    unused: tuple[Path, ...] = ()
    text_through: dt.date | None = None
    texts: Rows = field(default_factory=dict)
    text_months: dict[str, int] = field(default_factory=dict)
    key_age: int | None = None
    key_due: bool = False
    aggregates_before: dt.date | None = None
    aggregate_months: tuple[str, ...] = ()
    inbox: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is due."""
        return bool(self.rows or self.unused or self.texts or self.key_due or self.aggregate_months or self.inbox)


def due(house: House, day: dt.date) -> Due:
    """What is past its clock on a day, as the tables of the last run know the rows."""
    clocks = house.contract.retention
    keys = known_keys(house.root)
    age = (day - keys.pseudonym.created).days if keys else None
    before = first_day_kept(day, clocks.aggregates_months)
    through, rows, row_months = _rows_due(house, day, clocks)
    text_through, texts, text_months = _texts_due(house, day, clocks, rows)
    return Due(
        through=through,
        rows=rows,
        row_months=row_months,
        unused=_unused(house, through),
        text_through=text_through,
        texts=texts,
        text_months=text_months,
        key_age=age,
        key_due=age is not None and clocks.pseudonym_key_days is not None and age > clocks.pseudonym_key_days,
        aggregates_before=before,
        aggregate_months=tuple(months_before(house, before)),
        inbox=tuple(edited_inbox(house)),
    )


def months_before(house: House, before: dt.date | None) -> list[str]:
    """Archived months before a day."""
    return [m for m in archived_months(house.root) if before and m < before.isoformat()[: len("2000-01")]]


def first_day_kept(day: dt.date, months: int | None) -> dt.date | None:
    """First day of the first month that is not past a clock: of a month that ended ``months`` ago, the whole goes."""
    if months is None:
        return None
    number = day.year * 12 + day.month - 1 - months
    return dt.date(number // 12, number % 12 + 1, 1)


def last_day_due(day: dt.date, months: int | None) -> dt.date | None:
    """Last day that is past a clock."""
    kept = first_day_kept(day, months)
    return kept - dt.timedelta(days=1) if kept else None


def _rows_due(house: House, day: dt.date, clocks: Retention) -> tuple[dt.date | None, Rows, dict[str, int]]:
    through = last_day_due(day, clocks.raw_answers_months)
    closes = dt.timedelta(weeks=house.contract.periods.closes_after_weeks)
    while through is not None and through + closes > day:  # answers may still come in
        through = through.replace(day=1) - dt.timedelta(days=1)
    # What was archived once stays archived, also when the clock was made longer since.
    archived = archived_through(house.root)
    through = max((d for d in (through, archived) if d), default=None)
    if through is None or not _has_tables(house):
        return through, {}, {}
    past = _past(house, through)
    rows = {path: columns[_ROWS] for path, columns in past.items()}
    return through, rows, _counted(columns[_MONTHS] for columns in past.values())


def _has_tables(house: House) -> bool:
    return all(house.warehouse.content_hash(table) is not None for table in READS)


def _past(
    house: House, through: dt.date, wanted: Callable[[Path], bool] = lambda path: True
) -> dict[Path, dict[str, Numbers]]:
    """Rows of contacts up to a day and the months of those contacts, per raw file that is wanted."""
    paths = {d.delivery_id: Path(d.path) for d in known_deliveries(house) if d.status == "taken"}
    found = {}
    with house.warehouse.connect(read_only=True) as connection:
        connection.execute(f"create or replace temp table past as {_PAST.format(through=literal(through.isoformat()))}")
        for delivery, path in sorted(paths.items()):
            if wanted(path):
                select = "select row_number, month from past where delivery_id = ? order by all"
                columns = connection.execute(select, [delivery]).fetchnumpy()
                found[path] = {name: np.asarray(values, np.int64) for name, values in columns.items()}
    return {path: columns for path, columns in found.items() if len(columns[_ROWS])}


def _counted(months: Iterable[Numbers]) -> dict[str, int]:
    """Month (YYYY-MM) -> how often it occurs, from months since the year 0."""
    found, counts = np.unique(np.concatenate([_NONE, *months]), return_counts=True)
    return {f"{m // 12:04}-{m % 12 + 1:02}": int(n) for m, n in zip(found.tolist(), counts.tolist(), strict=True)}


_PAST = """
with placed_rows as (
    select r.delivery_id, r.row_number, coalesce(c.contact_date, d.month) as day
    from staging.contact_rows as r
    inner join raw.deliveries as d on r.delivery_id = d.delivery_id and d.status = 'taken'
    left join staging.contacts as c on r.contact_id = c.contact_id
    union all
    -- a combined row is counted once, as a contact
    select r.delivery_id, r.row_number, coalesce(c.contact_date, d.month) as day
    from staging.response_rows as r
    inner join raw.deliveries as d on r.delivery_id = d.delivery_id and d.status = 'taken' and d.kind <> 'combined'
    left join staging.contacts as c on r.contact_id = c.contact_id
)
select delivery_id, row_number, year(day) * 12 + month(day) - 1 as month
from placed_rows where day <= cast({through} as date)
"""


def _texts_due(
    house: House, day: dt.date, clocks: Retention, going: Rows
) -> tuple[dt.date | None, Rows, dict[str, int]]:
    """Rows that stay but whose texts go."""
    through = last_day_due(day, clocks.open_text_months)
    if through is None or not _has_tables(house):
        return through, {}, {}
    found: dict[Path, Numbers] = {}
    months: list[Numbers] = []
    for path, columns in _past(house, through, lambda path: bool(texts_of(house, path))).items():
        rows = columns[_ROWS]
        written = _rows_with_text(path, np.setdiff1d(rows, going.get(path, _NONE)), texts_of(house, path))
        if len(written):
            found[path] = written
            months.append(columns[_MONTHS][np.isin(rows, written)])
    return through, found, _counted(months)


def _rows_with_text(path: Path, rows: Numbers, names: list[str]) -> Numbers:
    filled = ds.scalar(False)
    for name in names:
        filled |= ds.field(name) != ""
    with_text = ds.dataset(path).to_table([ROW], filter=filled).column(ROW).to_numpy()
    return np.intersect1d(rows, with_text)


def texts_of(house: House, path: Path) -> list[str]:
    """Columns of a raw file that hold texts."""
    columns = pq.read_schema(path).names
    return text_columns(house.contract, source_of(house.contract, path.parent.name), columns)


def _unused(house: House, through: dt.date | None) -> tuple[Path, ...]:
    """Raw files of deliveries that were replaced, and of refused ones whose month is past the clock."""
    if through is None:
        return ()
    kept = {d.delivery_id for d in known_deliveries(house) if d.month is None or d.month > through}
    kept |= {d.delivery_id for d in known_deliveries(house) if d.status == "taken"}
    return tuple(path for path in sorted(house.raw.glob("*/*.parquet")) if path.stem not in kept)
