"""Reading contract files with the line of everything that was read, so that a refusal can name file and line.

Belongs here: YAML and CSV files to plain values plus positions, problems and the error that carries them.
Does not belong here: what the files mean (``load``, ``areas``), what must hold between them (``checks``).

The YAML read here is a small, unsurprising part of YAML: ``yes`` and ``no`` are text (they are answers in
questionnaires), keys are always text, a key may stand only once, and there are no anchors, aliases or merge keys.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml
from pydantic import ValidationError
from yaml.error import Mark
from yaml.nodes import Node

Key = str | int
Location = tuple[Key, ...]
Plain = str | int | float | bool | dt.date | None | list["Plain"] | dict[str, "Plain"]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DEEPEST = 20  # levels of nesting: no contract file comes near, and deeper ones would exhaust the stack
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, several times faster
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the contract, and where."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContractError(Exception):
    """The contract can't be used. Carries every problem found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line, p.message))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown_path(path: Path) -> str:
    """Path as a person wants to read it: relative to where they are, if it lies there."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return path.resolve().as_posix() if relative.startswith("..") else Path(relative).as_posix()


@dataclass
class Document:
    """A file that was read: its value, and the line of every part of it."""

    file: str
    value: Plain = None
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, location: Location) -> int:
        """Line of a part, or of the smallest part around it that has one."""
        for length in range(len(location), -1, -1):
            found = self.lines.get(location[:length])
            if found is not None:
                return found
        return 1

    def problem(self, location: Location, message: str) -> Problem:
        """A problem at a part of this document."""
        return Problem(self.file, self.line(location), message)


@dataclass
class Reader:
    """Reads contract files, remembers their bytes for the fingerprint, and collects what is wrong with them."""

    problems: list[Problem] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)

    def _bytes(self, path: Path, name: str) -> str | None:
        shown = shown_path(path)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            self.problems.append(Problem(shown, 1, "this file is missing"))
            return None
        except OSError as error:
            self.problems.append(Problem(shown, 1, f"this file can't be read: {error.strerror}"))
            return None
        self.contents[name] = content
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self.problems.append(Problem(shown, line, "this file is not UTF-8; save it as UTF-8"))
            return None

    def yaml(self, path: Path, name: str) -> Document | None:
        """A YAML file with the line of every key and list entry.

        Args:
            path: The file.
            name: Its name in the fingerprint (independent of the machine).

        Returns:
            The document, or None when it can't be read; the reason is then among the problems.
        """
        text = self._bytes(path, name)
        if text is None:
            return None
        document = Document(shown_path(path))
        try:
            _refuse_aliases(text)
            node = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self.problems.append(Problem(document.file, line, f"not readable as YAML: {error.problem}"))
            return None
        except yaml.YAMLError as error:  # control characters
            self.problems.append(Problem(document.file, 1, f"not readable as YAML: {error}"))
            return None
        if node is None:
            self.problems.append(Problem(document.file, 1, "this file is empty"))
            return None
        before = len(self.problems)
        document.value = self._plain(node, (), document)
        return document if len(self.problems) == before else None

    def _plain(self, node: Node, location: Location, document: Document) -> Plain:
        document.lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(child, (*location, index), document) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Plain] = {}
            for key_node, value_node in node.value:
                line = key_node.start_mark.line + 1
                if not isinstance(key_node, yaml.ScalarNode):
                    self.problems.append(Problem(document.file, line, "a key must be plain text"))
                    continue
                key = key_node.value
                if key in result:
                    first = document.line((*location, key))
                    message = f"the key '{key}' stands here for the second time (first on line {first})"
                    self.problems.append(Problem(document.file, line, message))
                    continue
                document.lines[(*location, key)] = line
                result[key] = self._plain(value_node, (*location, key), document)
            return result
        return _scalar(cast("yaml.ScalarNode", node))

    def csv(self, path: Path, name: str) -> tuple[Document, list[tuple[int, dict[str, str]]]] | None:
        """A comma separated file with a header: the line number and the cells of every row.

        Args:
            path: The file.
            name: Its name in the fingerprint.

        Returns:
            Document (for messages) and rows, or None when it can't be read.
        """
        text = self._bytes(path, name)
        if text is None:
            return None
        document = Document(shown_path(path))
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header: list[str] | None = None
        rows: list[tuple[int, dict[str, str]]] = []
        line = 1
        try:
            for cells in reader:
                if header is None:
                    header = [cell.strip() for cell in cells]
                    if len(set(header)) != len(header):
                        self.problems.append(Problem(document.file, line, "a column name stands twice in the header"))
                        return None
                elif cells and len(cells) != len(header):
                    message = f"this row has {len(cells)} cells, the header has {len(header)}"
                    self.problems.append(Problem(document.file, line, message))
                elif cells:
                    rows.append((line, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
                line = reader.line_num + 1
        except csv.Error as error:
            self.problems.append(Problem(document.file, line, f"not readable as CSV: {error}"))
            return None
        if header is None:
            self.problems.append(Problem(document.file, 1, "this file is empty"))
            return None
        document.lines[()] = 1
        document.value = list(header)
        return document, rows


def _refuse_aliases(text: str) -> None:
    """An alias is refused: a contract says things where they are, and aliases can grow a small file without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not used here", problem_mark=cast("Mark", event.start_mark)
            )
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem="nested too deep", problem_mark=cast("Mark", event.start_mark))


def _scalar(node: yaml.ScalarNode) -> Plain:
    """Value of a scalar: quoted is text, plain is what it looks like, with no more kinds than needed."""
    text: str = node.value
    if node.style:  # the two parsers call plain None and ""
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return _date(text) if _DATE.fullmatch(text) else text


def _date(text: str) -> dt.date | str:
    """A date, or the text as it is for a day that doesn't exist: that is refused where a date is asked for."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


def validation_problems(error: ValidationError, document: Document, prefix: Location = ()) -> list[Problem]:
    """Problems of a pydantic error, each with the line of the part it is about.

    Args:
        error: What pydantic found.
        document: The file the validated value came from.
        prefix: Where in the document the validated value stands.

    Returns:
        One problem per error.
    """
    problems = []
    for detail in error.errors(include_url=False):
        location = (*prefix, *detail["loc"])
        problems.append(document.problem(location, _message(detail["type"], location, detail["msg"], detail["input"])))
    return problems


def _message(kind: str, location: Location, message: str, value: object) -> str:
    name = ".".join(str(part) for part in location)
    if kind == "missing":
        return f"{name}: this must be filled in"
    if kind == "extra_forbidden":
        return f"{name}: there is no such key here"
    if kind == "string_type" and isinstance(value, int | float | bool | dt.date):
        return f"{name}: {value!s} must be text; put it between quotes"
    if isinstance(value, str | int | float | bool):
        return f"{name}: {message[0].lower()}{message[1:]} (found: {value!r})"
    return f"{name}: {message[0].lower()}{message[1:]}"
