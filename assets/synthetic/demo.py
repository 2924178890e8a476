"""Write the deliveries of a synthetic police, month by month, and the truth beside them.

Belongs here: the order of the steps and which delivery looks how.
Does not belong here: the steps themselves (see the package docstring for the model and the files).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.synthetic.answers import NOT_ASKED, Answers, make_answers
from assets.synthetic.comments import make_comments
from assets.synthetic.conduct import copy_comments, make_conduct
from assets.synthetic.contacts import RESPONSE_ID, Contacts, make_contacts
from assets.synthetic.faults import FAULT
from assets.synthetic.files import ISO, Typing, write
from assets.synthetic.hashing import identifiers
from assets.synthetic.invitations import Invitations
from assets.synthetic.parameters import Bools, Dialect, Ints, Parameters, load_comments, load_parameters
from assets.synthetic.planting import plant_in_contacts, plant_in_responses, redelivered
from assets.synthetic.tables import (
    answer_texts,
    answers_table,
    column_of,
    contacts_table,
    responses_text,
    source_of,
)
from assets.synthetic.truth import Truth
from assets.synthetic.world import STREAM_COMMENTS, STREAM_FILES, World, generator, make_world, scaled
from expectations.model import RESPONSE_FIELDS, Source, Survey

Progress = Callable[[int, int, str], None]
FIXABLE = ("format", "delimiter", "encoding")  # what a contract may say about a file of a source
ID_FIELDS = {"contacts": "contact_id", "responses": "response_id"}
REDELIVERED = "_herlevering"
EXTENSIONS = {"csv": ".csv", "xlsx": ".xlsx", "sav": ".sav", "parquet": ".parquet"}


@dataclass(frozen=True)
class DemoSummary:
    """What was written.

    Attributes:
        files: Names of the deliveries, in the order in which they were written.
        contacts: Rows in contact files.
        responses: Rows in response files.
        invited: Contacts that were invited.
        answered: Answers made, before faults and copies.
        undelivered: Answers too late for the last delivery, which are in no file.
        faults: Number of spoiled rows per ``source.fault``.
        marks: Number of contacts and answers per reason to leave them out or to flag them.
        personal_data: Number of planted strings of personal data.
    """

    files: tuple[str, ...]
    contacts: int
    responses: int
    invited: int
    answered: int
    undelivered: int
    faults: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    personal_data: int = 0


def write_demo(
    survey: Survey,
    inbox: Path,
    truth: Path,
    *,
    responses: int = 150_000,
    months: int = 36,
    seed: int = 20261120,
    progress: Progress | None = None,
    parameters: Parameters | None = None,
) -> DemoSummary:
    """Write a seeded synthetic police: the same arguments give the same bytes.

    Args:
        survey: The contract; it needs a source of contacts and one of responses.
        inbox: Folder for the deliveries; other files in it stay as they are.
        truth: Folder for what is true.
        responses: About how many answers to make, over all months.
        months: Number of months from the survey's first month.
        seed: Seed of everything.
        progress: Called after every month with done, total and what was written.
        parameters: Other numbers than those of the package.

    Returns:
        What was written.

    Raises:
        ValueError: The contract has no contact register or no response file, or an argument makes no sense.
    """
    if responses < 1 or months < 1:
        raise ValueError("responses and months must be at least 1")
    sources = source_of(survey, "contacts"), source_of(survey, "responses")
    world = make_world(survey, parameters or load_parameters(), seed, responses, months)
    inbox.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    writer = _Writer(world, inbox, Truth(world, truth), *sources)
    for month in range(months):
        names = writer.month(month)
        if progress is not None:
            progress(month + 1, months, ", ".join(names))
    return writer.finish(responses)


class _Writer:
    """Writes month after month; keeps only the answers that are still on their way."""

    def __init__(self, world: World, inbox: Path, truth: Truth, contacts: Source, responses: Source) -> None:
        self.world, self.inbox, self.truth = world, inbox, truth
        self.contact_source, self.response_source = contacts, responses
        deliveries = world.parameters.deliveries
        count = len(world.months)
        self.contact_dialects = _placed(deliveries.contacts, contacts, count)
        self.response_dialects = _placed(deliveries.responses, responses, count)
        self.redelivery = scaled(deliveries.redelivery, count)
        if self.response_dialects.get(self.redelivery, Dialect()).format != "csv":
            self.response_dialects.pop(self.redelivery)  # short sets: a month delivered twice is a CSV file
        self.invitations = Invitations(world)
        self.waiting: dict[int, list[pa.Table]] = {}
        self.invited = self.answered = self.undelivered = 0

    def month(self, month: int) -> list[str]:
        """Make one month and write its deliveries; returns their names."""
        contacts = self.invitations.of_month(make_contacts(self.world, month))
        answers, conduct = make_conduct(self.world, month, make_answers(self.world, contacts))
        delivered = month + answers.late
        delivered = np.where(delivered < len(self.world.months), delivered, -1)
        comments, taken = self._comments(contacts, answers, delivered)
        comments, conduct = copy_comments(self.world, month, conduct, comments, taken)
        self.truth.add_month(contacts, answers, conduct, delivered)
        self.invited += int((contacts.invitation >= 0).sum())
        self.answered += len(answers)
        self.undelivered += int((delivered < 0).sum())

        made = answers_table(self.world, contacts, answers, conduct, comments)
        for when in sorted(set(delivered.tolist()) - {-1}):
            self.waiting.setdefault(when, []).append(made.filter(pa.array(delivered == when)))
        names = [self._contact_file(month, contacts)]
        names += self._response_files(month, pa.concat_tables(self.waiting.pop(month, [made.slice(0, 0)])))
        return names

    def _comments(self, contacts: Contacts, answers: Answers, delivered: Ints) -> tuple[dict[str, pa.Array], Bools]:
        """Comments on every open item, with what was planted in them written down, and in which answers that was."""
        world, survey = self.world, self.world.survey
        rng = generator(world.seed, STREAM_COMMENTS, contacts.month)
        coming = [self.response_dialects.get(contacts.month + late, Dialect()) for late in range(3)]
        plain = any(not dialect.encoding.startswith("utf") for dialect in coming)
        result = {}
        taken = np.zeros(len(answers), dtype=np.bool_)
        for item in survey.items:
            if survey.scale_of(item).kind != "open":
                continue
            tone = world.parameters.open.get(item.id, "positive" if item.polarity == "positive" else "negative")
            asked = answers.items[item.id] != NOT_ASKED
            text, planted, hostile = make_comments(
                parameters=world.parameters,
                texts=load_comments(),
                language=survey.language,
                tone=tone,
                judgement=answers.judgement,
                asked=asked,
                plain_text=plain,
                rng=rng,
            )
            result[item.id] = text
            where: Ints = np.array([*(p.at for p in planted), *hostile.tolist()], dtype=np.int64)
            taken[where] = True
            ids = identifiers(contacts.contact[answers.contact[where]], RESPONSE_ID).to_pylist()
            kinds = [*(p.kind for p in planted), *("hostile" for _ in hostile)]
            texts = [*(p.text for p in planted), *(text[int(at)].as_py() for at in hostile)]
            self.truth.personal += [
                {"response_id": i, "item": item.id, "kind": k, "text": t}
                for i, k, t, file in zip(ids, kinds, texts, delivered[where].tolist(), strict=True)
                if file >= 0
            ]
        return result, taken

    def _contact_file(self, month: int, contacts: Contacts) -> str:
        source = self.contact_source
        dialect = self.contact_dialects.get(month, _usual(source))
        form = _date_format(source, dialect)
        rng = generator(self.world.seed, STREAM_FILES, 2 * month)
        table = contacts_table(self.world, source, contacts, form, rng)
        table = plant_in_contacts(self.world, source, contacts, table, date_format=form, rng=rng)
        dates = tuple(column_of(source, f) for f in ("contact_date", "invitation_date"))
        return self._write(source, month, table, dialect=dialect, typing=Typing(dates=dates))

    def _response_files(self, month: int, answers: pa.Table) -> list[str]:
        world, source = self.world, self.response_source
        dialect = self.response_dialects.get(month, _usual(source))
        form = _date_format(source, dialect)
        labels = dialect.format == "xlsx"
        rng = generator(world.seed, STREAM_FILES, 2 * month + 1)
        table = responses_text(world.survey, source, answers, form, labels=labels)
        again = month == self.redelivery
        spoiled = table
        if not again:
            spoiled = plant_in_responses(world, source, month, table, date_format=form, labels=labels, rng=rng)
        typing = _typing(world.survey, source)
        names = [self._write(source, month, spoiled, dialect=dialect, typing=typing)]
        if again:
            corrected = redelivered(world, source, table, labels=labels, rng=rng)
            names.append(self._write(source, month, corrected, dialect=dialect, typing=typing, suffix=REDELIVERED))
        return names

    def _write(
        self, source: Source, month: int, table: pa.Table, *, dialect: Dialect, typing: Typing, suffix: str = ""
    ) -> str:
        """Write the bytes of a delivery and what is true about them; returns its name."""
        name = _file_name(source, f"{self.world.months[month]:%Y-%m}{suffix}", dialect)
        digest = write(table.drop_columns([FAULT]), self.inbox / name, dialect, typing)
        binary = dialect.format != "csv"
        described = {
            "file_name": name,
            "source": source.name,
            "month": f"{self.world.months[month]:%Y-%m}",
            "format": dialect.format,
            "encoding": "" if binary else dialect.encoding,
            "delimiter": "" if binary else dialect.delimiter,
            "date_format": "" if binary else _date_format(source, dialect),
            "sha256": digest,
        }
        self.truth.add_file(described, table, column_of(source, ID_FIELDS[source.kind]))
        return name

    def finish(self, responses: int) -> DemoSummary:
        """Write the truth and sum up."""
        world = self.world
        rows = dict.fromkeys((self.contact_source.name, self.response_source.name), 0)
        for file in self.truth.files:
            rows[str(file["source"])] += int(str(file["rows"]))
        summary = DemoSummary(
            files=tuple(str(file["file_name"]) for file in self.truth.files),
            contacts=rows[self.contact_source.name],
            responses=rows[self.response_source.name],
            invited=self.invited,
            answered=self.answered,
            undelivered=self.undelivered,
            faults=self.truth.fault_counts(),
            marks=self.truth.mark_counts(),
            personal_data=sum(row["kind"] != "hostile" for row in self.truth.personal),
        )
        self.truth.close(_described(world, responses, summary))
        return summary


def _described(world: World, responses: int, summary: DemoSummary) -> dict[str, Any]:
    """The content of ``truth.json``."""
    changes = {
        name: {**change.model_dump(), "from": f"{world.months[change.from_month]:%Y-%m}"}
        for name, change in (("area", world.area_change), ("channel", world.channel_change))
    }
    effect = world.feedback_points * world.feedback_within
    heard = world.feedback_heard == 1
    return {
        "survey": world.survey.code,
        "arguments": {"responses": responses, "months": len(world.months), "seed": world.seed},
        "rows": {"contacts": summary.contacts, "responses": summary.responses},
        "invited": summary.invited,
        "answered": summary.answered,
        "undelivered": summary.undelivered,
        "mean_satisfied": round(world.mean_satisfied, 6),
        "area_effect_sd": round(float(world.leaf.effect.std()), 6),
        "channel_points": dict(zip(world.channel_codes, world.channel_points.tolist(), strict=True)),
        "drift_points": [round(value, 6) for value in world.drift.tolist()],
        "feedback_points": dict(zip(world.feedback_codes, world.feedback_points.tolist(), strict=True)),
        "feedback_difference": round(float(effect[heard].sum() - effect[~heard].sum()), 6),
        "feedback_improvement_logit": [round(value, 6) for value in world.feedback_improvement.tolist()],
        "changes": changes,
        "faults": summary.faults,
        "marks": summary.marks,
        "personal_data": summary.personal_data,
        "parameters": world.parameters.model_dump(mode="json"),
    }


def _usual(source: Source) -> Dialect:
    """The dialect of a source where the contract fixes it, and the usual one where it is silent."""
    return Dialect(
        format=source.format or "csv", delimiter=source.delimiter or ";", encoding=source.encoding or "utf-8"
    )


def _placed(dialects: dict[int, Dialect], source: Source, months: int) -> dict[int, Dialect]:
    """Special dialects at their place in a set of this size; what the contract fixes wins."""
    usual = _usual(source)
    result: dict[int, Dialect] = {}
    for position, dialect in sorted(dialects.items()):
        fixed = {key: getattr(usual, key) for key in FIXABLE if getattr(source, key) is not None}
        result.setdefault(scaled(position, months), dialect.model_copy(update=fixed))
    return result


def _date_format(source: Source, dialect: Dialect) -> str:
    """How dates are written: formats that know dates get ISO text to convert."""
    if dialect.format != "csv":
        return ISO
    return source.date_formats[min(dialect.date, len(source.date_formats) - 1)]


def _file_name(source: Source, stem: str, dialect: Dialect) -> str:
    """A name that the contract recognises as this source."""
    name = re.sub(r"[*].*$", "", source.files) + stem + EXTENSIONS[dialect.format]
    if not fnmatch.fnmatch(name, source.files):
        raise ValueError(f"source {source.name!r}: no file name fits {source.files!r}")
    return name


def _typing(survey: Survey, source: Source) -> Typing:
    """Which columns of a response file are dates and numbers."""
    numbers: dict[str, dict[int | float, str]] = {}
    not_applicable: dict[str, str] = {}
    titles = {column_of(source, name): name for name in RESPONSE_FIELDS}
    for item in survey.items:
        scale, column = survey.scale_of(item), column_of(source, item.id)
        titles[column] = item.wording
        if scale.kind in {"ordinal", "mark"}:
            numbers[column] = {point.value: point.label for point in scale.points if point.value is not None}
            none = answer_texts(survey, source, item)[-2]
            if none:
                not_applicable[column] = none
    return Typing((column_of(source, "response_date"),), numbers, not_applicable, titles)
