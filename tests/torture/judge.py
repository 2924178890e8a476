"""What became of a delivery, held against what its files say.

Belongs here: proving for every row that the system holds exactly what the file says or held it back, that nothing else
was disturbed, that rows add up and that no message repeats a cell; and where a fault was caught.
Does not belong here: making faults, reading files a second time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assets.importers.refusal import catalogue
from assets.privacy.keys import known_keys
from assets.resources import House
from expectations import suites
from expectations.compile_cells import literal
from tests.torture import oracle
from tests.torture.oracle import UNKNOWN, Typed
from tests.torture.valid import Table

ID = {"contacts": "contact_id", "responses": "response_id"}
IDS = {"contacts": ("contact_id", "person_id"), "responses": ("response_id", "contact_id")}
ROWS = {"contacts": "contact", "responses": "response"}
PRIVATE = {"contact_id", "person_id", "response_id", "went_well", "could_be_better"}
LONGEST_SHOWN = 40
SPOKEN = 6  # shorter cells are codes and marks: they may occur in any sentence


@dataclass(frozen=True)
class Delivered:
    """One file of a case: what kind it is, and what it says as far as a second reader can tell."""

    name: str
    kind: str
    says: Table | None
    faulty: bool = False


@dataclass
class Verdict:
    """Where a fault ended up; the first that applies."""

    where: str
    why: str = ""
    counted: Counter[str] = field(default_factory=Counter)


class Judge:
    """Judges the files of one case after the tables of its home were built."""

    def __init__(self, house: House, files: Sequence[Delivered], valid: Mapping[str, Table]) -> None:
        self.house = house
        self.root = Path(house.survey)
        keys = known_keys(house.root)
        assert keys is not None, "the home was built without a key"
        self.secret = keys.pseudonym.secret
        self.files = files
        self.valid = valid
        names = ", ".join(literal(f.name) for f in files)
        self.deliveries = {d["file_name"]: d for d in self._rows(f"from raw.deliveries where file_name in ({names})")}
        ids = ", ".join(literal(d["delivery_id"]) for d in self.deliveries.values() if d["status"] == "taken") or "''"
        self.mine = f"delivery_id in ({ids})"
        self.accounts = {a["delivery_id"]: a for a in self._rows(f"from staging.delivery_accounts where {self.mine}")}
        self.held_back = self._rows(f"from staging.quarantine where {self.mine}")
        self.staged = {kind: self._staged(kind) for kind in ROWS}
        self.said: dict[tuple[str, str], list[Typed]] = {}

    def verdict(self) -> Verdict:
        """Where the fault was caught.

        Raises:
            AssertionError: Something was lost, invented, disturbed or said aloud.
        """
        self._nothing_is_said_aloud()
        for file in self.files:
            self._rows_add_up(file)
        for file in self.files:
            if self._taken(file):
                self._rows_are_what_the_file_says(file)
        self._good_rows_are_not_disturbed()
        return self._where()

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        return self.house.warehouse.read(sql).to_pylist()

    def _staged(self, kind: str) -> dict[tuple[str, int], dict[str, Any]]:
        name = ROWS[kind]
        rows = self._rows(
            f"select r.*, v.status, v.note, len(v.faults) as fault_count from staging.{name}_rows as r "
            f"inner join staging.{name}_versions as v on r.delivery_id = v.delivery_id and r.row_number = v.row_number "
            f"where r.{self.mine}"
        )
        return {(r["delivery_id"], r["row_number"]): r for r in rows}

    def _taken(self, file: Delivered) -> bool:
        return file.name in self.deliveries and self.deliveries[file.name]["status"] == "taken"

    def _pseudonym(self, raw: str | None) -> str | None:
        return None if raw is None else hmac.new(self.secret, raw.encode(), hashlib.sha256).hexdigest()[:20]

    def _says(self, file: Delivered) -> list[Typed] | None:
        """Typed rows of a file, its ids as pseudonyms."""
        if file.says is None:
            return None
        known = self.said.get((file.name, file.kind))
        if known is None:
            known = oracle.rows_of(self.root, file.kind, file.says)
            for row in known:
                row |= {name: self._pseudonym(row[name]) for name in IDS[file.kind]}
            self.said[file.name, file.kind] = known
        return known

    def _nothing_is_said_aloud(self) -> None:
        """No message repeats a cell; the quarantine shows analysts short cells of coded columns and days, but no id."""
        cells, ids = set(), set()
        for file in self.files:
            for table in (file.says, self.valid[file.kind]):
                if table is not None:
                    cells |= {c for row in table.rows for c in row if len(c) >= SPOKEN} - set(table.header)
            good = self.valid[file.kind]
            ids |= {cell.strip() for name in IDS[file.kind] for cell in good.cells(name) if len(cell) >= SPOKEN}
        for kind in ROWS:
            cells -= set(self.valid[kind].header)
        for delivery in self.deliveries.values():
            spoken = f"{delivery['message'] or ''} {delivery['remedy'] or ''}"
            told = [c for c in cells if c in spoken]
            assert not told, f"the message of {delivery['reason']} repeats {len(told)} cell(s): {told[0][:40]!r}"
        for row in self.held_back:
            assert len(row["value"] or "") <= LONGEST_SHOWN, f"{row['rule_id']} shows a long value"
            assert row["value"] is None or row["column_name"] not in PRIVATE, f"{row['rule_id']} shows a private column"
            assert row["value"] is None or row["value"].strip() not in ids, f"{row['rule_id']} shows an id"

    def _rows_add_up(self, file: Delivered) -> None:
        delivery = self.deliveries.get(file.name)
        if delivery is None:
            return
        if delivery["status"] == "refused":
            codes = {reason.partition(".")[0] for reason in catalogue()}
            assert delivery["reason"] in codes and delivery["remedy"], delivery["reason"]
            assert file.name in delivery["message"], "the message does not name the file"
        if delivery["status"] != "taken":
            return
        account = self.accounts[delivery["delivery_id"]]
        parts = sum(account[f"rows_{p}"] for p in ("accepted", "superseded", "quarantined", "erased"))
        assert account["rows_read"] == parts, f"{file.name}: read {account['rows_read']}, accounted for {parts}"
        assert account["rows_erased"] == 0, f"{file.name}: rows are gone"
        rows = self._says(file)
        if rows is not None:
            assert account["rows_read"] == len(rows), f"{file.name}: read {account['rows_read']}, it has {len(rows)}"
        staged = Counter(d for d, _ in self.staged[file.kind])
        assert staged[delivery["delivery_id"]] == account["rows_read"], f"{file.name}: rows without a fate"

    def _rows_are_what_the_file_says(self, file: Delivered) -> None:
        """An accepted row holds what the file says in that row, cell by cell."""
        delivery_id, rows = self.deliveries[file.name]["delivery_id"], self._says(file)
        known = {r[ID[file.kind]]: r for r in self._says(Delivered("valid", file.kind, self.valid[file.kind])) or []}
        for (of, number), staged in self.staged[file.kind].items():
            if of != delivery_id or staged["status"] == "quarantined":
                continue
            said = rows[number - 1] if rows is not None else known.get(staged[ID[file.kind]])
            assert said is not None, f"{file.name}: row {number} was accepted, and no second reader can say what it is"
            assert staged["fault_count"] == 0, f"{file.name}: row {number} has faults and was not held back"
            wrong = {
                name: (staged[self._column(name)], value)
                for name, value in said.items()
                if not self._same(staged, name, value)
            }
            assert not wrong, f"{file.name}: row {number} holds another content than the file: {wrong}"

    @staticmethod
    def _column(name: str) -> str:
        return {"exclusion_reason": "excluded_by"}.get(name, name)

    def _same(self, staged: Mapping[str, Any], name: str, value: object) -> bool:
        held = staged[self._column(name)]
        if value is UNKNOWN:
            return False
        if name == "not_applicable":
            return tuple(sorted(held)) == value
        return (None if held is None else str(held)) == (None if value is None else str(value))

    def _good_rows_are_not_disturbed(self) -> None:
        """A good row is accepted once, from one file or another, unless a file that lacks it withdrew it."""
        accepted: dict[str, Counter[str]] = {}
        for kind in ROWS:
            accepted[kind] = Counter(r[ID[kind]] for r in self.staged[kind].values() if r["status"] == "accepted")
            assert not [i for i, times in accepted[kind].items() if times > 1], f"{kind}: one id was accepted twice"
        for kind in ROWS:
            files = [f for f in self.files if f.kind == kind and self._taken(f)]
            if any(f.says is None for f in files):
                continue
            said = [row for f in files for row in self._says(f) or []]
            spoken = Counter((r[ID[kind]]) for r in said)
            answered = Counter(r["contact_id"] for r in said)
            for good in self._says(Delivered("valid", kind, self.valid[kind])) or []:
                same = [r for r in said if r == good]
                alone = len(same) == spoken[good[ID[kind]]] and len(same) > 0
                if kind == "responses":
                    alone = (
                        alone
                        and answered[good["contact_id"]] == len(same)
                        and accepted["contacts"][good["contact_id"]] == 1
                    )
                if alone and not self._withdrawn(kind, good):
                    assert accepted[kind][good[ID[kind]]] == 1, f"{kind}: a good row was not accepted"

    def _withdrawn(self, kind: str, good: Typed) -> bool:
        notes = [r["note"] for r in self.staged[kind].values() if r[ID[kind]] == good[ID[kind]]]
        return "withdrawn" in notes

    def _where(self) -> Verdict:
        faulty = next(f for f in self.files if f.faulty)
        delivery = self.deliveries.get(faulty.name)
        if delivery is None:
            return Verdict("left alone", "a name that says: not finished")
        if delivery["status"] == "repeat":
            return Verdict("repeat", "the same bytes as another file")
        if delivery["status"] == "refused":
            return Verdict("file refused", delivery["reason"])
        rules = Counter(str(r["rule_id"]) for r in self.held_back)
        if rules:
            return Verdict("row quarantined", rules.most_common(1)[0][0], rules)
        rows = [r for (d, _), r in self.staged[faulty.kind].items() if d == delivery["delivery_id"]]
        set_aside = [name for r in rows for name in r.get("set_aside") or ()]
        if set_aside:
            return Verdict("answer set aside", set_aside[0])
        notes = [str(r["note"]) for r in self.staged[faulty.kind].values() if r["note"]]
        if notes:
            return Verdict("missing row reported", notes[0])
        good = self._says(Delivered("valid", faulty.kind, self.valid[faulty.kind])) or []
        said = self._says(faulty) or []
        superseded = [r for r in rows if r["status"] == "superseded"]
        if superseded:
            return Verdict("copy superseded", "identical copy")
        if warned := self._warned("staging.delivery_accounts"):
            return Verdict("warned", warned)
        if len(said) == len(good) and Counter(map(_frozen, said)) == Counter(map(_frozen, good)):
            return Verdict("harmless", "the same content")
        if any(r.get("area_code") == "unallocated" for r in rows):
            return Verdict("counted as unallocated", "team")
        name = ROWS[faulty.kind]
        if warned := self._warned(f"staging.{name}_rows", f"staging.{name}s"):
            return Verdict("warned", warned)
        if len(said) < len(good):
            return Verdict("fewer rows, counted", f"{len(good) - len(said)} rows")
        return Verdict("says something valid", "held as the file says it")

    def _warned(self, *tables: str) -> str:
        """The first plausibility check that fails on the rows of this case alone."""
        for key in tables:
            table = self.house.contract.tables[key]
            frame = self.house.warehouse.read(f"from {key} where {self.mine}").to_pandas()
            failed = suites.validate(table, "plausible", frame).failed
            if failed:
                return f"{key}: {failed[0].type} {', '.join(failed[0].columns)}"
        return ""


def _frozen(row: Typed) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, repr(value)) for name, value in row.items()))
