"""The frame: which combinations of level, channel, target group and window may be published at all.

Belongs here: the contract's levels to combinations. Does not belong here: thresholds and suppression per figure.
"""

from __future__ import annotations

from expectations.model import ALL, Survey, Window

Combination = tuple[str, str, str, Window]


def frame_rows(survey: Survey) -> list[Combination]:
    """Level, channel value, target group, window; a fixed set, so nothing follows from which rows a release has.

    Where a level crosses channels with target groups it does so by channel class.
    """
    rows: dict[Combination, None] = {}
    classes = [c.code for c in survey.channel_classes]
    groups = [g.code for g in survey.target_groups if g.in_scope]
    for level in survey.levels:
        channels = ([c.code for c in survey.channels] if level.channels == "channel" else []) + classes
        for window in level.windows:
            rows.setdefault((level.code, ALL, ALL, window))
        for window in level.breakdown_windows:
            for channel in channels:
                rows.setdefault((level.code, channel, ALL, window))
            for group in groups:
                rows.setdefault((level.code, ALL, group, window))
            for channel in classes if level.crossing else ():
                for group in groups:
                    rows.setdefault((level.code, channel, group, window))
    return list(rows)
