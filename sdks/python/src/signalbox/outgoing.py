"""Messages as text on their way out."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .transport import Outgoing
from .types import Json


def text_of(value: Json) -> str:
    """Compact JSON; ValueError where JSON cannot say it (NaN, infinities)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def outgoing(id: str, type: str, data: Json) -> Outgoing:
    return Outgoing(id, text_of({"id": id, "type": type, "data": data}))


def joined(batch: Sequence[Outgoing]) -> str:
    """One message as it is, several as a JSON array."""
    texts = ",".join(each.text for each in batch)
    return texts if len(batch) == 1 else f"[{texts}]"
