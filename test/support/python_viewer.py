"""Follows one channel with the Python client from its first event on: `python_viewer.py URL TOKEN CHANNEL TRANSPORT`.

Prints `OFFSET TAB OUTPUT` for each line of a process, and ends when the process has ended.
"""

import asyncio
import sys

from signalbox import Client


async def follow(url: str, token: str, channel: str, transport: str) -> None:
    async with Client(url, token=token, transports=[transport]) as client:
        async for event in client.stream(channel, since="earliest", complete=True):
            if event.type == "process_output":
                print(event.position.offset, event.data["output"], sep="\t")
            elif event.type == "process_stopped":
                return


asyncio.run(follow(*sys.argv[1:]))
