"""The figures of the pages: published rows in, plain Plotly dictionaries with caption, words and table out.

Belongs here: one module per kind of figure, and ``canvas`` for placing things to the pixel.
Does not belong here: choosing which figures a page has, which sentence may be a title, any statistic.
"""
