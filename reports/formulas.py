"""The formulas of the method by name, for the methods page and for ``politiemonitor explain``.

Belongs here: finding a formula and giving it as text or as MathML. Does not belong here: the formulas
(``formulas.yaml``), drawing them (``mathml``), what they mean (``texts/*_methods.yaml``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup

from reports.mathml import mathml


@dataclass(frozen=True)
class Formula:
    """One formula: its name, and the line in the notation of ``mathml``."""

    name: str
    line: str

    def __html__(self) -> Markup:
        """The formula for a page."""
        return mathml(self.line)

    def __str__(self) -> str:
        """The formula for a terminal."""
        return self.line


@cache
def formulas() -> Mapping[str, Formula]:
    """Every formula by name."""
    path = Path(__file__).with_name("formulas.yaml")
    return {name: Formula(name, line) for name, line in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def formula(name: str) -> Formula:
    """One formula; ``KeyError`` if there is none of that name."""
    return formulas()[name]
