"""How work is cut: deliveries by month, pages by area.

Belongs here: partition definitions derived from the contract. Does not belong here: which partitions a run takes.
"""

import dagster as dg

from expectations.model import Survey


def delivery_months(survey: Survey) -> dg.MonthlyPartitionsDefinition:
    """One partition per delivery month, from the first month of the contract up to and including the running one."""
    return dg.MonthlyPartitionsDefinition(start_date=survey.periods.first_month.isoformat(), end_offset=1)


def area_pages(survey: Survey) -> dg.StaticPartitionsDefinition:
    """One partition per area of every level, from top to leaf, in the order of the contract."""
    return dg.StaticPartitionsDefinition([page_key(level, code) for level, code in current_areas(survey)])


def page_key(level: str, code: str) -> str:
    """Partition key of an area's page."""
    return f"{level}:{code}"


def current_areas(survey: Survey) -> list[tuple[str, str]]:
    """(level, code) of every area that exists now: one page each."""
    found: list[tuple[str, str]] = []
    for level in survey.levels:
        if level.single:
            found.append((level.code, (level.area or {"code": level.code})["code"]))
            continue
        codes = dict.fromkeys(a.code for a in survey.areas if a.level == level.code and a.valid_to is None)
        found.extend((level.code, code) for code in codes)
    return found
