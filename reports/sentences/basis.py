"""What a difference is of, said wherever a sentence rests on one that is not simply now minus then.

Belongs here: the words that name an adjustment. Does not belong here: when one is made (``publication.comparisons``).
"""

from __future__ import annotations

from markupsafe import Markup, escape

from reports.inputs import Comparison
from reports.words import Sentence, Words

NAMED = frozenset({"same_mix", "adjusted"})


def on_basis(words: Words, sentence: Sentence, comparison: Comparison | None) -> Sentence:
    """The sentence with the adjustment behind it. Rule: ``comparisons.basis``; without one it stays as it is."""
    note = basis_note(words, comparison)
    if not note:
        return sentence
    html = Markup(_with(str(sentence.html), str(escape(note))))  # noqa: S704 - both parts are escaped
    return Sentence(sentence.rule, _with(sentence.text, note), html)


def title_on_basis(words: Words, title: str, comparison: Comparison | None) -> str:
    """A title with the adjustment behind it."""
    note = basis_note(words, comparison)
    return _with(title, note) if note else title


def basis_note(words: Words, comparison: Comparison | None) -> str:
    """The adjustment of a comparison in words; empty where there is none."""
    if comparison is None or comparison.outcome == "not_compared" or comparison.basis not in NAMED:
        return ""
    return words.text(f"basis.{comparison.basis}")


def _with(text: str, note: str) -> str:
    return f"{text[:-1]}, {note}." if text.endswith(".") else f"{text}, {note}"
