"""What close numbers tell a client to do, spec §3.7."""

from __future__ import annotations

UNAUTHORIZED = 3501
"""A token that is missing or refused."""

_STANDARD_STOPS = frozenset({1002, 1003, 1007, 1008, 1009, 1010})


def may_reconnect(number: int) -> bool:
    """Also right about numbers that were not known when this was written: the range says it."""
    if number < 3000:
        return number not in _STANDARD_STOPS
    return number < 3500 or 4000 <= number < 4500
