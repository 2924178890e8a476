"""Upkeep of a home from the command line: erasing a person, retention, keys; each with the tables built again.

Belongs here: the order of the steps and their outcome as data. Does not belong here: the steps on files
(``assets.privacy``), printing, arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import runs
from pipelines.console import DataRefusedError, WrongUseError
from pipelines.settings import Settings, remembered

if TYPE_CHECKING:
    from assets.privacy.clocks import Due
    from assets.privacy.erase import ErasePlan
    from assets.privacy.keys import Keys
    from assets.resources import House

TRUTH = "truth"
"""Folder of a demo with the invented persons behind its deliveries."""


@dataclass
class Erasure:
    """What an erasure took out, or would take out."""

    done: bool
    rows: int
    contacts: int
    responses: int
    files: dict[str, int]
    inbox: list[str]
    inbox_kept: bool
    unread: list[str]
    unreadable: list[str]
    figures: int
    releases: list[str]
    figures_file: str | None = None
    traces: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class Retained:
    """What retention took out, or would take out."""

    done: bool
    day: str
    through: str | None
    rows: dict[str, int]
    text_through: str | None
    texts: dict[str, int]
    key_age_days: int | None
    key_due: bool
    aggregates_before: str | None
    aggregate_months: list[str]
    raw_files: int
    inbox_files: int
    clocks: dict[str, int | None]
    problems: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether nothing is past its clock."""
        return not (
            self.rows or self.texts or self.key_due or self.aggregate_months or self.raw_files or self.inbox_files
        )


def settings_of(home: Path) -> Settings:
    """Settings of a home that exists."""
    home = home.resolve()
    if remembered(home) is None:
        raise WrongUseError(f"{home} is not a home yet. Make one with: politiemonitor init --home {home}")
    return runs.run_settings(home, None, None)


def erase(settings: Settings, identifier: str, kind: str | None, *, dry_run: bool, keep_inbox: bool) -> Erasure:
    """Take a person out of a home for good."""
    from assets.privacy import erase as erasing  # noqa: PLC0415
    from assets.privacy.figures import write_list  # noqa: PLC0415
    from assets.raw import record_again  # noqa: PLC0415

    with _work_on(settings) as house:
        plan = _plan(house, identifier, kind)
        outcome = _erasure_of(plan, done=not dry_run, keep_inbox=keep_inbox)
        if dry_run:
            return outcome
        if plan.figures:
            outcome.figures_file = str(write_list(house.root, house.day, plan.figures))
        erasing.carry_out(house, plan, keep_inbox=keep_inbox)
        record_again(house)
        outcome.problems = _build_tables(house)
        house.warehouse.compact()
        if (house.root / TRUTH).is_dir():
            outcome.notices.append(f"{TRUTH}/ holds the invented persons of the synthetic police: it stays.")
        outcome.traces = [str(path) for path in erasing.traces(house, (value for _, value in plan.subject.ids))]
    return outcome


def retain(settings: Settings, day: dt.date | None, *, dry_run: bool) -> Retained:
    """Take out what is past its clock, and hold published history against what it was."""
    from assets.privacy import archive, clocks, keys, retention  # noqa: PLC0415
    from assets.raw import record_again  # noqa: PLC0415

    with _work_on(settings) as house:
        today = day or house.day
        if dry_run:
            return _retained(house, clocks.due(house, today), today, done=False)
        problems = _build_tables(house)
        if problems:
            raise DataRefusedError("The tables can not be built, so nothing was removed: " + "; ".join(problems))
        due = clocks.due(house, today)
        outcome = _retained(house, due, today, done=True)
        if not due:
            return outcome
        before = retention.history(house)
        step = retention.Step(house)
        step.take(due)
        if due.key_due:
            keys.rotated_keys(house.root, today)
        record_again(house)
        outcome.problems = _build_tables(house)
        changed = [table for table, content in retention.history(house).items() if content != before[table]]
        if changed or outcome.problems:
            step.take_back()
            record_again(house)
            outcome.problems += [f"{table} would say something else" for table in changed] + _build_tables(house)
            outcome.done = False
            return outcome
        step.confirm(due)
        outcome.aggregate_months = clocks.months_before(house, due.aggregates_before)  # of this pass too
        if outcome.aggregate_months and due.aggregates_before and (through := archive.archived_through(house.root)):
            archive.write_archive(house.root, house.warehouse, through, due.aggregates_before)
            archive.tidy(house.root)
            outcome.problems = _build_tables(house)
        for path in clocks.due(house, today).inbox:  # also of the files that were edited just now
            path.unlink(missing_ok=True)
            outcome.inbox_files += path not in due.inbox
        retention.log(house, today, due, outcome.aggregate_months, outcome.inbox_files)
        house.warehouse.compact()
    return outcome


