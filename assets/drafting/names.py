"""Names that a contract accepts, made from names and texts that questionnaires use.

Belongs here: ids, answer codes and area codes out of any text, each once. Does not belong here: what they name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache

import yaml

from expectations.load import SHARED
from expectations.model import ALL, CONTACT_FIELDS, RESPONSE_FIELDS, UNALLOCATED

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_ID = 40
_LONGEST_CODE = 28


def slug(text: str, longest: int = _LONGEST_ID) -> str:
    """Small letters, digits and single underscores; empty for a text without Latin letters or digits."""
    plain = unicodedata.normalize("NFD", _CAMEL.sub("_", text.strip()))
    parts = [part for part in _NOT_PLAIN.split(plain.encode("ascii", "ignore").decode().lower()) if part]
    result = ""
    for part in parts:
        longer = f"{result}_{part}" if result else part
        if len(longer) > longest:
            return result or part[:longest]
        result = longer
    return result


def answer_code(text: str, taken: Collection[str], number: int) -> str:
    """A code for an answer: its words, or its number where it has none."""
    words = slug(text, _LONGEST_CODE)
    if words and not words[0].isalpha():
        words = f"a{words}"
    return numbered(words or f"a{number}", taken)


def item_id(name: str, taken: Collection[str]) -> str:
    """An id for an item, other than every column the tables have of their own."""
    words = slug(name)
    if not words or not words[0].isalpha() or words in _columns() or words.startswith(("text_", "code_", "kept_")):
        words = f"q_{words}" if words else "q"
    return numbered(words, taken)


def area_code(text: str, taken: Collection[str]) -> str:
    """A code for an area; it becomes the name of a folder."""
    words = slug(text, _LONGEST_CODE) or "area"
    return numbered(f"{words}_area" if words in {ALL, UNALLOCATED} else words, taken)


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if it is taken."""
    number, result = 1, name
    while result in taken:
        number += 1
        result = f"{name}_{number}"
    return result


@cache
def _columns() -> frozenset[str]:
    """Names that are a column of some table: an item of that name could not stand beside it."""
    with (SHARED / "columns.yaml").open(encoding="utf-8") as file:
        columns = yaml.safe_load(file)["columns"]
    return frozenset({*columns, *CONTACT_FIELDS, *RESPONSE_FIELDS, "mapping", "cell", "moment"})
