"""What disclosure control decides about a cell, as codes.

Does not belong here: deciding (``decide``), what a decision does to a figure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]
PUBLISHED, PRIMARY, SECONDARY, AREA_CHANGED = range(4)
OPEN = -1
"""Nothing was decided yet."""
