"""Many runs of the product on synthetic police with known truth, divided over processes, kept in the home.

Belongs here: which runs are made, by how many processes, going on after an interruption, where results are kept.
Does not belong here: what one run does and how runs are added up (``assets.simulation``), arguments and printing
(``commands.simulate``).
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.console import WrongUseError
from pipelines.runs import load
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from assets.simulation.study import RunDone
    from expectations.model import Survey

FOLDER = "simulation"
RUNS_FILE = "runs.jsonl"


@dataclass(frozen=True)
class Wanted:
    """What is asked for."""

    runs: int
    responses: int
    seed: int
    jobs: int
    scenarios: tuple[str, ...]


@dataclass(frozen=True)
class Simulated:
    """What came out.

    Attributes:
        rates: The rows of ``publication.error_rates``.
        path: Where they are kept.
        seconds: Mean seconds of a run per scenario: drawing, tables, counting.
        reused: Runs that an earlier, interrupted simulation had already done.
    """

    rates: pa.Table
    path: Path
    seconds: dict[str, tuple[float, float, float]]
    reused: int


def simulate(settings: Settings, wanted: Wanted) -> Simulated:
    """Make the runs that are not there yet, add all of them up and keep the result in the home.

    Args:
        settings: Home, contract, and the day to write beside the results.
        wanted: How many runs of what.

    Raises:
        WrongUseError: A scenario does not exist.
    """
    from assets.simulation.rates import FILE_NAME, write_rates  # noqa: PLC0415 - help must not wait for the engine
    from assets.simulation.scenarios import load_study  # noqa: PLC0415
    from assets.simulation.study import Provenance, error_rates, simulated_code  # noqa: PLC0415

    survey: Survey = load(settings)
    known = list(load_study().scenarios)
    unknown = sorted(set(wanted.scenarios) - set(known))
    if unknown:
        raise WrongUseError(f"There is no scenario {', '.join(unknown)}. There are: {', '.join(known)}.")
    chosen = [name for name in known if not wanted.scenarios or name in wanted.scenarios]
    provenance = Provenance(wanted.responses, wanted.seed, simulated_code(survey), settings.day)
    folder = settings.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    kept = _Kept(folder / RUNS_FILE, [wanted.responses, wanted.seed, provenance.code])
    tasks = [(name, run) for run in range(wanted.runs) for name in chosen]
    done = {task: kept.found[task] for task in tasks if task in kept.found}
    reused = len(done)
    missing = [task for task in tasks if task not in done]
    for one in _made(settings.survey, missing, wanted, reused):
        kept.add(one)
        done[one.scenario, one.run] = one
    rates = error_rates(done.values(), provenance)
    write_rates(rates, folder / FILE_NAME)
    return Simulated(rates, folder / FILE_NAME, _seconds([done[task] for task in tasks]), reused)


class _Kept:
    """Runs that are done, one per line; those of another size, seed or code are thrown away."""

    def __init__(self, path: Path, made_with: list[Any]) -> None:
        self.path = path
        self.found: dict[tuple[str, int], RunDone] = {}
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        head, kept = json.dumps(made_with), [""]
        if lines[:1] == [head]:
            runs = {line: _run_of(line) for line in lines[1:]}
            kept = [line + "\n" for line, one in runs.items() if one is not None]
            self.found = {(one.scenario, one.run): one for one in runs.values() if one is not None}
        path.write_text(f"{head}\n{''.join(kept)}", "utf-8")  # without a line that was cut off

    def add(self, one: RunDone) -> None:
        """Write a run down."""
        record = [one.scenario, one.run, one.seconds, [tally.as_row() for tally in one.found]]
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def _run_of(line: str) -> RunDone | None:
    """A run that was written down; None where the writing was interrupted."""
    from assets.simulation.measures import Key, Tally  # noqa: PLC0415
    from assets.simulation.study import RunDone  # noqa: PLC0415

    try:
        scenario, run, seconds, rows = json.loads(line)
    except json.JSONDecodeError:
        return None
    found = tuple(Tally(Key(*row[:-2]), row[-2], row[-1]) for row in rows)
    return RunDone(scenario, run, found, tuple(seconds))


def _made(survey: Path, tasks: Sequence[tuple[str, int]], wanted: Wanted, before: int) -> Iterator[RunDone]:
    """Runs as they get ready, in this process or in several."""
    from assets.progress import announce  # noqa: PLC0415

    total = before + len(tasks)
    announce("simulating", before, total)
    if wanted.jobs == 1:
        for count, (name, run) in enumerate(tasks, before + 1):
            yield _one_run(survey, name, run, wanted.seed, wanted.responses)
            announce(f"simulating: {name}, run {run + 1}", count, total)
        return
    # Fresh processes: an engine that was forked half way through its work would wait for threads that are not there.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.jobs, mp_context=context) as pool:
        waiting: list[Future[RunDone]] = [
            pool.submit(_one_run, survey, name, run, wanted.seed, wanted.responses) for name, run in tasks
        ]
        try:
            for count, future in enumerate(as_completed(waiting), before + 1):
                one = future.result()
                yield one
                announce(f"simulating: {one.scenario}, run {one.run + 1}", count, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one_run(survey: Path, name: str, run: int, seed: int, responses: int) -> RunDone:
    from assets.resources import contract_at  # noqa: PLC0415
    from assets.simulation.study import run_scenario  # noqa: PLC0415

    return run_scenario(contract_at(survey), name, run, seed, responses)


def _seconds(done: list[RunDone]) -> dict[str, tuple[float, float, float]]:
    found: dict[str, list[tuple[float, float, float]]] = {}
    for one in done:
        found.setdefault(one.scenario, []).append(one.seconds)
    return {
        name: (
            round(sum(s[0] for s in each) / len(each), 2),
            round(sum(s[1] for s in each) / len(each), 2),
            round(sum(s[2] for s in each) / len(each), 2),
        )
        for name, each in found.items()
    }
