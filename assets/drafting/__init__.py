"""Drafting a survey contract: a file with answers or a questionnaire in, a folder that ``load_survey`` reads out.

Belongs here: the two ways in, the folder, and checking that it loads.
Does not belong here: the command (``pipelines.commands.contract``), evidence and choices (the modules of this package).

The way goes ``material`` (counts) -> ``roles`` and ``kinds`` (what a column is) -> ``scales``, ``multiples``, ``pools``
(answers) -> ``questions`` -> ``plan`` (choices) -> ``write`` (files). A questionnaire joins at ``questions``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.drafting.headers import looks_like_answers
from assets.drafting.lss import LssError, read_lss
from assets.drafting.lss_questions import lss_questions
from assets.drafting.material import Material, read_material
from assets.drafting.plan import Plan, plan_of_answers, plan_of_questionnaire
from assets.drafting.questions import questions_of
from assets.drafting.roles import UnknownColumnError, roles_of
from assets.drafting.write import contract_files, decision_text
from assets.importers.refusal import RefusedFile, quoted
from expectations.load import load_survey

__all__ = ["Draft", "DraftError", "UnknownColumnError", "draft_contract", "write_contract"]


class DraftError(Exception):
    """No contract can be drafted from this file; the message says why and what to do."""


@dataclass(frozen=True)
class Draft:
    """A drafted contract, not yet written.

    Attributes:
        code: Name of the survey, fit for a folder.
        files: Path in the folder -> content.
        decide: What the analyst must decide.
        counts: How many rows, columns, items and scales.
    """

    code: str
    files: dict[str, str]
    decide: tuple[str, ...]
    counts: dict[str, int]


def draft_contract(path: Path, *, language: str | None = None, id_column: str | None = None) -> Draft:
    """Propose a contract.

    Args:
        path: A file with answers in any format that can be delivered, or a LimeSurvey questionnaire (``.lss``).
        language: Of the survey; None: what its words are in.
        id_column: The column that tells responses apart; None: found by name and content.

    Raises:
        DraftError: If the file holds nothing to draft from.
        RefusedFile: If it cannot be read.
        UnknownColumnError: If it has no such column.
    """
    if path.suffix.lower() == ".lss":
        try:
            questionnaire = read_lss(path, language)
        except LssError as error:
            raise DraftError(str(error)) from None
        questions, left = lss_questions(questionnaire)
        plan = plan_of_questionnaire(questionnaire, path.name, questions, left, language)
        return _draft(plan, columns=len(questions) + len(left))
    material = read_material(path)
    _refuse_unusable(material)
    roles = roles_of(material, id_column)
    questions, left = questions_of(material, roles)
    return _draft(plan_of_answers(material, roles, questions, left, language), columns=len(material.columns))


def write_contract(draft: Draft, folder: Path) -> None:
    """Write a draft, whole or not at all; files of a contract that stand there are replaced.

    Raises:
        ContractError: If the contract does not load; nothing is written then.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in draft.files.items():
            target = Path(scratch) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        load_survey(Path(scratch))
        for name in draft.files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(scratch) / name, target)


def _draft(plan: Plan, *, columns: int) -> Draft:
    kinds = Counter(item.kind for item in plan.items)
    counts = {
        "rows": plan.rows,
        "columns": columns,
        "items": len(plan.items),
        "scales": len(plan.scales),
        "left_out": len(plan.ignored),
        **{kind: kinds[kind] for kind in ("ordinal", "mark", "nominal", "multiple", "open")},
    }
    return Draft(plan.code, contract_files(plan), tuple(decision_text(plan, d) for d in plan.decisions), counts)


def _refuse_unusable(material: Material) -> None:
    """Files whose columns have no names of their own."""
    names = [column.name for column in material.columns]
    if not names:
        raise DraftError(f"{material.file_name}: this file has no columns.")
    if looks_like_answers([column.name for column in material.columns if not column.nameless]):
        raise DraftError(
            f"{material.file_name}: the first row seems to hold answers, not names of columns. "
            "Put a row with names above them."
        )
    doubles = _doubles(names)
    if doubles:
        raise RefusedFile("duplicate_column", material.file_name, columns=quoted(doubles))


def _doubles(names: Sequence[str]) -> list[str]:
    """Names that occur twice; capitals do not count, as in the intake."""
    counts = Counter(name.casefold() for name in names)
    return [name for name in dict.fromkeys(names) if counts[name.casefold()] > 1]
