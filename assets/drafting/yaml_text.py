"""Values as YAML that the contract reader, and every other reader, takes for what they are.

Belongs here: quoting, lists and maps on one line, comments. Does not belong here: what is written (``write``).
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping

_WIDTH = 118
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ0-9 _.()€/-]*[A-Za-zÀ-ÖØ-öø-ÿ0-9_.)]|[A-Za-zÀ-ÖØ-öø-ÿ]")
_OTHER_THINGS = {"yes", "no", "true", "false", "null", "on", "off", "y", "n", "nan", "inf"}


def scalar(value: object) -> str:
    """A value; text is quoted unless no reader can take it for something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _OTHER_THINGS and len(value) < _WIDTH:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def flow(value: object) -> str:
    """A value, a list or a map on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def comment(text: str, indent: int = 0) -> list[str]:
    """A text as comment lines; what it quotes can't end the comment."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    start = " " * indent + "# "
    return textwrap.wrap(flat, _WIDTH, initial_indent=start, subsequent_indent=start, break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip


def entry(fields: Mapping[str, object], indent: int = 2) -> list[str]:
    """A list entry with one line per field; fields without a value are left out."""
    lines = []
    sign = "- "
    for key, value in fields.items():
        if value is None or (isinstance(value, str | tuple | dict) and not value):
            continue
        lines.append(" " * indent + sign + f"{key}: {flow(value)}")
        sign = "  "
    return lines


def document(*parts: Iterable[str]) -> str:
    """The lines of a file."""
    return "\n".join(line.rstrip() for part in parts for line in part) + "\n"
