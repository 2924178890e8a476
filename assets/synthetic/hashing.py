"""Numbers to pseudonyms: a counter becomes an identifier that shows nothing, the same on every machine.

Belongs here: the mixing function, hexadecimal text and uniform numbers made from it, all vectorised.
Does not belong here: what the identifiers are for. This is not cryptography: it only makes up identifiers.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.synthetic.parameters import Floats

Words = NDArray[np.uint64]

_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def mix(numbers: Words) -> Words:
    """The finaliser of splitmix64: one to one, so different numbers stay different."""
    with np.errstate(over="ignore"):
        value = numbers + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))


def identifiers(numbers: Words, purpose: int) -> pa.Array:
    """Sixteen hexadecimal digits per number; the same number for another purpose shows no likeness."""
    bytes_of = mix(mix(numbers) ^ np.uint64(purpose)).astype(">u8").view(np.uint8)
    text = np.ascontiguousarray(_HEX[bytes_of])
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * 16
    return pa.Array.from_buffers(pa.string(), len(numbers), [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def uniform(numbers: Words, purpose: int) -> Floats:
    """A number strictly between 0 and 1 that belongs to the number: the same person always gets the same."""
    top = mix(mix(numbers) ^ np.uint64(purpose)) >> np.uint64(11)
    return (top.astype(np.float64) + 0.5) / 2.0**53
