"""Commands of the command line beside the main ones: one module per subject, mounted by ``cli``.

Belongs here: arguments and texts of a command.
Does not belong here: the work itself (``assets``), exit codes (``console``).
"""
