"""One faulty delivery per seed: which fault, in which file, in which format, as first delivery or as a second one.

Belongs here: turning a seed into files in an inbox. Does not belong here: the faults themselves, judging.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.torture import second_reader
from tests.torture.faults_cells import TABLE_FAULTS
from tests.torture.faults_files import FILE_FAULTS
from tests.torture.judge import Delivered
from tests.torture.valid import WRITERS, Table, csv_bytes

NameFault = Callable[[random.Random, str], str]
KINDS = ("contacts", "responses")
MONTH = re.compile("[0-9]{4}-[0-9]{2}")


def no_month(rng: random.Random, name: str) -> str:
    return MONTH.sub(rng.choice(["2025-13", "augustus", "", "2025", "202-08"]), name)


def no_source(rng: random.Random, name: str) -> str:
    return rng.choice(["antwoorden_", "contact_", "Kopie van ", "x"]) + name.partition("_")[2]


def other_source(rng: random.Random, name: str) -> str:
    return (
        name.replace("contacts_", "responses_")
        if name.startswith("contacts_")
        else name.replace("responses_", "contacts_")
    )


def other_month(rng: random.Random, name: str) -> str:
    return MONTH.sub(rng.choice(["2025-11", "2024-10"]), name)


def no_format(rng: random.Random, name: str) -> str:
    return name.rpartition(".")[0] + rng.choice([".xls", ".pdf", "", ".docx", ".json", ".csv.bak"])


def not_finished(rng: random.Random, name: str) -> str:
    return name + rng.choice([".part", ".tmp", ".crdownload"])


def odd_letters(rng: random.Random, name: str) -> str:
    return rng.choice([name.upper(), name.replace(".", " (1).", 1), name.replace(".", ".definitief.", 1)])


NAME_FAULTS: tuple[NameFault, ...] = (
    no_month,
    no_source,
    other_source,
    other_month,
    no_format,
    not_finished,
    odd_letters,
)
FAULTS = (*TABLE_FAULTS, *FILE_FAULTS, *NAME_FAULTS)


@dataclass(frozen=True)
class Case:
    """The files of one case, with what they say and the tables they were made from."""

    fault: str
    described: str
    valid: Mapping[str, Table]
    files: tuple[Delivered, ...]
    data: Mapping[str, bytes]

    def deliver(self, inbox: Path) -> None:
        """Put the files in an inbox."""
        for name, data in self.data.items():
            (inbox / name).write_bytes(data)


def case_of(seed: int, month: str, valid: Mapping[str, Table]) -> Case:
    """The case of a seed in a month; seeds go round the kinds of faults, so that every kind comes up."""
    rng = random.Random(seed)
    fault = FAULTS[seed % len(FAULTS)]
    kind, format_, second = rng.choice(KINDS), rng.choice(sorted(WRITERS)), rng.random() < 0.3
    table, name = valid[kind], f"{kind}_{month}{'_herlevering' if second else ''}"
    if fault in TABLE_FAULTS:
        format_, data = _written(format_, fault(rng, table))  # type: ignore[operator]
    elif fault in FILE_FAULTS:
        format_, data = fault(rng, table, format_)  # type: ignore[call-arg, operator]
    else:
        data = WRITERS[format_](table)
    name = f"{name}.{format_}"
    if fault in NAME_FAULTS:
        name = fault(rng, name)  # type: ignore[call-arg, arg-type]
    claims = next((k for k in KINDS if name.lower().startswith(k)), kind)
    sound = {f"{k}_{month}.csv": k for k in KINDS if k != kind or second}
    files = (
        Delivered(name, claims, second_reader.read(format_, data, table), faulty=True),
        *(Delivered(n, k, valid[k]) for n, k in sound.items()),
    )
    described = f"seed {seed}: {fault.__name__} in {kind} as {format_}{', delivered again' if second else ''}"
    return Case(
        fault.__name__, described, valid, files, {n: csv_bytes(valid[k]) for n, k in sound.items()} | {name: data}
    )


def _written(format_: str, table: Table) -> tuple[str, bytes]:
    """The table in this format; as csv where the format cannot carry it."""
    try:
        return format_, WRITERS[format_](table)
    except Exception:  # every writer refuses in a way of its own
        return "csv", csv_bytes(table)
