"""The words of a draft, in the language of the survey.

Belongs here: reading ``texts.yaml``. Does not belong here: what is said where (``write``), pages (``reports``).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import cast

import yaml

MARKS = {"nl": "BESLIS", "en": "DECIDE"}
"""What a comment in a draft starts with where the analyst must choose."""


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of a language, by key."""
    text = resources.files(__package__).joinpath("texts.yaml").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str]]", yaml.safe_load(text))[language]
