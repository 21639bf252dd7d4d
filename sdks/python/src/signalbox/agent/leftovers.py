"""What earlier processes of an agent could not send: it goes first, under a name of its own."""

import asyncio
from pathlib import Path

from .asking import Gateway
from .newest_kept import unlease
from .outbox import Outbox
from .owner import this_owner
from .spool import Spool
from .spool_root import list_spools


def adopt_leftovers(root: Path, prefix: str) -> list[Spool]:
    """Spools of ended processes whose directory's name begins so, oldest first; they are ours from here on."""
    adopted: list[Spool] = []
    for listing in list_spools(root):
        if not listing.in_use and listing.directory.name.startswith(prefix):
            spool = Spool.adopt(listing.directory, this_owner())
            if spool is not None:
                adopted.append(spool)
    return adopted


async def send_leftovers(spools: list[Spool], gateway: Gateway) -> None:
    """One after the other. The agent's lease must be in a newer epoch. What is left when it is cancelled stays on disk."""
    waiting = list(spools)
    try:
        while waiting:
            await unlease(waiting[0], gateway)
            await Outbox(waiting.pop(0), gateway).settle(within_s=FOR_EVER_S)
    except asyncio.CancelledError:
        for spool in waiting:
            spool.close()
        raise


FOR_EVER_S = 31_536_000.0
"""A year: it ends when the agent ends."""
