"""``rules.yaml``: what row rules, flags and exclusions are called and mean, in the language of the survey's readers.

Belongs here: reading the file and finding the entry of a rule. Does not belong here: which rules there are
(``rule_texts``, ``compile_exclusions``), texts of pages (``reports``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypedDict, cast

import yaml


class Texts(TypedDict, total=False):
    """One entry, per language; ``kept``: the row stays; ``label``: a short name, where the contract has none."""

    label: dict[str, str]
    reason: dict[str, str]
    remedy: dict[str, str]
    kept: bool


def texts_of(rule_id: str, general: str) -> Texts:
    """The entry of a rule, or the general one of its kind."""
    entries = _entries()
    return entries[rule_id] if rule_id in entries else entries[general]


@cache
def _entries() -> dict[str, Texts]:
    path = Path(__file__).with_name("rules.yaml")
    return cast("dict[str, Texts]", yaml.safe_load(path.read_text(encoding="utf-8")))
