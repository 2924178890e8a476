"""What drafting knows beforehand: answers and column names that questionnaires use again and again.

Belongs here: reading ``known_answers.yaml`` and ``known_columns.yaml``, and looking words up in them.
Does not belong here: deciding about a column or a scale (``kinds``, ``scales``), words of a survey contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from expectations.spelling import plain_text, spelling_key

_PARTS = re.compile(r"\s*[/;,]\s*|\s+(?:of|or)\s+")
_WORD = re.compile(r"[a-zà-ÿ]+")


@dataclass(frozen=True)
class Rung:
    """A place on a family of answer scales."""

    place: int
    sign: int


@dataclass(frozen=True)
class Family:
    """Answer scales of one kind, all on one ladder from low to high."""

    code: str
    rungs: dict[str, Rung]  # by spelling key


@dataclass(frozen=True)
class Known:
    """Everything of the two files, by spelling key."""

    families: tuple[Family, ...]
    choices: dict[str, str]
    not_applicable: frozenset[str]
    missing: frozenset[str]
    tick_questions: tuple[str, ...]
    number_codes: frozenset[int]
    languages: dict[str, frozenset[str]]
    columns: dict[str, tuple[str, ...]]

    def is_word(self, text: str) -> bool:
        """Whether an answer is public language: it says nothing about who gave it."""
        key = spelling_key(text)
        return (
            self.is_not_applicable(text) or key in self.choices or any(key in family.rungs for family in self.families)
        )

    def is_not_applicable(self, text: str) -> bool:
        """Whether an answer, or every part of it, says that the question could not be answered."""
        if spelling_key(text) in self.not_applicable:
            return True
        parts = [spelling_key(part) for part in _PARTS.split(text.lower())]
        return len(parts) > 1 and all(part in self.not_applicable for part in parts)

    def roles_of(self, name: str) -> dict[str, int]:
        """The roles a column's name tells, each with how early its word stands in the list of that role."""
        key = name_key(name)
        found: dict[str, int] = {}
        for role, words in self.columns.items():
            for rank, word in enumerate(words):
                if role not in found and (key == word or (word.endswith("*") and key.startswith(word[:-1]))):
                    found[role] = rank
        return found

    def asks_for_ticks(self, wording: str) -> bool:
        """Whether a question says that several answers may be ticked."""
        return any(words in wording.lower() for words in self.tick_questions)

    def asks_who(self, wording: str) -> bool:
        """Whether a text question asks for a name, an address or another way to find someone."""
        words = set(re.findall(r"[a-z-]+", wording.lower()))
        return bool(words.intersection(self.columns["personal_words"]))

    def language_of(self, texts: list[str]) -> str | None:
        """The language of most words, None if neither is heard."""
        words = [word for text in texts for word in _WORD.findall(text.lower())]
        heard = {language: sum(word in known for word in words) for language, known in self.languages.items()}
        best = max(heard, key=lambda language: heard[language])
        return best if heard[best] > min(heard.values()) else None


def name_key(name: str) -> str:
    """A column name without capitals, blanks and signs."""
    return "".join(character for character in name.casefold() if character.isalnum())


@cache
def known() -> Known:
    """The two files, read once."""
    answers, columns = _file("known_answers.yaml"), _file("known_columns.yaml")
    families = []
    for family in answers["families"]:
        rungs = {
            spelling_key(word): Rung(place, rung["sign"])
            for place, rung in enumerate(family["rungs"])
            for word in rung["words"]
        }
        families.append(Family(family["code"], rungs))
    return Known(
        families=tuple(families),
        choices={spelling_key(word): choice["code"] for choice in answers["choices"] for word in choice["words"]},
        not_applicable=_keys(answers["not_applicable"]),
        missing=frozenset(plain_text(word) for word in answers["missing"]),
        tick_questions=tuple(answers["tick_question"]),
        number_codes=frozenset(answers["number_codes"]),
        languages={language: frozenset(words) for language, words in answers["language"].items()},
        columns={role: tuple(words) for role, words in columns.items()},
    )


def _file(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return found


def _keys(words: list[str]) -> frozenset[str]:
    return frozenset(spelling_key(word) for word in words)
