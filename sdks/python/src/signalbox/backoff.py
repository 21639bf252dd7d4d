"""How long to wait before trying again."""

from __future__ import annotations

from .types import Backoff


def backoff_ms(attempt: int, random: float, backoff: Backoff) -> int:
    """Between `min_ms` and min(max_ms, min_ms * 2^n); `random` is 0 ≤ x < 1.

    Full jitter spreads clients that lost the same gateway over the whole time.
    """
    # Beyond 2^32 the most has long been reached.
    doubled = backoff.min_ms << min(attempt, 32)
    most = max(backoff.min_ms, min(backoff.max_ms, doubled))
    return round(backoff.min_ms + random * (most - backoff.min_ms))
