"""One way to compare spellings: what counts as the same name in a delivery and in the contract.

Belongs here: the key of a raw spelling, in Python. The SQL twin is in ``spelling_sql``; one test proves them equal.
Does not belong here: which spelling means which code (the contract), looking anything up.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = " \t\r\n\u00a0"  # around a value; the last one is the hard space of web pages and Word
# A whole number written as text, also the way Excel and SPSS write it: "4", "4.0", "4,00".
_WHOLE_NUMBER = re.compile(r"^(-?[0-9]+)(?:[.,]0+)?$")
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_AREA_PREFIX = re.compile(r"^(basisteam|team|politie)")
_AREA_SUFFIX = re.compile(r"bt$")


def plain_text(text: str) -> str:
    """Trimmed text, whole numbers without decimals: ``' 4,0 '`` is ``'4'``."""
    trimmed = text.strip(BLANKS)
    found = _WHOLE_NUMBER.match(trimmed)
    return found.group(1) if found else trimmed


def spelling_key(text: str) -> str:
    """Key under which spellings are compared: lower case, no accents, letters and digits only.

    Whole numbers stay whole numbers: without its point ``4.0`` would be ``40``.

    Args:
        text: A raw value, a label or a code.

    Returns:
        The key; empty when the text holds no Latin letter or digit.
    """
    trimmed = plain_text(text)
    if _WHOLE_NUMBER.match(trimmed):
        return trimmed
    decomposed = unicodedata.normalize("NFD", trimmed)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_ALPHANUMERIC.sub("", plain.lower())


def area_spelling_key(text: str) -> str:
    """Key of an area's name: as ``spelling_key``, without "basisteam"/"team"/"politie" in front and "(BT)" behind.

    Args:
        text: A raw area name or code.

    Returns:
        The key; a name that consists of such a word only keeps it.
    """
    key = spelling_key(text)
    stripped = _AREA_SUFFIX.sub("", _AREA_PREFIX.sub("", key))
    return stripped or key
