"""Finds out what a gateway kept of a leased spool whose last request had no answer."""

import asyncio
from urllib.parse import quote, urlencode

from ..errors import Problem
from .asking import Gateway, ask, member, retry_s
from .spool import Spool

PAGE_SIZE = 1_000
NOTHING_THERE = frozenset({"position_beyond_head", "not_found", "forbidden"})
"""Then there is nothing of it to be found, now or later."""


async def newest_kept(spool: Spool, gateway: Gateway) -> int | None:
    """The number of the newest event of the spool that the gateway has; None: to be asked again.

    A newer epoch of the lease must be there: nothing of the spool can be kept after it began, so that the answer stays right.
    """
    progress = spool.progress
    newest = progress.acknowledged
    # In epoch 0 nothing was ever sent.
    if progress.epoch == 0:
        return newest
    beginning = f"{spool.about.producer}."
    since = progress.at or "earliest"
    while True:
        query = urlencode({"since": since, "limit": PAGE_SIZE})
        answer = await ask(gateway, "GET", f"/v1/channels/{quote(spool.about.channel, safe='')}/events?{query}")
        if isinstance(answer, Problem):
            return newest if answer.name in NOTHING_THERE else None
        events = member(answer, "events")
        if not isinstance(events, list):
            return None
        for event in events:
            event_id = member(event, "id")
            if isinstance(event_id, str) and event_id.startswith(beginning) and event_id[len(beginning) :].isdecimal():
                newest = max(newest, int(event_id[len(beginning) :]))
            begun = member(member(event, "data"), "epoch") if member(event, "type") == "lease_held" else None
            if isinstance(begun, int) and begun > progress.epoch:
                return newest
        following = member(answer, "next")
        epoch, offset = member(following, "epoch"), member(following, "offset")
        if not events or not isinstance(epoch, str) or not isinstance(offset, int):
            return newest
        since = f"{epoch}:{offset}"


async def unlease(spool: Spool, gateway: Gateway) -> None:
    """The process of a leased spool ended: finds out what the gateway lacks, which is then sent under a name of its own."""
    tries = 0
    while spool.progress.leased is not None:
        kept = await newest_kept(spool, gateway)
        if kept is not None:
            spool.acknowledge(kept)
            spool.unlease()
            return
        await asyncio.sleep(retry_s(tries))
        tries += 1
