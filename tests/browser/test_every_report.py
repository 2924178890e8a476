"""Every page of a real release, opened one by one: run after ``make demo`` with ``make test-slow``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RELEASE = Path(os.environ.get("POLITIEMONITOR_HOME") or Path(__file__).parents[2] / "data") / "releases/current"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not RELEASE.exists(), reason="no release to open: run `make demo` first"),
]


@pytest.mark.parametrize("width", [900, 390])
def test_every_report_opens_without_network_and_without_a_complaint(visit: Callable[..., Any], width: int) -> None:
    pages = sorted(RELEASE.resolve().rglob("*.html"))
    assert len(pages) > 200
    wrong = {}
    for page in pages:
        opened = visit(page, width=width)
        pictures = opened.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).length")
        if opened.problems or pictures:
            wrong[page] = (opened.problems, pictures)
        opened.context.close()
    assert not wrong
    print(f"{len(pages)} pages opened at {width} px")
