"""How far the work is, for whoever listens (the command line draws it on stderr).

Belongs here: one place to announce a stage and to listen. Does not belong here: drawing, logging, Dagster events.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, int, int], None]
"""Called with (stage, done, total); total 0 = unknown."""

_listeners: list[Listener] = []


def announce(stage: str, done: int = 0, total: int = 0) -> None:
    """Tell every listener how far a stage is."""
    for listener in _listeners:
        listener(stage, done, total)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Listen for as long as the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
