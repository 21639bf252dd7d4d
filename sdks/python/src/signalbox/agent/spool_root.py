"""Where spools are, and what is in them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .spool_files import SpoolAbout, read_about, read_progress, read_segments


def spool_root(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_STATE_HOME/signalbox/spool`, by default under ~/.local/state: shared with the command line."""
    state = environment.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "signalbox" / "spool"


@dataclass(frozen=True)
class SpoolListing:
    directory: Path
    about: SpoolAbout
    waiting: int
    """Events the gateway does not have yet."""
    in_use: bool
    """A process that still runs writes it: leave it alone."""


def list_spools(root: Path) -> list[SpoolListing]:
    """Oldest first."""
    try:
        directories = [path for path in root.iterdir() if path.is_dir()]
    except OSError:
        return []
    listings = [listing for directory in directories if (listing := _listing(directory)) is not None]
    return sorted(listings, key=lambda one: one.about.created_ms)


def _listing(directory: Path) -> SpoolListing | None:
    try:
        about = read_about(directory)
        if about is None:
            return None
        segments = read_segments(directory)
        newest = segments[-1].first + segments[-1].count - 1 if segments else 0
        waiting = max(0, newest - read_progress(directory).acknowledged)
        return SpoolListing(directory, about, waiting, about.owner.is_alive())
    except OSError:
        # Somebody sent and deleted it while we looked.
        return None
