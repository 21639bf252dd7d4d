"""Signatures of webhooks, as every implementation reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from signalbox import SeenWebhooks, verify_webhook

VECTORS = Path(__file__).resolve().parents[3] / "spec" / "vectors" / "webhooks.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a35_what_a_receiver_makes_of_a_message(case: dict[str, Any]) -> None:
    for body in (case["body"], case["body"].encode()):
        found = verify_webhook(case["secrets"], case["headers"], body, now_ms=case["nowMs"])
        assert found.why == (None if case["result"] == "ok" else case["result"])
        assert found.ok is (case["result"] == "ok")


def test_a35_what_came_before_is_refused_as_long_as_it_could_come_again() -> None:
    case, seen = CASES[0], SeenWebhooks()

    def take(now_ms: int) -> str | None:
        return verify_webhook(case["secrets"], case["headers"], case["body"], now_ms=now_ms, seen=seen).why

    assert take(case["nowMs"]) is None
    assert take(case["nowMs"] + 1) == "replay"
    assert take(case["nowMs"] + 300_000) == "replay"
    assert take(case["nowMs"] + 300_001) == "timestamp"
    # What is not right is not remembered: nobody can use up an id that they do not know how to sign.
    other = SeenWebhooks()
    forged = {**case["headers"], "webhook-signature": "v1,AAAA"}
    assert verify_webhook(case["secrets"], forged, case["body"], now_ms=case["nowMs"], seen=other).why == "signature"
    assert other.first(case["headers"]["webhook-id"], case["nowMs"])


def test_a35_ids_have_a_limit() -> None:
    seen = SeenWebhooks(2)
    assert [seen.first(id, 0) for id in ("a", "b", "a", "c", "a")] == [True, True, False, True, True]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_$$$", "undefined"])
def test_a35_a_secret_that_is_none_is_an_error_and_not_a_right_signature(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook(secret, CASES[0]["headers"], CASES[0]["body"], now_ms=CASES[0]["nowMs"])
