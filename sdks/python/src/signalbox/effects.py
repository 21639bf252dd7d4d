"""What the session machine wants done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import Problem
from .transport import Outgoing
from .types import Gap, Publication, Published, Snapshot, TransportName

if TYPE_CHECKING:
    from .outbox import Item
    from .watching import Watching


@dataclass(frozen=True)
class Open:
    link: int
    transport: TransportName


@dataclass(frozen=True)
class Send:
    link: int
    batch: Sequence[Outgoing]


@dataclass(frozen=True)
class Restart:
    link: int


@dataclass(frozen=True)
class Drop:
    link: int


@dataclass(frozen=True)
class Keep:
    """Into the spool, before it is sent. `again`: it was kept with other numbers, which must not come back."""

    items: Sequence[Item]
    again: bool


@dataclass(frozen=True)
class Accepted:
    item: Item
    published: Published


@dataclass(frozen=True)
class Rejected:
    item: Item
    problem: Problem
    final: bool
    """Not in the spool any more either."""


@dataclass(frozen=True)
class Events:
    watch: Watching
    events: list[Publication]


@dataclass(frozen=True)
class SnapshotCame:
    watch: Watching
    channel: str
    snapshot: Snapshot


@dataclass(frozen=True)
class NoSnapshot:
    watch: Watching
    channel: str


@dataclass(frozen=True)
class GapSaid:
    watch: Watching
    channel: str
    gap: Gap


@dataclass(frozen=True)
class Refused:
    watch: Watching
    problem: Problem


@dataclass(frozen=True)
class StateChanged:
    watch: Watching


WatchEffect = Events | SnapshotCame | NoSnapshot | GapSaid | Refused | StateChanged
Effect = Open | Send | Restart | Drop | Keep | Accepted | Rejected | WatchEffect
