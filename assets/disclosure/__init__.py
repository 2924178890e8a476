"""Disclosure control: which cells of a release are hidden so that nobody can be worked out.

Belongs here: from tables to problems of elimination (``people``, ``cells``), the order in which cells are decided
(``decide``), and the tables of decisions (``tables``). Does not belong here: the arithmetic
(``statistics.suppression``), the audit, which shares no code with this (``disclosure_audit``), what a decision does
to a figure (``publication_tables``).
"""
