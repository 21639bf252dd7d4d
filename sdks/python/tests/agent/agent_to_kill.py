"""An agent that logs 1, 2, 3 … until it is killed: `agent_to_kill.py URL TOKEN ID SPOOL`. Prints each number once it is said."""

import asyncio
import sys

from signalbox.agent import Agent


async def main(url: str, token: str, agent_id: str, spool: str) -> None:
    agent = await Agent(agent_id, url=url, token=token, spool=spool, ttl_ms=60_000).start()
    agent.status("running")
    number = 0
    while True:
        number += 1
        agent.log("info", str(number))
        print(number, flush=True)
        await asyncio.sleep(0.002)


asyncio.run(main(*sys.argv[1:]))
