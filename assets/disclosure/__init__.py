"""Disclosure control: which cells of a release are hidden so that nobody can be worked out.

Not part of a release yet: no asset calls it. Releases hide what is small for itself (``statistics.gates``) and no more.

Belongs here: cells as sums over classes of people (``people``), and the decision about each of them (``decide``). Does
not belong here: the arithmetic (``statistics.suppression``), the audit, which shares no code with this.
"""
