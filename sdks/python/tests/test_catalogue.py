"""The generated types say what the schemas say."""

import json
from pathlib import Path
from typing import get_args

import pytest

from signalbox import catalogue, codes, limits

SPEC = Path(__file__).parents[3] / "spec"


def schemas() -> dict[str, dict[str, object]]:
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in (SPEC / "schemas").glob("*.json")}
    return {name: one for name, one in documents.items() if "x-signalbox" in one}


@pytest.mark.parametrize(("event_type", "schema"), sorted(schemas().items()))
def test_each_event_type_has_its_members(event_type: str, schema: dict[str, dict[str, object]]) -> None:
    data = getattr(catalogue, "".join(word.capitalize() for word in event_type.split("_")) + "Data")
    required = set(schema.get("required", []))
    assert data.__required_keys__ == required
    assert data.__optional_keys__ == set(schema["properties"]) - required
    kind = catalogue.CATALOGUE[event_type]
    about = schema["x-signalbox"]
    assert kind.delivery == about["delivery"]
    assert [*kind.channel] == about["channel"]
    assert ([*kind.key], [*kind.tags]) == (about["key"], about["tags"])


def test_no_event_type_is_missing() -> None:
    assert set(catalogue.CATALOGUE) == set(get_args(catalogue.EventType)) == set(schemas())


def test_codes_are_those_of_the_wire() -> None:
    spec = json.loads((SPEC / "codes.json").read_text("utf-8"))
    for row in spec["errors"]:
        known = codes.ERROR_CODES[row["name"]]
        assert (known.number, known.temporary, known.http, known.help) == (
            row["number"],
            row["temporary"],
            row["http"],
            row["help"],
        )
    for row in spec["closes"]:
        assert codes.CLOSE_CODES[row["name"]] == (row["number"], row["help"])
        is_stop = row["number"] in codes.STANDARD_STOPS or row["number"] >= 3500
        assert codes.may_reconnect(row["number"]) is not is_stop


def test_limits_are_those_of_the_gateway() -> None:
    assert limits.FRAME_BYTES == 1_048_576
    assert limits.BATCH_MESSAGES == 1_000
