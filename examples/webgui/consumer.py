"""A program that knows `webgui:*` only, and prints what is published there, one message a line: `python consumer.py`."""

import json
import os

import redis

with redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")).pubsub() as channels:
    channels.psubscribe("webgui:*")
    for heard in channels.listen():
        if heard["type"] == "pmessage":
            message = json.loads(heard["data"])
            line = {"channel": heard["channel"].decode(), **message}
            print(json.dumps(line), flush=True)
        else:
            print(json.dumps({"listens": heard["channel"].decode()}), flush=True)
