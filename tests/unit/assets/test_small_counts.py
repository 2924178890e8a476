"""Small counts: hidden, and not to be worked out from the rest."""

from __future__ import annotations

import pytest

from assets.small_counts import hide_small


@pytest.mark.parametrize(
    ("counts", "hidden", "total"),
    [
        ((), (), False),
        ((50, 60), (False, False), False),
        ((0, 60), (False, False), False),  # nobody is nobody's secret
        ((4, 5, 60), (True, True, True), False),  # 4 and 5 are 9 together: 9 = total - 60 would say too much
        ((4, 7, 60), (True, True, False), False),
        ((4, 60, 30), (True, False, True), False),  # the smallest that stood goes with it
        ((4,), (True,), True),
        ((4, 3), (True, True), True),
        ((4, 0), (True, False), True),
    ],
)
def test_what_is_left_out(counts: tuple[int, ...], hidden: tuple[bool, ...], total: bool) -> None:
    found = hide_small(counts, 10)
    assert (found.hidden, found.total) == (hidden, total)


def test_what_is_hidden_is_never_few_together() -> None:
    for first in range(13):
        for second in range(13):
            for third in range(13):
                counts = (first, second, third)
                found = hide_small(counts, 10)
                together = sum(n for n, gone in zip(counts, found.hidden, strict=True) if gone)
                assert all(gone for n, gone in zip(counts, found.hidden, strict=True) if 0 < n < 10)
                assert together == 0 or together >= 10 or found.total
                assert sum(found.hidden) != 1 or found.total
