"""Refusing a whole file, in words that an analyst can act on.

Belongs here: the one exception of the intake and the catalogue of its texts (`expectations/intake.yaml`).
Does not belong here: deciding that a file is refused (the readers and `expected_columns` do), faults of single rows
(the row rules do).

A message holds names, numbers and positions, never the value of a cell: a file may be about persons.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import cast

import yaml


class RefusedFile(Exception):  # noqa: N818 - an outcome of the intake, not an error in the program
    """A file that is refused as a whole.

    Attributes:
        reason: Key in the catalogue: the code, with a variant where the words differ.
        code: Reason as in the tables: ``wrong_encoding``, ``missing_column`` ...
        file_name: Name of the file, without folder.
        position: Where in the file, in words; empty if it is about the file as a whole.
        message: What is wrong, for a reader.
        remedy: What to do about it, for a reader.
    """

    def __init__(self, reason: str, file_name: str, position: str = "", **values: object) -> None:
        self.reason = reason
        self.code = reason.partition(".")[0]
        self.file_name = file_name
        self.position = position
        self._values = values
        words = catalogue()[reason]
        filled = {"file": file_name, "position": position, **values}
        self.message = words["message"].format(**filled)
        self.remedy = words["remedy"].format(**filled)
        super().__init__(f"{self.code}: {self.message} {self.remedy}")

    def about(self, file_name: str) -> RefusedFile:
        """The same refusal about another file: of a zip, with the name of the file in it."""
        return RefusedFile(self.reason, file_name, self.position, **self._values)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """The texts by reason (``code`` or ``code.variant``)."""
    text = resources.files("expectations").joinpath("intake.yaml").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str]]", yaml.safe_load(text))


def quoted(names: list[str] | tuple[str, ...], limit: int = 12) -> str:
    """Column or sheet names for a message: quoted, without line breaks, shortened, at most ``limit`` of them."""
    shown = ["'" + (flat if len(flat := " ".join(n.split())) <= 60 else flat[:57] + "...") + "'" for n in names[:limit]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" en nog {rest}" if rest > 0 else "")
