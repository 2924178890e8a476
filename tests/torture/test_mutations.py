"""Five hundred random faults in a valid delivery: each is caught, or proven to do no harm.

Each seed makes one fault (a byte, a cell, a column, a name, an encoding ...) in one file of a valid delivery, in a
random format, as first or as second delivery of its month. The files go through the real intake and the real staging.
Then the judge, who knows the valid delivery and reads the faulty file with other libraries, proves:

* every row that was accepted holds exactly what the file says there; every row that has a fault was held back;
* good rows beside it were accepted, and none twice; per file read = accepted + superseded + quarantined + erased;
* nothing raised, nothing hung, no message repeats a cell.

Where each fault was caught is printed as a table; ``--torture-table FILE`` writes it to a file. "Says something valid"
is a fault no system can see (a 4 that became a 5): the proof is that staging holds that very 5. ``make test`` runs
every kind once, ``make test-slow`` all five hundred.
"""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from assets.resources import House, contract_at
from tests.pipeline.small_police import AS_OF, small_contract
from tests.torture.cases import FAULTS, Case, case_of
from tests.torture.judge import Judge, Verdict
from tests.torture.valid import MONTHS, valid_tables
from tests.torture.without_dagster import build

CASES = 500
SECONDS = 120
TOGETHER = len(MONTHS)  # cases that share a home, each in a month of its own
BATCHES = [range(start, min(start + TOGETHER, CASES)) for start in range(0, CASES, TOGETHER)]
EVERY_KIND = -(-len(FAULTS) // TOGETHER)


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """A case that hangs fails."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not ready after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home with the contract of a small police and nothing in its inbox."""
    folder = tmp_path_factory.mktemp("template")
    survey = small_contract(folder)
    house = House(home=str(folder / "home"), survey=str(survey), as_of=AS_OF.isoformat())
    house.inbox.mkdir(parents=True)
    build(house, "raw", "reference", "staging")
    return house


def judged(cases: list[Case], template: House, folder: Path) -> tuple[list[tuple[Case, Verdict]], list[str]]:
    """Deliver, take and stage cases in one home, and judge each; several at once, because planning SQL takes longest.

    Where that fails, every case is run in a home of its own.

    Returns:
        The verdicts, and what failed.
    """
    try:
        return list(zip(cases, _judged(cases, template, folder), strict=True)), []
    except Exception as error:
        if len(cases) == 1:
            return [], [f"{cases[0].described}: {type(error).__name__}: {error}"]
    alone = [judged([case], template, folder) for case in cases]
    return [v for verdicts, _ in alone for v in verdicts], [f for _, failures in alone for f in failures]


def _judged(cases: list[Case], template: House, folder: Path) -> list[Verdict]:
    home = Path(shutil.copytree(template.root, folder / "home"))
    house = House(home=str(home), survey=template.survey, as_of=template.as_of)
    try:
        for case in cases:
            case.deliver(house.inbox)
        with time_limit(SECONDS):
            build(house, "raw", "staging")
            with house.warehouse.kept_open():
                return [Judge(house, case.files, case.valid).verdict() for case in cases]
    finally:
        shutil.rmtree(home)


class Tally:
    """How many faults of each kind were caught where."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, fault: str, verdict: Verdict) -> None:
        self.counts[fault, verdict.where] += 1

    def lines(self) -> list[str]:
        """The table, in Markdown."""
        places = [place for place, _ in self._sum(1).most_common()]
        lines = ["| fault | " + " | ".join(places) + " |", "|---" * (len(places) + 1) + "|"]
        for fault in sorted({fault for fault, _ in self.counts}):
            cells = [str(self.counts[fault, place] or "") for place in places]
            lines.append(f"| {fault.replace('_', ' ')} | " + " | ".join(cells) + " |")
        total = self._sum(1)
        return [*lines, f"| **{sum(total.values())} faults** | " + " | ".join(str(total[p]) for p in places) + " |"]

    def _sum(self, part: int) -> Counter[str]:
        found: Counter[str] = Counter()
        for key, count in self.counts.items():
            found[key[part]] += count
        return found


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Printed and written at the end of the module."""
    found = Tally()
    yield found
    if not found.counts:
        return
    text = "\n".join(found.lines()) + "\n"
    print("\n" + text)
    target = request.config.getoption("--torture-table")
    if target:
        Path(target).write_text(text, "utf-8")


def check(batch: range, template: House, tally: Tally, folder: Path) -> None:
    survey = contract_at(Path(template.survey))
    cases = [case_of(seed, month, valid_tables(survey, month)) for seed, month in zip(batch, MONTHS, strict=False)]
    verdicts, failures = judged(cases, template, folder)
    for case, verdict in verdicts:
        tally.add(case.fault, verdict)
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("batch", BATCHES[:EVERY_KIND], ids=lambda b: f"seeds {b[0]}-{b[-1]}")
def test_every_kind_of_fault(batch: range, template: House, tally: Tally, tmp_path: Path) -> None:
    check(batch, template, tally, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("batch", BATCHES[EVERY_KIND:], ids=lambda b: f"seeds {b[0]}-{b[-1]}")
def test_five_hundred_faults(batch: range, template: House, tally: Tally, tmp_path: Path) -> None:
    check(batch, template, tally, tmp_path)
