"""What is true about the synthetic police, kept beside its deliveries for tests and simulations.

Belongs here: collecting the truth month by month with bounded memory and writing it as Parquet and JSON.
Does not belong here: estimating anything. The files are described in the docstring of the package.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from assets.synthetic.answers import Answers
from assets.synthetic.conduct import Conduct
from assets.synthetic.contacts import CONTACT_ID, PERSON_ID, RESPONSE_ID, Contacts
from assets.synthetic.faults import FAULT
from assets.synthetic.hashing import identifiers
from assets.synthetic.parameters import Floats, Ints
from assets.synthetic.world import World
from expectations.compile_exclusions import RECENTLY_INVITED

DIGITS = 9  # of a written number: machines may differ in the last bit


class Truth:
    """Collects the truth and writes it at the end."""

    def __init__(self, world: World, folder: Path) -> None:
        """Open the folder; ``answers`` is written as it comes."""
        self.folder = folder
        self.world = world
        areas, months, channels = len(world.leaf.codes), len(world.months), len(world.channel_codes)
        sums = ("contacts", "eligible", "answers", "p")
        self.area_month = {name: np.zeros((areas, months)) for name in (*sums, "p_answers")}
        self.channel = {name: np.zeros(channels) for name in sums}
        self.files: list[dict[str, object]] = []
        self.faults: list[dict[str, object]] = []
        self.marks: list[dict[str, str]] = []
        self.personal: list[dict[str, object]] = []
        self._writer: pq.ParquetWriter | None = None

    def add_month(self, contacts: Contacts, answers: Answers, conduct: Conduct, delivered: Ints) -> None:
        """Add one month of contacts and answers; ``delivered`` is the month of the file, -1 = not delivered."""
        world, month = self.world, contacts.month
        use = contacts.eligible
        answered = use & contacts.responds
        answered[answers.contact[~conduct.agrees]] = False
        self._add_marks(contacts, answers, conduct, delivered)
        for name, weight in (
            ("contacts", np.ones(len(contacts))),
            ("eligible", use.astype(np.float64)),
            ("answers", answered.astype(np.float64)),
            ("p", np.where(use, contacts.p, 0.0)),
            ("p_answers", np.where(answered, contacts.p, 0.0)),
        ):
            self.area_month[name][:, month] = np.bincount(contacts.area, weight, len(world.leaf.codes))
            if name in self.channel:
                self.channel[name] += np.bincount(contacts.channel, weight, len(world.channel_codes))
        who = answers.contact
        rows = pa.table(
            {
                "response_id": identifiers(contacts.contact[who], RESPONSE_ID),
                "contact_id": identifiers(contacts.contact[who], CONTACT_ID),
                "person_id": identifiers(contacts.person[who], PERSON_ID),
                "contact_date": pa.array(contacts.date[who]),
                "area_code": _coded(world.leaf.codes, contacts.area[who]),
                "channel": _coded(world.channel_codes, contacts.channel[who]),
                "target_group": _coded(world.group_codes, contacts.group[who]),
                "age_band": _coded(world.age_codes, contacts.age[who]),
                "delivered": pa.array(delivered.astype(np.int16)),
                "p": pa.array(np.round(answers.p, DIGITS)),
                "judgement": pa.array(np.round(answers.judgement, 6)),
            }
        )
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.folder / "answers.parquet", rows.schema, compression="snappy")
        self._writer.write_table(rows)

    def _add_marks(self, contacts: Contacts, answers: Answers, conduct: Conduct, delivered: Ints) -> None:
        """Write down who is left out or flagged, of what is in a file."""
        for mark, which in conduct.marks.items():
            at = answers.contact[which & (delivered >= 0)]
            ids = identifiers(contacts.contact[at], RESPONSE_ID).to_pylist()
            self.marks += [{"mark": mark, "id": name} for name in ids]
        ids = identifiers(contacts.contact[contacts.too_soon], CONTACT_ID).to_pylist()
        self.marks += [{"mark": RECENTLY_INVITED, "id": name} for name in ids]

    def mark_counts(self) -> dict[str, int]:
        """Number of contacts and answers per mark."""
        return dict(sorted(Counter(mark["mark"] for mark in self.marks).items()))

    def add_file(self, file: Mapping[str, object], table: pa.Table, id_column: str) -> None:
        """Add a delivery and the faults in its rows."""
        marks = table.column(FAULT).combine_chunks()
        at = np.flatnonzero(marks.is_valid().to_numpy(zero_copy_only=False))
        chosen = pa.array(at)
        self.files.append({**file, "rows": len(table)})
        for row, fault, name in zip(
            at.tolist(), marks.take(chosen).to_pylist(), table.column(id_column).take(chosen).to_pylist(), strict=True
        ):
            self.faults.append({"file_name": file["file_name"], "row": row + 1, "fault": fault, "id": name})

    def fault_counts(self) -> dict[str, int]:
        """Number of marked rows per ``source.fault``."""
        source = {file["file_name"]: str(file["source"]) for file in self.files}
        counts: dict[str, int] = {}
        for fault in self.faults:
            key = f"{source[fault['file_name']]}.{fault['fault']}"
            counts[key] = counts.get(key, 0) + 1
        return dict(sorted(counts.items()))

    def close(self, summary: Mapping[str, object]) -> None:
        """Write everything that is not written yet."""
        if self._writer is not None:
            self._writer.close()
        world, sums = self.world, self.area_month
        areas, months = sums["p"].shape
        total = {name: values.sum(axis=1) for name, values in sums.items()}
        self._table(
            "areas",
            {
                "area_code": pa.array(world.leaf.codes),
                "weight": pa.array(np.round(world.leaf.weight, DIGITS)),
                "effect": pa.array(np.round(world.leaf.effect, DIGITS)),
                **_counts(total),
                "p_true": _share(total["p"], total["eligible"]),
                "p_true_of_answers": _share(total["p_answers"], total["answers"]),
            },
        )
        flat = {name: values.reshape(-1) for name, values in sums.items()}
        self._table(
            "area_months",
            {
                "area_code": _coded(world.leaf.codes, np.repeat(np.arange(areas), months)).cast(pa.string()),
                "month": pa.array([*world.months] * areas, pa.date32()),
                **_counts(flat),
                "p_true": _share(flat["p"], flat["eligible"]),
                "p_true_of_answers": _share(flat["p_answers"], flat["answers"]),
            },
        )
        self._table(
            "channels",
            {
                "channel": pa.array(world.channel_codes),
                "parameter": pa.array(np.round(world.channel_points / 100, DIGITS)),
                "p_true": _share(self.channel["p"], self.channel["eligible"]),
                "contacts": pa.array(self.channel["contacts"].astype(np.int64)),
                "answers": pa.array(self.channel["answers"].astype(np.int64)),
            },
        )
        text = pa.string()
        self._rows("files", self.files, {"rows": pa.int64()})
        self._rows("faults", self.faults, {"file_name": text, "row": pa.int64(), "fault": text, "id": text})
        self._rows("marks", self.marks, {"mark": text, "id": text})
        self._rows("personal_data", self.personal, {"response_id": text, "item": text, "kind": text, "text": text})
        written = json.dumps(summary, indent=2, ensure_ascii=False, default=str)
        (self.folder / "truth.json").write_text(written + "\n", "utf-8", newline="\n")

    def _table(self, name: str, columns: Mapping[str, pa.Array]) -> None:
        pq.write_table(pa.table(dict(columns)), self.folder / f"{name}.parquet", compression="snappy")

    def _rows(self, name: str, rows: Sequence[Mapping[str, object]], types: Mapping[str, pa.DataType]) -> None:
        names = list(rows[0]) if rows else list(types)
        columns = {key: pa.array([row[key] for row in rows], types.get(key, pa.string())) for key in names}
        self._table(name, columns)


def _coded(codes: Sequence[str], at: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int16)), pa.array(codes, pa.string()))


def _counts(sums: Mapping[str, Floats]) -> dict[str, pa.Array]:
    return {name: pa.array(sums[name].astype(np.int64)) for name in ("contacts", "eligible", "answers")}


def _share(part: Floats, whole: Floats) -> pa.Array:
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return pa.array(np.round(share, DIGITS), mask=whole == 0)
