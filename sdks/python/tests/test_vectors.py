"""The vectors of the specification that concern a client; the same files are read by every other implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from signalbox.channels import covers
from signalbox.codes import may_reconnect
from signalbox.decode import decode_text
from signalbox.types import Filter, Position, Publication
from signalbox.watching import wants

SPEC = Path(__file__).resolve().parents[3] / "spec"


def vectors(name: str) -> Any:
    return json.loads((SPEC / "vectors" / f"{name}.json").read_text(encoding="utf-8"))


FAMILIES = [path.stem for path in sorted((SPEC / "vectors").glob("*.json")) if "family" in json.loads(path.read_text())]


@pytest.mark.parametrize("case", vectors("positions")["valid"], ids=lambda case: case["name"])
def test_2_3_a_position_as_text(case: dict[str, Any]) -> None:
    position = Position(**case["position"])
    assert Position.parse(case["text"]) == position
    assert str(position) == case["text"]


@pytest.mark.parametrize("case", vectors("positions")["invalid"], ids=lambda case: case["name"])
def test_2_3_what_is_no_position(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a position"):
        Position.parse(case["text"])


@pytest.mark.parametrize(
    "case", vectors("channels")["matches"], ids=lambda case: f"{case['pattern']} {case['channel']}"
)
def test_2_2_which_channels_a_pattern_covers(case: dict[str, Any]) -> None:
    assert covers(case["pattern"], case["channel"]) is case["matches"]


@pytest.mark.parametrize("case", vectors("codes")["mayReconnect"], ids=lambda case: str(case["number"]))
def test_3_7_what_a_close_number_means(case: dict[str, Any]) -> None:
    assert may_reconnect(case["number"]) is case["mayReconnect"]


@pytest.mark.parametrize("case", vectors("envelope")["valid"], ids=lambda case: case["name"])
def test_1_a_frame_is_read_whatever_else_it_says(case: dict[str, Any]) -> None:
    readable = [each for each in case["messages"] if "channel" in each or isinstance(each.get("data"), dict)]
    assert decode_text(case["text"]) == readable


@pytest.mark.parametrize("case", vectors("envelope")["fatal"], ids=lambda case: case["name"])
def test_1_what_is_not_json_is_no_message(case: dict[str, Any]) -> None:
    assert decode_text(case["text"]) == []


@pytest.mark.parametrize("case", vectors("filters")["cases"], ids=lambda case: case["name"])
def test_4_5_a_client_keeps_at_least_what_a_filter_lets_through(case: dict[str, Any]) -> None:
    """The gateway decides; where a delivery is shared a client only leaves out what cannot be meant."""
    given = case["filter"]
    filter = Filter(types=given.get("types"), tags=given.get("tags", {}))
    if case["matches"]:
        assert wants(filter, case["message"])
    elif "types" in given and case["message"]["type"] not in given["types"]:
        assert not wants(filter, case["message"])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_event_of_the_catalogue_is_a_publication(family: str) -> None:
    for case in vectors(family).get("valid", []):
        if "message" not in case:
            continue
        channel = case.get("channel", "global")
        kept = {"channel": channel, "epoch": "k3v9", "offset": 42, **case["message"]}
        [message] = decode_text(json.dumps(kept))
        event = Publication(message)
        assert (event.type, event.channel) == (kept["type"], kept["channel"])
        assert (event.data, event.position) == (kept.get("data"), Position("k3v9", 42))
