"""Which sentence may be written about a figure: the rules as data (``rules.yaml``) and as objects (``rules``)."""
