"""An agent that publishes to Redis, as the web GUI document says, and knows nothing of who watches: `python agent.py SESSION`."""

import json
import os
import sys
import time
from datetime import datetime, timezone
from typing import Any

import redis

AGENT = "coder"


class Publisher:
    """The publisher layer of the document: messages `{type, timestamp, session_id, data}` on `webgui:*`."""

    def __init__(self, session_id: str) -> None:
        self._redis = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
        self._session_id = session_id

    def publish(self, channel: str, type: str, **data: Any) -> None:
        message = {
            "type": type,
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "session_id": self._session_id,
            "data": data,
        }
        self._redis.publish(f"webgui:{channel}", json.dumps(message))


def work(session_id: str, seconds: float) -> None:
    say = Publisher(session_id).publish
    session, agent = f"session:{session_id}", f"agent:{AGENT}"
    say(session, "session_started", project="shop", objective="Add a login form", agents=[AGENT])
    say(agent, "agent_status", status="running", current_task={"id": "t1", "title": "Add a login form"})
    for progress in (0, 45, 90):
        time.sleep(seconds / 3)
        say(agent, "task_progress", task_id="t1", progress=progress)
        say(session, "session_status_changed", status="testing", progress=progress, message="Executing UI tests...")
    say(session, "test_results", total=12, passed=12, failed=0)
    say(session, "task_completed", task_id="t1", agent_id=AGENT)
    say(agent, "agent_status", status="idle", current_task=None)
    say("user:ada", "notification", message=f"{session_id} is done", level="success")
    say("global", "dashboard_metrics", sessions=1, tests=12)
    say(session, "session_stopped", status="done")


if __name__ == "__main__":
    work(sys.argv[1], float(os.environ.get("SECONDS", "3")))
