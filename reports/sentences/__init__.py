"""Sentences bound to statistics: one function per statement, published rows in, a catalogue sentence out.

Belongs here: the rule that allows a sentence. Does not belong here: the words (``texts``), the numbers (``inputs``).
Only ``comparisons.outcome`` may make something higher or lower; *maybe* always says that it can be chance.
"""
