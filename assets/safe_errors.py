"""Errors that say nothing of what was delivered: the last gate before an event log, a terminal or a dump.

Libraries repeat values in their messages ("could not convert string to float: 'I was at the desk of ...'"), and Dagster
keeps messages, and those of every cause, in its event log. So an error that is not ours leaves a step with its type and
its place only; the stack, which shows lines of code and no values, stays. Our own errors are written for readers and
never repeat a value of a row; what caused them is taken off.

Belongs here: that gate. Does not belong here: what our own errors say, and printing them.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

OURS = frozenset({"assets", "expectations", "pipelines", "reports"})
FRAMEWORK = frozenset({"dagster", "click", "typer"})
"""Errors by which a step or a command ends on purpose; what they say is said by this program."""
Step = TypeVar("Step", bound=Callable[..., Any])


class UnexpectedError(Exception):
    """An error of a library or of Python; its own message is held back because it may repeat a value of a row."""


@contextmanager
def values_held_back() -> Iterator[None]:
    """Let no error out of the block that may repeat a value.

    Raises:
        UnexpectedError: Instead of any error that is not ours.
    """
    caught: Exception | None = None
    stack: TracebackType | None = None
    try:
        yield
    except Exception as error:  # every error goes through here
        stack = error.__traceback__
        caught = error if _package(error) in OURS | FRAMEWORK else UnexpectedError(_described(error))
    if caught is not None:
        # Outside of the block above: a new error would otherwise carry the old one along as its context.
        caught.__cause__, caught.__context__, caught.__suppress_context__ = None, None, True
        raise caught.with_traceback(stack)


def held_back(step: Step) -> Step:
    """A step whose errors repeat no value; a generator stays one."""
    if inspect.isgeneratorfunction(step):

        @functools.wraps(step)
        def yielding(*arguments: Any, **named: Any) -> Iterator[Any]:
            with values_held_back():
                yield from step(*arguments, **named)

        return yielding  # type: ignore[return-value]

    @functools.wraps(step)
    def guarded(*arguments: Any, **named: Any) -> Any:
        with values_held_back():
            return step(*arguments, **named)

    return guarded  # type: ignore[return-value]


def _package(error: Exception) -> str:
    return type(error).__module__.split(".")[0]


def _described(error: Exception) -> str:
    """Type and place: the newest line of our own code, and the line that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if any(f"/{room}/" in f.filename for room in OURS)]
    places = dict.fromkeys(f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno}" for f in (*ours[-1:], *frames[-1:]))
    kind = f"{type(error).__module__}.{type(error).__name__}".removeprefix("builtins.")
    return f"{kind} at {', '.join(places)} (its message is held back: it may repeat what was delivered)"
