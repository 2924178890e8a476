"""Faults in the table itself: columns, rows and cells. They can be written in every format.

Belongs here: one function per kind, from a valid table and a seeded generator to a faulty one.
Does not belong here: faults in the bytes of a file (``faults_files``), what should become of them (``oracle``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from tests.torture.valid import Table

TableFault = Callable[[random.Random, Table], Table]
HUGE = 20 << 20


def _place(rng: random.Random, table: Table, *names: str) -> tuple[int, int]:
    """A random row, and a random column (of these, if any are named and there)."""
    known = [table.column(n) for n in names if n in table.header] or range(len(table.header))
    return rng.randrange(len(table.rows)), rng.choice(list(known))


def _ids(table: Table) -> tuple[str, ...]:
    return ("response_id", "contact_id") if "response_id" in table.header else ("contact_id", "person_id")


def _coded(table: Table) -> tuple[str, ...]:
    if "response_id" in table.header:
        return ("satisfaction", "mark", "need", "treatment", "heard_back", "referred")
    return ("channel", "target_group", "age_band", "incident_class", "exclusion_reason", "team")


def _texts(table: Table) -> tuple[str, ...]:
    return ("went_well", "could_be_better") if "response_id" in table.header else ("person_id", "team")


def _dates(table: Table) -> tuple[str, ...]:
    return ("response_date",) if "response_id" in table.header else ("contact_date", "invitation_date")


def _with_columns(table: Table, order: list[int]) -> Table:
    return Table(tuple(table.header[i] for i in order), tuple(tuple(row[i] for i in order) for row in table.rows))


def _renamed(table: Table, column: int, name: str) -> Table:
    return replace(table, header=(*table.header[:column], name, *table.header[column + 1 :]))


def drop_column(rng: random.Random, table: Table) -> Table:
    gone = rng.randrange(len(table.header))
    return _with_columns(table, [i for i in range(len(table.header)) if i != gone])


def duplicate_column(rng: random.Random, table: Table) -> Table:
    twice = rng.randrange(len(table.header))
    return _with_columns(table, [*range(len(table.header)), twice])


def swap_headers(rng: random.Random, table: Table) -> Table:
    one, other = rng.sample(range(len(table.header)), 2)
    header = list(table.header)
    header[one], header[other] = header[other], header[one]
    return replace(table, header=tuple(header))


def reorder_columns(rng: random.Random, table: Table) -> Table:
    return _with_columns(table, rng.sample(range(len(table.header)), len(table.header)))


def extra_column(rng: random.Random, table: Table) -> Table:
    name = rng.choice(["opmerking", "_row", "_delivery_id", "Unnamed: 0", "team2", " "])
    return Table((*table.header, name), tuple((*row, f"geheim-{i}") for i, row in enumerate(table.rows)))


def rename_header(rng: random.Random, table: Table) -> Table:
    column = rng.randrange(len(table.header))
    name = table.header[column]
    other = rng.choice([name[:-1], name + "_nieuw", name.replace("_", ""), f"vraag{column}", "", name[0] + name])
    return _renamed(table, column, other)


def spell_header(rng: random.Random, table: Table) -> Table:
    column = rng.randrange(len(table.header))
    name = table.header[column]
    return _renamed(table, column, rng.choice([name.upper(), f" {name}", f"{name} ", name.title(), f"\u200b{name}"]))


def swap_cells(rng: random.Random, table: Table) -> Table:
    row = rng.randrange(len(table.rows))
    one, other = rng.sample(range(len(table.header)), 2)
    cells = table.rows[row]
    return table.at(row, one, cells[other]).at(row, other, cells[one])


def shift_cells(rng: random.Random, table: Table) -> Table:
    row = rng.randrange(len(table.rows))
    start = rng.randrange(len(table.header) - 1)
    cells = table.rows[row]
    shifted = (*cells[:start], "", *cells[start:-1])
    return replace(table, rows=(*table.rows[:row], shifted, *table.rows[row + 1 :]))


def wrong_code(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_coded(table))
    return table.at(row, column, rng.choice(["postduif", "99", "-1", "11", "6", "?", "true", "ja/nee", "0", "X" * 60]))


def other_code(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_coded(table)[:3])
    cells = sorted({r[column] for r in table.rows} - {table.rows[row][column], ""})
    return table.at(row, column, rng.choice(cells or ["5"]))


def blank_cell(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_ids(table), *_dates(table), *_coded(table)[:2])
    return table.at(row, column, rng.choice(["", " ", "NA", "\u00a0", "\t", "NULL", "-"]))


def faulty_date(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_dates(table))
    days = [
        "2031-01-01", "1899-12-31", "0000-00-00", "2025-02-30", "31-02-2025", "2025-13-01", "8/25/2025", "20250825",
        "2025-08-25T24:01:00", "45894", "45894.75", "999999", "25 augustus 2025", "2025-8-5", "25-8-25", "01-08-2025",
        "2025-08-25 10:00:00", "2025-08-25T10:00:00+02:00", "2025-08-25Z", "1e5", "-2025-08-25", "25.08.2025",
    ]  # fmt: skip
    return table.at(row, column, rng.choice(days))


def spell_number(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, "satisfaction", "mark", "treatment", "age_band", "team")
    cells = [
        "4.0",
        "4,0",
        " 4",
        "+4",
        "04",
        "4.5",
        "4,5",
        "٤",
        "４",
        "4e0",
        "IV",
        "4 ",
        "4.00",
        "(4)",
        "4\u00a0",
        "1.000",
    ]
    return table.at(row, column, rng.choice(cells))


def formula(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_texts(table), *_coded(table)[:2], *_ids(table)[:1])
    cells = ['=HYPERLINK("http://x.example","klik")', "@SUM(A1)", "+31612345678", "-2+3+cmd|' /C calc'!A0", "=1+1"]
    return table.at(row, column, rng.choice(cells))


def html(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_texts(table), *_coded(table)[:2], *_ids(table)[:1])
    cells = [
        "<script>alert(7)</script>",
        "<img src=x onerror=alert(7)>",
        "</td></tr>",
        "&lt;b&gt;&amp;nbsp;",
        "{{7*7}}",
    ]
    return table.at(row, column, rng.choice(cells))


def odd_unicode(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_texts(table), *_coded(table)[:2], *_ids(table))
    cell = table.rows[row][column] or "tekst"
    odd = ["\u202e", "\u200b", "\ufeff", "\u2028", "e\u0301", "\ufffd", "\u0085", "😀", "\U0010ffff", "İ", "ß", "ﬀ"]
    return table.at(row, column, cell[:1] + rng.choice(odd) + cell[1:])


def pad_cells(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table)
    return table.at(row, column, rng.choice([" ", "\t", "\u00a0", "\n"]) + table.rows[row][column] + " ")


def huge_cell(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_texts(table)[:1], *_coded(table)[:1], *_ids(table)[:1])
    return table.at(row, column, rng.choice(["lang verhaal ", "ü", "=A1+", "x"]) * (HUGE // 12))


def nul_cell(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table)
    cell = table.rows[row][column]
    return table.at(row, column, cell[:2] + "\x00" + cell[2:])


def control_cell(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_texts(table), *_ids(table)[:1])
    return table.at(row, column, table.rows[row][column] + rng.choice("\x01\x07\x08\x0b\x0c\x1a\x1b\x7f"))


def shuffle_rows(rng: random.Random, table: Table) -> Table:
    return replace(table, rows=tuple(rng.sample(table.rows, len(table.rows))))


def drop_rows(rng: random.Random, table: Table) -> Table:
    return replace(table, rows=tuple(sorted(rng.sample(table.rows, rng.randrange(1, len(table.rows))))))


def repeat_rows(rng: random.Random, table: Table) -> Table:
    return replace(table, rows=(*table.rows, *rng.sample(table.rows, rng.randrange(1, 6))))


def repeat_changed(rng: random.Random, table: Table) -> Table:
    row, column = _place(rng, table, *_coded(table)[:3])
    return replace(table, rows=(*table.rows, other_code(rng, Table(table.header, table.rows)).rows[row])).at(
        len(table.rows), column, table.rows[row - 1][column]
    )


def empty_rows(rng: random.Random, table: Table) -> Table:
    place = rng.randrange(len(table.rows) + 1)
    blank = ("",) * len(table.header)
    return replace(table, rows=(*table.rows[:place], *[blank] * rng.randrange(1, 4), *table.rows[place:]))


def exchange_ids(rng: random.Random, table: Table) -> Table:
    column = table.column(_ids(table)[0])
    one, other = rng.sample(range(len(table.rows)), 2)
    return table.at(one, column, table.rows[other][column]).at(other, column, table.rows[one][column])


def unknown_contact(rng: random.Random, table: Table) -> Table:
    row = rng.randrange(len(table.rows))
    return table.at(row, table.column("contact_id"), f"weg{rng.randrange(10**6):06d}")


def same_contact(rng: random.Random, table: Table) -> Table:
    column = table.column("contact_id")
    one, other = rng.sample(range(len(table.rows)), 2)
    return table.at(one, column, table.rows[other][column])


def header_again(rng: random.Random, table: Table) -> Table:
    place = rng.randrange(1, len(table.rows))
    return replace(table, rows=(*table.rows[:place], table.header, *table.rows[place:]))


def totals_row(rng: random.Random, table: Table) -> Table:
    total = ("Totaal", str(len(table.rows)), *[""] * (len(table.header) - 2))
    return replace(table, rows=(*table.rows, total))


def no_rows(rng: random.Random, table: Table) -> Table:
    return replace(table, rows=())


def no_header(rng: random.Random, table: Table) -> Table:
    return Table(table.rows[0], table.rows[1:])


TABLE_FAULTS: tuple[TableFault, ...] = (
    drop_column, duplicate_column, swap_headers, reorder_columns, extra_column, rename_header, spell_header, swap_cells,
    shift_cells, wrong_code, other_code, blank_cell, faulty_date, spell_number, formula, html, odd_unicode, pad_cells,
    huge_cell, nul_cell, control_cell, shuffle_rows, drop_rows, repeat_rows, repeat_changed, empty_rows, exchange_ids,
    unknown_contact, same_contact, header_again, totals_row, no_rows, no_header,
)  # fmt: skip
