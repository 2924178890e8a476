"""``politiemonitor contract``: draft a survey contract from a file, and check one.

Belongs here: arguments, where the folder comes, what is printed. Does not belong here: drafting (``assets.drafting``),
what makes a contract sound (``expectations.load``).
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import console
from pipelines.console import DataRefusedError, WrongUseError

if TYPE_CHECKING:
    from assets.drafting import Draft

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Draft a survey contract from a file; check one.")

JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


class Language(StrEnum):
    """Language of a survey."""

    nl = "nl"
    en = "en"


@app.command()
def draft(  # noqa: PLR0917 - typer's arguments are options, never positional
    file: Annotated[Path, typer.Argument(help="A file with answers, or a LimeSurvey questionnaire (.lss).")],
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to write (default: named after the file).")
    ] = None,
    language: Annotated[Language | None, typer.Option("--language", help="Of the survey (default: found).")] = None,
    id_column: Annotated[str | None, typer.Option("--id-column", help="Column that tells responses apart.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the contract in a folder that exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Propose a survey contract: questions, scales, fields and areas, and what there is to decide."""
    with console.reporting(as_json=as_json) as report:
        if not file.is_file():
            raise WrongUseError(f"{file}: there is no such file.")
        made = _drafted(file, language.value if language else None, id_column)
        folder = into if into is not None else Path(made.code)
        if folder.exists() and not folder.is_dir():
            raise WrongUseError(f"{folder} is a file. Give a folder with --into.")
        if folder.is_dir() and any(folder.iterdir()) and not force:
            raise WrongUseError(f"{folder} exists and is not empty. Give another folder with --into, or --force.")
        _written(made, folder)
        if as_json:
            record = {"folder": str(folder), "counts": made.counts, "decide": list(made.decide)}
            report.line(json.dumps(record, ensure_ascii=False, indent=1))
            return
        report.line(str(folder))
        report.line(_summary(made.counts))
        for number, decision in enumerate(made.decide, start=1):
            report.line(f"{number:>3}. {decision}")
        report.say(f"Edit it, then: politiemonitor contract check {folder}")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of a survey contract.")],
    as_json: JsonOption = False,
) -> None:
    """Say whether a contract loads, what is in it, and what a draft still leaves to decide."""
    from expectations.load import ContractError, load_survey  # noqa: PLC0415 - help must not wait for it

    with console.reporting(as_json=as_json) as report:
        if not (folder / "survey.yaml").is_file():
            raise WrongUseError(
                f"{folder}: there is no survey.yaml in this folder. Give the folder of a survey contract."
            )
        try:
            survey = load_survey(folder)
        except ContractError as error:
            if not as_json:
                raise DataRefusedError(f"The survey contract is refused:\n{error}") from None
            problems = [{"file": p.file, "line": p.line, "message": p.message} for p in error.problems]
            report.line(json.dumps({"loads": False, "problems": problems}, ensure_ascii=False, indent=1))
            report.code = 1
            return
        open_ends = _open_ends(folder)
        levels = {level.code: sum(a.level == level.code for a in survey.areas) for level in survey.levels}
        record: dict[str, Any] = {
            "loads": True,
            "survey": survey.code,
            "items": len(survey.items),
            "scales": len(survey.scales),
            "channels": len(survey.channels),
            "target_groups": len(survey.target_groups),
            "areas": levels,
            "sources": [source.name for source in survey.sources],
            "decide": open_ends,
        }
        if as_json:
            report.line(json.dumps(record, ensure_ascii=False, indent=1))
            return
        areas = ", ".join(f"{count} x {level}" for level, count in levels.items())
        report.line(
            f"{survey.code}: loads; {record['items']} items, {record['scales']} scales, {record['channels']} channels, "
            f"{record['target_groups']} target groups, areas: {areas}"
        )
        for place in open_ends:
            report.line(f"  {place}")
        report.line(f"{len(open_ends)} left to decide")


def _drafted(file: Path, language: str | None, id_column: str | None) -> Draft:
    from assets.drafting import DraftError, UnknownColumnError, draft_contract  # noqa: PLC0415
    from assets.importers.refusal import RefusedFile  # noqa: PLC0415

    try:
        return draft_contract(file, language=language, id_column=id_column)
    except UnknownColumnError as error:
        raise WrongUseError(f"{file.name} has no column '{error}' (--id-column).") from None
    except RefusedFile as refusal:
        raise DataRefusedError(f"{refusal.message} {refusal.remedy}") from None
    except DraftError as error:
        raise DataRefusedError(str(error)) from None
    except OSError as error:
        raise DataRefusedError(f"{file} can't be read: {error.strerror}.") from None


def _written(made: Draft, folder: Path) -> None:
    from assets.drafting import write_contract  # noqa: PLC0415
    from expectations.load import ContractError  # noqa: PLC0415

    try:
        write_contract(made, folder)
    except ContractError as error:
        raise DataRefusedError(f"No sound contract could be drafted from this file:\n{error}") from None
    except OSError as error:
        raise WrongUseError(f"{folder} can't be written: {error.strerror}.") from None


def _summary(counts: dict[str, int]) -> str:
    kinds = ", ".join(f"{counts[k]} {k}" for k in ("ordinal", "mark", "nominal", "multiple", "open") if counts[k])
    return (
        f"{counts['items']} items ({kinds}) on {counts['scales']} scales, from {counts['columns']} columns "
        f"and {counts['rows']} rows; {counts['left_out']} columns left out"
    )


def _open_ends(folder: Path) -> list[str]:
    """Comments of a draft that still ask for a choice: ``file:line: what``."""
    from assets.drafting.words import MARKS  # noqa: PLC0415

    found = []
    for path in sorted(folder.glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text.startswith("#") and any(f"{mark}:" in text for mark in MARKS.values()):
                found.append(f"{path.name}:{number}: {text.lstrip('# ')}")
    return found
