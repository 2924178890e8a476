"""The contract's own questions over time: an append-only file that remembers what every run asked.

Belongs here: that file, and which item changed with which delivery month. Does not belong here: what the files carry
(``question_changes``), declared breaks (``publication_breaks``).

One line per state: the hash of the wording and of the answers of every item, and ``through``, the newest month that had
been delivered by then. An item whose hash changes was asked in the new way from the first month that is delivered after
that: months that were there under the old contract were asked in the old way. The tables can be made again from the
deliveries; this file can't, so nothing ever rewrites it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.break_guard import Found
from assets.question_changes import plain_wording
from expectations.model import BreakCause, Scale, Survey

FILE = Path("warehouse") / "history" / "questions.jsonl"
"""Within the home."""


class HistoryError(Exception):
    """The file can't be read. Names file, line and what to do."""


@dataclass(frozen=True)
class State:
    """The questions of one run.

    Attributes:
        through: Newest month with answers that had been delivered; None before the first.
        wordings: Item -> hash of its wording.
        scales: Item -> hash of its answers.
    """

    through: dt.date | None
    wordings: Mapping[str, str]
    scales: Mapping[str, str]


def remembered(home: Path, survey: Survey, through: dt.date | None) -> list[State]:
    """Add the state of this run if it differs from the last one, and return all states, oldest first.

    Args:
        home: The home.
        survey: The contract of this run. States of another survey in the same home are left aside.
        through: Newest delivered month with answers.

    Raises:
        HistoryError: A line is no state.
    """
    path = home / FILE
    states = _read(path, survey.code)
    known = [state.through for state in states if state.through is not None]
    newest = max([*known, *([through] if through is not None else [])], default=None)
    now = State(newest, *_hashes(survey))
    if not states or states[-1] != now:
        _append(path, survey.code, now)
        states.append(now)
    return states


def contract_changes(states: Sequence[State], months: Iterable[dt.date]) -> list[Found]:
    """Items that the contract words or scales in another way than before, from the first month delivered since.

    Args:
        states: Of ``remembered``.
        months: Delivered months with answers.

    Returns:
        One per item and month. A change after which nothing was delivered yet is not among them, nor is one that was
        taken back before anything was delivered under it. A new item has no history to break with.
    """
    delivered = sorted(set(months))
    found = []
    causes: tuple[BreakCause, ...] = ("wording", "scale")
    for cause in causes:
        since: dict[str, dict[dt.date, str]] = {}  # item -> first month under a text -> hash of the text
        for position, state in enumerate(states):
            hashes = state.wordings if cause == "wording" else state.scales
            first = _first_under(states, position, delivered)
            for item, text in hashes.items():
                if first is not None:
                    since.setdefault(item, {})[first] = text
        for item, texts in since.items():
            if item not in states[-1].wordings:
                continue  # not asked any more
            asked = sorted(texts.items())
            changed = [new[0] for old, new in itertools.pairwise(asked) if old[1] != new[1]]
            found += [Found(month, item, cause) for month in changed]
    return found


def _first_under(states: Sequence[State], position: int, delivered: Sequence[dt.date]) -> dt.date | None:
    """The first month that was delivered under a state, or under the states after it."""
    before = states[position - 1].through if position else None
    return next((month for month in delivered if before is None or month > before), None)


def _hashes(survey: Survey) -> tuple[dict[str, str], dict[str, str]]:
    asked = [item for item in survey.items if survey.scale_of(item).kind != "open"]
    wordings = {item.id: _hash(plain_wording(item.wording)) for item in asked}
    return wordings, {item.id: _hash(_answers(survey.scale_of(item))) for item in asked}


def _answers(scale: Scale) -> str:
    """What people choose from; which of it counts as positive is decided afterwards, for all months alike."""
    points = [[point.value, point.code, plain_wording(point.label)] for point in scale.points]
    return json.dumps([scale.kind, scale.minimum, scale.maximum, points])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _append(path: Path, survey: str, state: State) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    items = {item: [text, state.scales[item]] for item, text in state.wordings.items()}
    through = None if state.through is None else state.through.isoformat()
    line = json.dumps({"survey": survey, "through": through, "items": items}, sort_keys=True)
    with path.open("ab") as file:
        file.truncate(_whole_lines(path))
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def _whole_lines(path: Path) -> int:
    """Bytes up to the end of the last whole line: the machine may have stopped while a line was written."""
    return path.read_bytes().rfind(b"\n") + 1


def _read(path: Path, survey: str) -> list[State]:
    if not path.exists():
        return []
    whole = path.read_bytes()[: _whole_lines(path)]
    found = []
    for number, line in enumerate(whole.decode("utf-8", "replace").splitlines(), start=1):
        try:
            record = json.loads(line)
            if record["survey"] != survey:
                continue
            through = record["through"]
            items = {str(item): (str(wording), str(scale)) for item, (wording, scale) in record["items"].items()}
            found.append(
                State(
                    None if through is None else dt.date.fromisoformat(through),
                    {item: wording for item, (wording, _) in items.items()},
                    {item: scale for item, (_, scale) in items.items()},
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise HistoryError(
                f"{path}: line {number} is damaged; put back a copy of this file from a backup, or take the line out "
                f"(changes of questions in that run are then not known)"
            ) from None
    return found
