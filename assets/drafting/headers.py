"""What the name and the question text of a column tell: its code, the question, and the option or row it stands for.

Belongs here: the ways survey tools write a heading. Does not belong here: header rows (``assets.importers.profiles``),
values of cells.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

_CODE = r"[A-Za-z][A-Za-z0-9_-]{0,39}(?:\[[^\[\]\s]*\])*"
_CODE_AND_TEXT = re.compile(rf"({_CODE})\.(?:\s+(.*))?", re.DOTALL)
_CODE_ONLY = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,39}(?:\[[^\[\]\s]*\])*")
_BRACKETS = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])+)$")
_NUMBERED = re.compile(r"^(.*?[A-Za-z0-9])_([0-9]{1,3}|SQ[0-9]+|other|oth)$")
_QUOTED_CODE = re.compile(r"^\[[^\[\]\s]{1,20}\]\s*")  # "[wl02.0] Ik voel me ..."
_OPTION_BEHIND = re.compile(r"^(.*\S)\s*\[([^\[\]]+)\]\s*$", re.DOTALL)
_OPTION_ONLY = re.compile(r"^\[(.+)\]\s*$", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_VALUE = re.compile(r"[-+]?[0-9]+([.,:/-][0-9]+)*([ T][0-9:.]+)?")
_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|\$\{[^{}]*\}")


@dataclass(frozen=True)
class Heading:
    """A heading, taken apart.

    Attributes:
        code: Short name in the questionnaire; empty where the heading is a sentence.
        stem: What columns of one question have in common: a code or a question; empty for a question of one column.
        question: Text of the question; empty if only a code is known.
        option: Text (or code) of the option or row.
    """

    code: str
    stem: str
    question: str
    option: str

    @property
    def wording(self) -> str:
        """The whole text."""
        if self.question and self.option:
            return f"{self.question} – {self.option}"
        return self.question or self.option

    @property
    def short(self) -> str:
        """What tells this column from its neighbours."""
        return self.option or self.question or self.code


def coded_headings(names: Sequence[str]) -> bool:
    """Whether every heading is ``code. text``, which is how LimeSurvey writes codes and texts together."""
    return len(names) > 1 and all(
        (found := _CODE_AND_TEXT.fullmatch(name.strip())) and len(found[2] or "") > len(found[1]) for name in names
    )


def heading_of(name: str, wording: str, *, plain: bool = False) -> Heading:
    """Take a heading apart.

    Args:
        name: Name of the column.
        wording: Its question text, if the file carries one.
        plain: Whether the name says nothing: the file has none for this column.
    """
    text = clean(_QUOTED_CODE.sub("", wording.strip()))
    if plain:
        return Heading("", "", text, "")
    flat = name.strip()
    brackets = _BRACKETS.match(flat)
    if brackets and _CODE_ONLY.fullmatch(flat):
        option = brackets[2][1:-1].replace("][", " ")
        question, behind = _parts(text)
        return Heading(flat, brackets[1], question, behind or option)
    if _CODE_ONLY.fullmatch(flat):
        question, behind = _parts(text)
        numbered = _NUMBERED.match(flat)
        return Heading(flat, numbered[1] if numbered else "", question, behind)
    question, behind = _parts(clean(flat) if not text or text == clean(flat) else text)
    return Heading("", question if behind else "", question, behind)


def _parts(text: str) -> tuple[str, str]:
    """Question and option of ``question [option]``, ``question | option`` or ``question - option``."""
    if found := _OPTION_ONLY.match(text):
        inner = found[1].strip()
        return ("", inner) if "[" not in inner else _parts(inner)
    if found := _OPTION_BEHIND.match(text):
        return found[1].strip(), found[2].strip()
    for sign in (" | ", " - "):
        before, _, behind = text.rpartition(sign)
        # a dash within one sentence is no border: the question ends in a sign, or is long
        if before and behind and (sign == " | " or before.rstrip().endswith(("?", ":", ".", "…", ")"))):
            return before.strip(), behind.strip()
    return text, ""


def clean(text: str) -> str:
    """A text on one line, without markup and placeholders of the tool."""
    plain = html.unescape(_TAG.sub(" ", _BLOCK.sub(" ", text)))
    plain = _PLACEHOLDER.sub(" ", plain)
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())


def shortened(text: str, length: int) -> str:
    """The first words of a text, without a stop at the end."""
    plain = text.strip().rstrip(" .:…?") or text.strip()
    if len(plain) <= length:
        return plain
    cut = plain[: length - 1]
    whole = cut.rpartition(" ")[0] if " " in cut[length // 2 :] else cut
    return whole.rstrip(" ,;:–-") + "…"


def looks_like_answers(names: Sequence[str]) -> bool:
    """Whether a header holds answers: someone's address, or mostly numbers and days."""
    if any(_ADDRESS.search(name) for name in names):
        return True
    values = sum(1 for name in names if _VALUE.fullmatch(name.strip()))
    return values > len(names) / 3
