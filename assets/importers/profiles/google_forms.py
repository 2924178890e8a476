"""Google Forms (csv, tsv, Excel): one header row of question texts, on one line, numbered where two are equal.

Belongs here: that. Does not belong here: options joined in one cell (``separator`` in ``sources.yaml``), moments as
``m/d/yyyy`` (``date_formats``).

A form has nothing that other tables lack, so it is never recognised by itself.
"""

from __future__ import annotations

from assets.importers.profiles.names import NamedColumn, Rows, flat


def header_rows(head: Rows) -> int | None:
    """Always one."""
    return 1


def recognised(head: Rows) -> bool:
    """Never: a first column ``Timestamp`` proves nothing."""
    return False


def columns(rows: Rows) -> list[NamedColumn]:
    """Every question is name and wording; the moment of sending has no wording."""
    return [NamedColumn(flat(cell), cell if i else "") for i, cell in enumerate(rows[0])]
