"""For receivers of webhooks: is this message from whoever knows the secret, new, and as it was sent? (Standard Webhooks)"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

#: Clocks may differ by so much; what is older may be replayed.
TOLERANCE_MS = 300_000
#: Signatures that are looked at.
MOST_SIGNATURES = 16
PREFIX = "whsec_"


@dataclass(frozen=True)
class Verified:
    """What came of it: `why` is None for a message that is right."""

    why: Literal["header", "timestamp", "signature", "replay"] | None
    message: str
    id: str
    timestamp_ms: int

    @property
    def ok(self) -> bool:
        return self.why is None


class SeenWebhooks:
    """Ids that came, for as long as they could come again; the oldest of more than `most` are forgotten."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._until_ms: dict[str, int] = {}

    def first(self, id: str, now_ms: int) -> bool:
        """False: it came before."""
        for old in list(self._until_ms):
            if self._until_ms[old] > now_ms:
                break
            del self._until_ms[old]
        if id in self._until_ms:
            return False
        if len(self._until_ms) >= self._most:
            del self._until_ms[next(iter(self._until_ms))]
        # Its timestamp may lie ahead by as much as it may lie behind.
        self._until_ms[id] = now_ms + 2 * TOLERANCE_MS
        return True


def verify_webhook(
    secrets: str | Sequence[str],
    headers: Mapping[str, str],
    raw_body: bytes | str,
    *,
    now_ms: int | None = None,
    seen: SeenWebhooks | None = None,
) -> Verified:
    """`secrets`: one, or while it is changed both. Raises ValueError for a secret that is none; never for what was received."""
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    now = int(time.time() * 1000) if now_ms is None else now_ms
    given = {name.lower(): value for name, value in headers.items()}
    id, timestamp = given.get("webhook-id"), given.get("webhook-timestamp")
    signatures = given.get("webhook-signature")
    if id is None or timestamp is None or signatures is None:
        return _refuse("header", "webhook-id, webhook-timestamp and webhook-signature have to be there")
    if re.fullmatch("[0-9]{1,12}", timestamp, re.ASCII) is None:
        return _refuse("timestamp", "webhook-timestamp is no time")
    timestamp_ms = int(timestamp) * 1000
    if abs(now - timestamp_ms) > TOLERANCE_MS:
        when = "more than 5 minutes ago" if timestamp_ms < now else "in the future"
        return _refuse("timestamp", f"it was sent {when}")
    body = raw_body.encode() if isinstance(raw_body, str) else raw_body
    signed = f"{id}.{timestamp}.".encode() + body
    texts = [one[3:] for one in signatures.split(" ")[:MOST_SIGNATURES] if one.startswith("v1,")]
    right = [hmac.digest(key, signed, "sha256") for key in keys]
    if not any(hmac.compare_digest(one, text) for text in map(_decoded, texts) for one in right):
        return _refuse("signature", "nobody who knows the secret sent this")
    if seen is not None and not seen.first(id, now):
        return _refuse("replay", f"{id} came before")
    return Verified(None, "", id, timestamp_ms)


def _key(secret: str) -> bytes:
    key = _decoded(secret.removeprefix(PREFIX))
    # A secret that was not set would be one that everybody knows.
    if len(key) < 16:
        raise ValueError("a webhook's secret is whsec_ and at least 16 bytes in base64")
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _refuse(why: Literal["header", "timestamp", "signature", "replay"], message: str) -> Verified:
    return Verified(why, message, "", 0)
