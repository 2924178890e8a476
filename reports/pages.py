"""All pages of a release by name.

Belongs here: the names. Does not belong here: what a page holds, which stands in its own module.
"""

from __future__ import annotations

from reports.area_page import area_page
from reports.index_page import index_page
from reports.methods_page import methods_page
from reports.national_page import national_page
from reports.page import Page
from reports.quality_page import HELD_BACK_FILE, quality_page

__all__ = ["HELD_BACK_FILE", "Page", "area_page", "index_page", "methods_page", "national_page", "quality_page"]
