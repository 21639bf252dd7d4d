"""Names of channels and patterns, spec §2.1 and §2.2."""

from __future__ import annotations


def is_pattern(name: str) -> bool:
    return name.endswith("*")


def covers(pattern: str, channel: str) -> bool:
    """Does a pattern cover this channel? A channel's name covers itself only."""
    return channel.startswith(pattern[:-1]) if is_pattern(pattern) else pattern == channel
