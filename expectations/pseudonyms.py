"""SQL of keyed hashes: how a raw id becomes a pseudonym, and a tombstone of somebody who was erased.

Belongs here: the SQL text. The keys are not in it: they stand in variables of the connection, so that no key is ever
in a statement, a log or a fingerprint. Does not belong here: keys and where they are kept (``assets.privacy.keys``).

The hash is HMAC-SHA256. What depends on the key are the two padded blocks; those are what the variables hold.
"""

from __future__ import annotations

from dataclasses import dataclass

PSEUDONYM_DIGITS = 20
"""Hex digits that are kept: 80 bits, with which two of a billion ids are the same once in two million cases."""


@dataclass(frozen=True)
class KeyVariables:
    """Names of the two variables of a connection that hold the blocks of one key."""

    inner: str
    outer: str


PSEUDONYM = KeyVariables("pseudonym_inner", "pseudonym_outer")
TOMBSTONE = KeyVariables("tombstone_inner", "tombstone_outer")


def pseudonym_sql(expression: str) -> str:
    """Pseudonym of an id; NULL stays NULL, and a connection without a key is an error.

    Args:
        expression: SQL of a raw id, a text.
    """
    return f"left({keyed_hash_sql(expression, PSEUDONYM)}, {PSEUDONYM_DIGITS})"


def tombstone_sql(expression: str) -> str:
    """What is kept of the id of an erased person; NULL stays NULL.

    Args:
        expression: SQL of a raw id, a text.
    """
    return keyed_hash_sql(expression, TOMBSTONE)


def keyed_hash_sql(expression: str, key: KeyVariables) -> str:
    """HMAC-SHA256 of a text as 64 hex digits."""
    inner = f"sha256({_block(key.inner)} || encode({expression}))"
    return f"sha256({_block(key.outer)} || unhex({inner}))"


def _block(variable: str) -> str:
    # Without the error an unset variable would make every id NULL, and every row would be refused for lacking one.
    return f"coalesce(getvariable('{variable}'), cast(error('this connection has no {variable}') as blob))"
