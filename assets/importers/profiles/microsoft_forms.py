"""Microsoft Forms (Excel, csv): five columns of the tool itself, then one column per question.

Belongs here: those five, question texts on one line (they hold hard blanks and line ends).
Does not belong here: options joined by ``;`` in one cell (``separator`` in ``sources.yaml``), moments.
"""

from __future__ import annotations

from assets.importers.profiles.names import NamedColumn, Rows, flat, plain

_LEADING = (  # per language the first columns of every export
    ("id", "starttime", "completiontime", "email", "name"),
    ("id", "begintijd", "tijdvanvoltooien", "email", "naam"),
)


def header_rows(head: Rows) -> int | None:
    """Always one."""
    return 1


def recognised(head: Rows) -> bool:
    """The five columns in their order."""
    return _own(head) > 0


def columns(rows: Rows) -> list[NamedColumn]:
    """Every question is name and wording; the columns of the tool have no wording."""
    own = _own(rows)
    return [NamedColumn(flat(cell), cell if i >= own else "") for i, cell in enumerate(rows[0])]


def _own(rows: Rows) -> int:
    start = tuple(plain(cell) for cell in rows[0][:5])
    return len(start) if start in _LEADING else 0
