"""Which process writes a spool, so that nobody takes it over while that process lives."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    pid: int
    start_ticks: int | None = None
    """When that process began, in the kernel's ticks: a later process with the same pid differs. Linux only."""

    def is_alive(self) -> bool:
        # To the system, -1 means everybody.
        if self.pid < 0:
            return False
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            return True
        except OSError:
            return False
        return self.start_ticks is None or _start_ticks(self.pid) == self.start_ticks


NOBODY = Owner(-1, -1)
"""No process has this pid."""


def this_owner() -> Owner:
    return Owner(os.getpid(), _start_ticks(os.getpid()))


def _start_ticks(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("latin-1")
        return int(stat[stat.rindex(")") + 2 :].split(" ")[19])
    except (OSError, ValueError, IndexError):
        return None
