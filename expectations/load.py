"""Reading a survey contract: a folder of YAML and CSV files in, one typed ``Survey`` out, or every reason why not.

Belongs here: which files make up a contract, and how they become objects.
Does not belong here: reading with positions (``positions``), areas (``areas``), what must hold between the files
(``checks`` and its siblings), the objects themselves (``model``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from expectations.areas import AreaRow, read_areas, top_area_rows
from expectations.checks import check_levels, check_survey
from expectations.checks_areas import check_areas
from expectations.checks_conditions import check_rules
from expectations.checks_items import check_items
from expectations.checks_sources import check_sources
from expectations.checks_tables import check_tables
from expectations.checks_weighting import check_weighting
from expectations.derived import with_derived_expectations
from expectations.model import (
    Break,
    BreakGuard,
    Channel,
    ChannelClass,
    Code,
    CodeList,
    Column,
    DerivedItem,
    Exclusion,
    Item,
    Level,
    Periods,
    Plausibility,
    Record,
    ResponseRules,
    Retention,
    Scale,
    Source,
    Survey,
    Table,
    TargetGroup,
    Theme,
    Thresholds,
    Weighting,
)
from expectations.positions import ContractError, Document, Plain, Problem, Reader, validation_problems

__all__ = ["DEFAULT_SURVEY", "SHARED", "ContractError", "Problem", "load_survey"]

SHARED = Path(__file__).resolve().parent
DEFAULT_SURVEY = SHARED / "surveys" / "politiemonitor"

LAYERS = ("raw", "reference", "staging", "marts", "publication")


class _SurveyFile(Record):
    """``survey.yaml``."""

    code: Code
    name: str
    subject: str
    language: Literal["nl", "en"]
    status: str
    version: str
    valid_from: dt.date
    publisher: str
    contact: str
    headline_item: Code
    mark_item: Code | None = None
    feedback_item: Code | None = None
    organisation: str
    levels: tuple[Level, ...]
    thresholds: Thresholds
    periods: Periods
    breaks: tuple[Break, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    response_rules: ResponseRules = ResponseRules()
    break_guard: BreakGuard = BreakGuard()
    plausibility: Plausibility = Plausibility()
    retention: Retention = Retention()
    weighting: Weighting | None = None
    timezone: str = "Europe/Amsterdam"


class _ScalesFile(Record):
    """``scales.yaml``."""

    scales: tuple[Scale, ...]


class _ItemsFile(Record):
    """``items.yaml``."""

    items: tuple[Item, ...]
    derived_items: tuple[DerivedItem, ...] = ()


class _ChannelsFile(Record):
    """``channels.yaml``."""

    classes: tuple[ChannelClass, ...]
    channels: tuple[Channel, ...]


class _TargetGroupsFile(Record):
    """``target_groups.yaml``."""

    target_groups: tuple[TargetGroup, ...]


class _CodesFile(Record):
    """``codes.yaml``."""

    codes: tuple[CodeList, ...] = ()


class _SourcesFile(Record):
    """``sources.yaml``."""

    sources: tuple[Source, ...]


class _ThemesFile(Record):
    """``themes.yaml``."""

    themes: tuple[Theme, ...]


_Model = TypeVar("_Model", bound=BaseModel)


def load_survey(root: Path, shared: Path = SHARED) -> Survey:
    """Read, type and check a survey contract.

    Args:
        root: Folder with ``survey.yaml`` and its companions.
        shared: Folder with ``columns.yaml`` and ``tables/``, the same for every survey.

    Returns:
        The contract.

    Raises:
        ContractError: With every problem found, each with file and line.
    """
    reader = Reader()
    head, head_file = _typed(reader, root, "survey.yaml", _SurveyFile)
    scales, scales_file = _typed(reader, root, "scales.yaml", _ScalesFile)
    items, items_file = _typed(reader, root, "items.yaml", _ItemsFile)
    channels, channels_file = _typed(reader, root, "channels.yaml", _ChannelsFile)
    groups, groups_file = _typed(reader, root, "target_groups.yaml", _TargetGroupsFile)
    codes, codes_file = _typed(reader, root, "codes.yaml", _CodesFile)
    sources, sources_file = _typed(reader, root, "sources.yaml", _SourcesFile)
    themes, themes_file = _typed(reader, root, "themes.yaml", _ThemesFile)
    rows = _areas(reader, root, head, head_file) if head is not None else []
    columns, columns_file = _columns(reader, shared)
    tables, table_files = _tables(reader, shared)
    if reader.problems:
        raise ContractError(reader.problems)
    # Nothing was missing or mistyped, so all of these are there.
    assert head and scales and items and channels and groups and codes and sources and themes
    files = {
        "survey": head_file,
        "scales": scales_file,
        "items": items_file,
        "channels": channels_file,
        "target_groups": groups_file,
        "codes": codes_file,
        "sources": sources_file,
        "themes": themes_file,
    }
    settings = head.model_dump(exclude={"organisation"})
    survey = Survey.model_validate(
        settings
        | {
            "root": root.resolve(),
            "scales": {scale.code: scale for scale in scales.scales},
            "items": items.items,
            "derived_items": items.derived_items,
            "channel_classes": channels.classes,
            "channels": channels.channels,
            "target_groups": groups.target_groups,
            "code_lists": {code_list.field: code_list for code_list in codes.codes},
            "sources": sources.sources,
            "themes": themes.themes,
            "areas": tuple(row.area for row in rows),
            "columns": columns,
            "tables": tables,
            "fingerprint": _fingerprint(reader.contents),
        }
    )
    problems = [
        *check_survey(survey, files, codes.codes),
        *check_items(survey, files, scales.scales),
        *check_rules(survey, head_file),
        *check_weighting(survey, head_file),
        *check_areas(survey, rows),
        *check_sources(survey, sources_file),
        *check_tables(survey, columns_file, table_files),
    ]
    if problems:
        raise ContractError(problems)
    return survey.model_copy(update={"tables": dict(with_derived_expectations(survey))})


def _typed(reader: Reader, root: Path, name: str, model: type[_Model]) -> tuple[_Model | None, Document]:
    """One file of the survey folder as an object; problems go to the reader."""
    document = reader.yaml(root / name, f"survey/{name}")
    if document is None:
        return None, Document(name)
    try:
        return model.model_validate(document.value), document
    except ValidationError as error:
        reader.problems.extend(validation_problems(error, document))
        return None, document


def _areas(reader: Reader, root: Path, head: _SurveyFile, head_file: Document) -> list[AreaRow]:
    """The areas of all levels, top first."""
    problems = list(check_levels(head.levels, head_file))
    if problems:
        reader.problems.extend(problems)
        return []
    rows = read_areas(reader, (root / head.organisation).resolve(), head.levels)
    try:
        return [*top_area_rows(head.levels, rows, head_file), *rows]
    except ValidationError as error:
        reader.problems.extend(validation_problems(error, head_file, ("levels", 0, "area")))
        return []


def _columns(reader: Reader, shared: Path) -> tuple[dict[str, Column], Document]:
    """``columns.yaml``: every column of every table, once, by name."""
    path = shared / "columns.yaml"
    if not path.exists():
        return {}, Document("columns.yaml")
    document = reader.yaml(path, "shared/columns.yaml")
    if document is None:
        return {}, Document("columns.yaml")
    entries = document.value.get("columns") if isinstance(document.value, dict) else None
    if not isinstance(entries, dict):
        reader.problems.append(document.problem((), "columns: a list of column names with what each means is needed"))
        return {}, document
    columns: dict[str, Column] = {}
    for name, entry in entries.items():
        value: Plain = {"name": name, **entry} if isinstance(entry, dict) else entry
        try:
            columns[name] = Column.model_validate(value)
        except ValidationError as error:
            reader.problems.extend(validation_problems(error, document, ("columns", name)))
    return columns, document


def _tables(reader: Reader, shared: Path) -> tuple[dict[str, Table], dict[str, Document]]:
    """``tables/<layer>/<table>.yaml``: layer and name come from the path."""
    tables: dict[str, Table] = {}
    documents: dict[str, Document] = {}
    for layer in LAYERS:
        for path in sorted((shared / "tables" / layer).glob("*.yaml")):
            document = reader.yaml(path, f"shared/tables/{layer}/{path.name}")
            if document is None:
                continue
            key = f"{layer}.{path.stem}"
            try:
                tables[key] = Table.model_validate(_table_value(document.value, layer, path.stem))
            except ValidationError as error:
                reader.problems.extend(validation_problems(error, document))
            documents[key] = document
    return tables, documents


def _table_value(value: Plain, layer: str, name: str) -> Plain:
    """A table file as its model: layer and name filled in from the path, a bare column name is a column."""
    if not isinstance(value, dict):
        return value
    columns = value.get("columns")
    if isinstance(columns, list):
        value = {**value, "columns": [{"name": c} if isinstance(c, str) else c for c in columns]}
    return {"layer": layer, "name": name, **value}


def _fingerprint(contents: Mapping[str, bytes]) -> str:
    """One hash over the names and bytes of all files, the same on every machine."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        for part in (name.encode(), contents[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()
