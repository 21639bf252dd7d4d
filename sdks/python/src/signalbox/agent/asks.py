"""Questions to people, and what was decided: asked until the gateway has them, waited for however long that takes."""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from ..errors import GatewayError, Problem
from .asking import ANSWER_S, Gateway, ask, member, retry_s

WAIT_S = 55
"""The gateway answers earlier where nothing was decided."""
PAUSE_S = 0.5
"""A gateway that is about to stop answers at once."""
WITHDRAW_S = 5.0
DECIDED_KEPT = 1_000
"""Others are asked for when they are said to be applied."""


@dataclass(frozen=True)
class Decision:
    checkpoint_id: str
    decision: Literal["approve", "deny"]
    how: Literal["decided", "expired", "withdrawn"]
    """decided: by a person. expired: the default. withdrawn: nobody did, and deny stands for that."""
    decided_by: str
    """`KIND:ID`."""
    answer: Any
    """As it was edited, where the question has an answer schema."""
    reason: str | None
    applied: bool
    """An earlier process said that it acted on it."""

    @property
    def approved(self) -> bool:
        return self.decision == "approve"


class Asks:
    def __init__(self, gateway: Gateway, agent_id: str) -> None:
        self._gateway = gateway
        self._agent_id = agent_id
        self._decided: dict[str, Decision] = {}

    async def ask(
        self,
        title: str,
        data: Any,
        *,
        id: str | None,
        deadline: datetime | int | None,
        default: Literal["approve", "deny"] | None,
        roles: Sequence[str] | None,
        approvals: int | None,
        not_requester: bool,
        answer_schema: Any,
        risk: str | None,
        execution_id: str | None,
        step_id: str | None,
        on_asked: Callable[[str], object] | None,
    ) -> Decision:
        """Raises GatewayError when the question is refused."""
        checkpoint_id = id or str(uuid.uuid4())
        body = {
            "channel": f"agent:{self._agent_id}",
            "checkpointId": checkpoint_id,
            "agentId": self._agent_id,
            "title": title,
            "checkpointData": data,
            "deadline": round(deadline.timestamp() * 1_000) if isinstance(deadline, datetime) else deadline,
            "default": default,
            "roles": list(roles) if roles is not None else None,
            "approvals": approvals,
            "notRequester": not_requester or None,
            "answerSchema": answer_schema,
            "risk": risk,
            "executionId": execution_id,
            "stepId": step_id,
        }
        body = {name: value for name, value in body.items() if value is not None or name == "checkpointData"}
        while True:
            await self._until("POST", "/v1/checkpoints", body)
            if on_asked is not None:
                on_asked(checkpoint_id)
            decision = await self._decision(checkpoint_id)
            if decision is not None:
                self._decided[checkpoint_id] = decision
                if len(self._decided) > DECIDED_KEPT:
                    del self._decided[next(iter(self._decided))]
                return decision

    async def applied(self, checkpoint_id: str, outcome: Any) -> None:
        """The agent acted on the decision. Saying it again changes nothing."""
        decision = self._decided.get(checkpoint_id) or await self._decision(checkpoint_id)
        if decision is None:
            raise LookupError(f"the gateway knows no checkpoint {checkpoint_id}")
        data = {"checkpointId": checkpoint_id, "agentId": self._agent_id, "decision": decision.decision}
        if outcome is not None:
            data["outcome"] = outcome
        event = {"id": str(uuid.uuid4()), "type": "checkpoint_applied", "data": data}
        try:
            await self._until("POST", "/v1/events", [event])
        except GatewayError as error:
            if error.details.get("applied") is not True:
                raise
        self._decided.pop(checkpoint_id, None)

    async def withdraw(self, checkpoint_id: str, reason: str) -> None:
        """Tried once: if it stays, it expires."""
        data = {"checkpointId": checkpoint_id, "reason": reason}
        event = {"id": str(uuid.uuid4()), "type": "checkpoint_withdrawn", "data": data}
        await ask(self._gateway, "POST", "/v1/events", [event], within_s=WITHDRAW_S)

    async def _decision(self, checkpoint_id: str) -> Decision | None:
        """Waits for it; None if the gateway has lost the question."""
        path = f"/v1/checkpoints/{quote(checkpoint_id, safe='')}?wait={WAIT_S}"
        while True:
            began = time.monotonic()
            checkpoint = await self._until("GET", path, within_s=WAIT_S + 15.0, lost_is="not_found")
            if checkpoint is None:
                return None
            decision = _decision_in(checkpoint, checkpoint_id)
            if decision is not None:
                return decision
            if time.monotonic() - began < PAUSE_S:
                await asyncio.sleep(PAUSE_S)

    async def _until(
        self, method: str, path: str, body: Any = None, *, within_s: float = ANSWER_S, lost_is: str | None = None
    ) -> Any:
        """Asks until there is an answer. `lost_is`: the name of the refusal that gives None."""
        tries = 0
        while True:
            answer = await ask(self._gateway, method, path, body, within_s=within_s)
            if not isinstance(answer, Problem):
                return answer
            if answer.name == lost_is:
                return None
            # A token that is refused may be replaced; the question is not at fault.
            if not answer.temporary and answer.name != "unauthenticated":
                raise GatewayError(answer)
            await asyncio.sleep(retry_s(tries, answer))
            tries += 1


def _decision_in(checkpoint: object, checkpoint_id: str) -> Decision | None:
    state = member(checkpoint, "state")

    def text(name: str) -> str | None:
        value = member(checkpoint, name)
        return value if isinstance(value, str) else None

    if state not in ("decided", "expired", "withdrawn"):
        return None
    is_withdrawn = state == "withdrawn"
    return Decision(
        checkpoint_id=checkpoint_id,
        decision="approve" if not is_withdrawn and text("decision") == "approve" else "deny",
        how=state,
        decided_by=text("withdrawnBy" if is_withdrawn else "decidedBy") or "",
        answer=member(checkpoint, "answer"),
        reason=text("reason"),
        applied=not is_withdrawn and member(checkpoint, "applied") is not None,
    )
