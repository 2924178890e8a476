"""The product put to the test: synthetic police with known truth, through the real code, from contacts to verdicts.

Belongs here: drawing a police in memory, running the tables on it, holding the figures against the truth, and adding up
over runs. Does not belong here: what a table is (``sql``, ``assets``), how synthetic people behave
(``assets.synthetic``), summaries as formulas (``assets.statistics.simulation``), the command (``pipelines``).

The truth of a figure is the mean of the true chance (or of the expected mark) over the contacts that the figure is
about: the register, in scope and not left out, whether or not they answered.
"""