def rotate_key(settings: Settings, *, forget_tombstones: bool) -> Keys:
    """Replace the key of the pseudonyms; the next run builds staging with it."""
    from assets.privacy.keys import rotated_keys  # noqa: PLC0415
    from assets.privacy.tombstones import count_tombstones  # noqa: PLC0415

    with _work_on(settings) as house:
        erased = count_tombstones(house.root)
        return rotated_keys(house.root, house.day, tombstones=erased, forget_tombstones=forget_tombstones)


def reminder(settings: Settings) -> str | None:
    """What a run says when something is past its clock; it takes out nothing itself."""
    from assets.privacy.clocks import due  # noqa: PLC0415

    found = due(_house(settings), settings.day)
    if not found:
        return None
    counts = {
        "rows": sum(found.row_months.values()),
        "texts": sum(found.text_months.values()),
        "months of sums": len(found.aggregate_months),
        "unused raw files": len(found.unused),
        "files of the inbox that still hold what was taken out": len(found.inbox),
        "pseudonym key": int(found.key_due),
    }
    parts = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return f"Past its retention clock: {parts}. See: politiemonitor retention --dry-run"


def _house(settings: Settings) -> House:
    from assets.resources import House  # noqa: PLC0415

    return House(
        home=str(settings.home),
        survey=str(settings.survey),
        as_of=settings.day.isoformat(),
        synthetic=settings.synthetic,
    )


@contextmanager
def _work_on(settings: Settings) -> Iterator[House]:
    """The house of a home, alone, with what is wrong with its keys in words."""
    from assets.privacy.keys import KeyFileError  # noqa: PLC0415

    runs.load(settings)
    settings.export()
    with runs.only_run(settings.home):
        try:
            yield _house(settings)
        except KeyFileError as error:
            raise WrongUseError(str(error)) from None


def _build_tables(house: House) -> list[str]:
    """Build what changed; returns why not, if not."""
    import dagster as dg  # noqa: PLC0415

    from pipelines import jobs  # noqa: PLC0415

    with dg.DagsterInstance.get() as instance, house.warehouse.kept_open():
        result = jobs.run_asset_job(runs.definitions_of_home(), jobs.TABLES, instance)
    return [] if result.success else runs.failures(result)


def _plan(house: House, identifier: str, kind: str | None) -> ErasePlan:
    from assets.privacy.erase import plan_erasure  # noqa: PLC0415
    from assets.privacy.subject import AmbiguousIdError, SharedIdError  # noqa: PLC0415

    house.key_ring  # noqa: B018 - without its keys a home can not remember whom it erased: say so before anything
    try:
        plan = plan_erasure(house, identifier, kind)
    except AmbiguousIdError as error:
        kinds = " and ".join(k.removesuffix("_id") for k in error.kinds)
        raise DataRefusedError(
            f"This id is that of more than one person: it is a {kinds} id. Say which one you mean with --kind."
        ) from None
    except SharedIdError as error:
        raise DataRefusedError(
            f"This id stands in {error.rows:,} rows: it is no id of one person. Nothing was erased. "
            "Use the contact id or the response id."
        ) from None
    if plan is None:
        raise DataRefusedError(
            "No row of any delivery that was taken has this id, so there is nothing to erase. "
            "Check the id as it stands in the file; capitals count. Files that were refused or not taken yet are not "
            "searched."
        )
    return plan


def _erasure_of(plan: ErasePlan, *, done: bool, keep_inbox: bool) -> Erasure:
    return Erasure(
        done=done,
        rows=plan.subject.row_count,
        contacts=plan.subject.count("contact_id"),
        responses=plan.subject.count("response_id"),
        files=plan.files,
        inbox=[path.name for path in plan.inbox],
        inbox_kept=keep_inbox,
        unread=[path.name for path in plan.unread],
        unreadable=[path.name for path in plan.unreadable],
        figures=len(plan.figures),
        releases=sorted({str(figure["release_id"]) for figure in plan.figures}),
    )


def _retained(house: House, due: Due, day: dt.date, *, done: bool) -> Retained:
    clocks: dict[str, Any] = house.contract.retention.model_dump()
    return Retained(
        done=done,
        day=day.isoformat(),
        through=due.through.isoformat() if due.through else None,
        rows=due.row_months,
        text_through=due.text_through.isoformat() if due.text_through else None,
        texts=due.text_months,
        key_age_days=due.key_age,
        key_due=due.key_due,
        aggregates_before=due.aggregates_before.isoformat() if due.aggregates_before else None,
        aggregate_months=list(due.aggregate_months),
        raw_files=len(due.unused),
        inbox_files=len(due.inbox),
        clocks=clocks,
    )
