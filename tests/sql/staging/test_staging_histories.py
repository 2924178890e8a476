"""Random histories of deliveries, from files in an inbox to accounts, against the rules in plain Python."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from assets.intake import take_inbox
from tests.sql.staging.fates import Vanished, accounts, fates, whole_months
from tests.sql.staging.oracle import File, Row, contact_fates, response_fates
from tests.tiny_survey import House, contact, response

Cells = dict[str, str]
MONTHS = ("2024-02", "2024-03")
# Names in an order of their own: what counts is the month and the name, never when a file came in.
SUFFIXES = ("", "_b", "_herlevering", "_v2", "_v10", "_A")


@dataclass(frozen=True)
class Arrival:
    """One file, in the order in which files came in. ``repairs``: file and row that each row repairs, if any."""

    source: str
    month: str
    suffix: str
    rows: tuple[tuple[Cells, tuple[int, int] | None], ...]


@dataclass(frozen=True)
class Written:
    """A file as it lies in the inbox."""

    name: str
    arrival: Arrival
    delivery_id: str
    rows: tuple[Row, ...]
    has_repairs: bool


channels = st.sampled_from(["web", "phone", "?"])
marks = st.sampled_from(["8", "2", "11"])
dates = st.sampled_from(["2024-02-10", "2024-02-12"])
contact_rows = st.fixed_dictionaries({"contact_id": st.sampled_from(["c1", "c2", "c3", ""]), "channel": channels})
response_rows = st.fixed_dictionaries(
    {
        "response_id": st.sampled_from(["r1", "r2", ""]),
        "contact_id": st.sampled_from(["c1", "c2", "c3"]),
        "mark": marks,
        "response_date": dates,
    }
)
both_rows = st.fixed_dictionaries(
    {"response_id": st.sampled_from(["r1", "c2", ""]), "channel": channels, "mark": marks, "response_date": dates}
)
ROWS = {"contacts": contact_rows, "responses": response_rows, "both": both_rows}


def arrivals_of(source: str) -> st.SearchStrategy[Arrival]:
    repairs = st.none() | st.none() | st.tuples(st.integers(0, 4), st.integers(1, 3))
    return st.builds(
        Arrival,
        st.just(source),
        st.sampled_from(MONTHS),
        st.sampled_from(SUFFIXES),
        st.lists(st.tuples(ROWS[source], repairs), min_size=1, max_size=3).map(tuple),
    )


histories = st.lists(
    arrivals_of("contacts") | arrivals_of("contacts") | arrivals_of("responses") | arrivals_of("both"),
    min_size=2,
    max_size=6,
)
policies = st.tuples(*[st.sampled_from(["kept", "withdrawn"])] * 3)


def written(history: list[Arrival]) -> list[Written]:
    """The files of a history; a repair can only name a file that came in before."""
    files: list[Written] = []
    for arrival in history:
        name = f"{arrival.source}_{arrival.month}{arrival.suffix}.csv"
        has_repairs = any(repairs is not None for _, repairs in arrival.rows)
        rows = []
        for number, (cells, repairs) in enumerate(arrival.rows, start=1):
            position = ""
            if repairs is not None and repairs[0] < len(files):
                position = f"{files[repairs[0]].delivery_id}:{repairs[1]}"
            rows.append(Row(number, cells, position))
        content = _csv(arrival.source, rows, has_repairs=has_repairs)
        identity = hashlib.sha256(content).hexdigest()[:16]
        files = [f for f in files if f.name != name]  # a file of the same name takes its place
        files.append(Written(name, arrival, identity, tuple(rows), has_repairs))
    return files


def _csv(source: str, rows: list[Row], *, has_repairs: bool) -> bytes:
    whole: list[dict[str, str | None]] = []
    for row in rows:
        good = {
            "contacts": lambda: contact() | {"answering_organisation": ""},
            "responses": response,
            "both": lambda: contact() | response() | {"answering_organisation": ""},
        }[source]()
        if source == "both":
            del good["contact_id"], good["team"]
            good["area"] = "Noord"
        whole.append(good | dict(row.cells) | ({"_repairs": row.repairs} if has_repairs else {}))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(whole[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(whole)
    return text.getvalue().encode()


def staged(folder: Path, policy: tuple[Vanished, Vanished, Vanished], files: list[Written]) -> House:
    """Files laid in an inbox and taken, with staging built over them."""
    inbox = folder / "inbox"
    inbox.mkdir()
    for file in files:
        (inbox / file.name).write_bytes(_csv(file.arrival.source, list(file.rows), has_repairs=file.has_repairs))
    survey = whole_months(*policy)
    house = House(folder, survey)
    taken = take_inbox(survey, inbox, folder / "raw", {})
    assert {d.status for d in taken} <= {"taken", "repeat"}, [d.message for d in taken]
    house.shapes = [d.shape() for d in taken if d.status == "taken"]
    house.read = [d.rows_read for d in taken if d.status == "taken"]
    house.build()
    return house


def expected_order(files: list[Written]) -> list[Written]:
    """By month, then name with numbers as numbers; the same bytes again are no delivery."""
    months = {month: at for at, month in enumerate(MONTHS)}
    names = {
        f"{source}_{month}{suffix}.csv": at
        for source in ("both", "contacts", "responses")
        for month in MONTHS
        for at, suffix in enumerate(("", "_A", "_b", "_herlevering", "_v2", "_v10"))
    }
    sources = {"both": 0, "contacts": 1, "responses": 2}
    ordered = sorted(files, key=lambda f: (months[f.arrival.month], sources[f.arrival.source], names[f.name]))
    seen: set[str] = set()
    return [f for f in ordered if not (f.delivery_id in seen or seen.add(f.delivery_id))]  # type: ignore[func-returns-value]


ROW = {"contact_id": "c1", "channel": "web"}
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # an example takes half a second: shrinking would take minutes


@settings(max_examples=12, deadline=None, phases=PHASES)
@given(histories, policies)
@example(
    [
        Arrival("contacts", "2024-02", "_v10", (({"contact_id": "c1", "channel": "phone"}, None),)),
        Arrival("contacts", "2024-02", "_v2", ((ROW, None), ({"contact_id": "c2", "channel": "web"}, None))),
        Arrival("contacts", "2024-02", "_herlevering", (({"contact_id": "", "channel": "web"}, None),)),
        Arrival("contacts", "2024-02", "_b", (({"contact_id": "c3", "channel": "web"}, (2, 1)),)),
    ],
    ("withdrawn", "kept", "kept"),
)
def test_any_history_of_deliveries_ends_as_the_rules_say(
    history: list[Arrival], policy: tuple[Vanished, Vanished, Vanished]
) -> None:
    files = written(history)
    ordered = expected_order(files)
    means = dict(zip(("contacts", "responses", "both"), policy, strict=True))
    series = [
        File(n, f.delivery_id, f.arrival.source, f.arrival.month, f.rows, f.has_repairs)
        for n, f in enumerate(ordered, start=1)
    ]
    with TemporaryDirectory() as folder:
        house = staged(Path(folder), policy, files)
        contacts = contact_fates(series, means)
        responses = response_fates(series, means, contacts)
        found = {(d, n): (s, note) for d, n, s, note in fates(house, "contact_versions")}
        assert found == contacts
        answers = {(d, n): (s, note) for d, n, s, note in fates(house, "response_versions")}
        assert answers == responses

        # Every row is accounted for once, per file, and every part is as large as the rules say.
        counted = accounts(
            house, "rows_read", "rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased",
            "rows_withdrawn", "rows_repaired", "rows_vanished", "rows_unaccounted",
        )  # fmt: skip
        for file in series:
            own = contacts if file.source == "contacts" else responses
            of_file = [own[file.delivery_id, row.number] for row in file.rows]
            status, note = Counter(s for s, _ in of_file), Counter(n for _, n in of_file)
            assert counted[file.delivery_id] == (
                len(file.rows), status["accepted"], status["superseded"], status["quarantined"], 0,
                note["withdrawn"], note["repaired"], note["vanished"], 0,
            )  # fmt: skip

        # Whoever counts counts once, and only with a reason is a row held back.
        for table, key in (("contacts", "contact_id"), ("responses", "response_id"), ("responses", "contact_id")):
            ids = [row[0] for row in house.rows(f"select {key} from staging.{table}")]
            assert len(ids) == len(set(ids))
        for table in ("contact_versions", "response_versions"):
            assert house.rows(f"select 1 from staging.{table} where status = 'quarantined' and len(faults) = 0") == []
            assert house.rows(f"select 1 from staging.{table} where status = 'accepted' and len(faults) > 0") == []


@settings(max_examples=3, deadline=None, phases=PHASES)
@given(histories, policies, st.integers(0, 5))
def test_the_same_file_once_more_under_a_later_name_changes_nothing(
    history: list[Arrival], policy: tuple[Vanished, Vanished, Vanished], again: int
) -> None:
    files = written(history)
    twice = files[again % len(files)]
    name = f"{twice.arrival.source}_{twice.arrival.month}_zz.csv"
    copy = Written(name, twice.arrival, twice.delivery_id, twice.rows, twice.has_repairs)
    with TemporaryDirectory() as once_folder, TemporaryDirectory() as twice_folder:
        once = staged(Path(once_folder), policy, files)
        more = staged(Path(twice_folder), policy, [*files, copy])
        for table in ("contact_versions", "response_versions"):
            assert fates(once, table) == fates(more, table)
