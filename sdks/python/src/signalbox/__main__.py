"""`python -m signalbox tail CHANNEL`: prints each event as a line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from .client import Client
from .errors import GatewayError
from .outgoing import text_of
from .types import Filter, Gap, TransportName


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m signalbox", description="Follow what a Signalbox gateway keeps.")
    tail = parser.add_subparsers(dest="command", required=True).add_parser(
        "tail", help="print each event of a channel or pattern as a line of JSON; gaps go to standard error"
    )
    tail.add_argument("channel", help="such as agent:coder-001 or process:*")
    tail.add_argument("--since", default="now", help="now, earliest, last:N or EPOCH:OFFSET (default: now)")
    tail.add_argument("--type", action="append", dest="types", metavar="TYPE", help="only these types; may be repeated")
    tail.add_argument("--limit", type=int, metavar="N", help="end after N events")
    tail.add_argument(
        "--transport",
        action="append",
        dest="transports",
        choices=["websocket", "sse", "poll"],
        help="only this way; repeated: these, best first",
    )
    tail.add_argument(
        "--url",
        default=os.environ.get("SIGNALBOX_URL", "http://127.0.0.1:7400"),
        help="the gateway (default: SIGNALBOX_URL, or http://127.0.0.1:7400)",
    )
    parser.epilog = "The token is read from SIGNALBOX_TOKEN."
    return parser.parse_args(given)


async def _tail(arguments: argparse.Namespace) -> int:
    transports: Sequence[TransportName] = arguments.transports or ("websocket", "sse", "poll")
    token = os.environ.get("SIGNALBOX_TOKEN") or None
    filter = Filter(types=arguments.types) if arguments.types else None
    printed = 0
    async with Client(arguments.url, token=token, transports=transports, name="tail") as client:
        events = client.stream(arguments.channel, since=arguments.since, filter=filter, on_gap=_say_gap)
        async for event in events:
            print(text_of(event.message), flush=True)
            printed += 1
            if printed == arguments.limit:
                break
    return 0


def _say_gap(channel: str, gap: Gap) -> None:
    said = {"channel": channel, "reason": gap.reason, "epoch": gap.epoch, "from": gap.first}
    if gap.last is not None:
        said["to"] = gap.last
    print(text_of({"gap": said}), file=sys.stderr, flush=True)


def main(given: Sequence[str] | None = None) -> int:
    arguments = _arguments(given)
    try:
        return asyncio.run(_tail(arguments))
    except GatewayError as error:
        print(f"signalbox: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"signalbox: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read has gone; nothing is to be flushed at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
