"""Qualtrics: names, question texts, and in csv a third header row with import ids.

Belongs here: where the data begin, in any language of the texts. Does not belong here: answers, previews of a survey.

The import ids are the proof: ``{"ImportId":"QID1"}`` in every cell. Excel exports and older csv exports lack them;
there the cells below the names that Qualtrics always uses tell a label ("Begindatum") from a value (a moment,
``R_...``).
"""

from __future__ import annotations

from collections.abc import Sequence

from assets.importers.profiles.names import NamedColumn, Rows, flat, plain

_MARK = '"importid"'
_SYSTEM = {"startdate", "enddate", "status", "progress", "finished", "recordeddate", "responseid"}
_MOMENTS = ("startdate", "enddate", "recordeddate")


def header_rows(head: Rows) -> int | None:
    """Up to the import ids; else two or one, by what stands below the fixed names."""
    for position in (1, 2):
        if len(head) > position and _import_ids(head[position]):
            return position + 1
    if len(head) == 1:
        return 1
    labels = _labels_below(head)
    return None if labels is None else 1 + labels


def recognised(head: Rows) -> bool:
    """Import ids below the names; or all names that Qualtrics always uses, with labels below them."""
    if any(_import_ids(row) for row in head[1:3]):
        return True
    return {plain(name) for name in head[0]} >= _SYSTEM and len(head) > 1 and _labels_below(head) is True


def columns(rows: Rows) -> list[NamedColumn]:
    """The first row names; the second is the wording, unless it holds the import ids."""
    texts = rows[1] if len(rows) > 1 and not _import_ids(rows[1]) else [""] * len(rows[0])
    return [NamedColumn(flat(name), text) for name, text in zip(rows[0], texts, strict=True)]


def _import_ids(row: Sequence[str]) -> bool:
    cells = [plain_json(cell) for cell in row if cell.strip()]
    return bool(cells) and all(cell.startswith("{") and _MARK in cell for cell in cells)


def plain_json(cell: str) -> str:
    """The cell without blanks and capitals: tools in between write the same JSON in other ways."""
    return "".join(cell.split()).casefold()


def _labels_below(head: Rows) -> bool | None:
    """Whether the second row holds labels (True) or the first answers (False); ``None`` if it shows neither."""
    below = {plain(name): cell.strip() for name, cell in zip(head[0], head[1], strict=True)}
    response, moments = below.get("responseid", ""), [below[m] for m in _MOMENTS if below.get(m)]
    if response.startswith("R_") or any(any(c.isdigit() for c in moment) for moment in moments):
        return False
    return True if response and moments else None
