"""A handler's signature as JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from signalbox.agent.arguments import arguments_schema


def test_no_arguments_have_no_schema() -> None:
    def handler(call: object) -> None: ...

    assert arguments_schema(handler) is None


def test_annotations_say_what_people_may_give() -> None:
    def handler(
        call: object,
        text: str,
        many: list[int],
        table: dict[str, bool],
        *,
        kind: Literal["a", "b"] = "a",
        amount: float | None = None,
        whatever: Any = None,
    ) -> None: ...

    assert arguments_schema(handler) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["text", "many", "table"],
        "properties": {
            "text": {"type": "string"},
            "many": {"type": "array", "items": {"type": "integer"}},
            "table": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "kind": {"enum": ["a", "b"], "default": "a"},
            "amount": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "whatever": {},
        },
    }


def test_what_has_no_schema_is_refused_where_it_is_declared() -> None:
    def unknown(call: object, when: complex) -> None: ...
    def bare(call: object, when) -> None: ...  # type: ignore[no-untyped-def]
    def rest(call: object, **more: str) -> None: ...

    with pytest.raises(TypeError, match="give the schema with args="):
        arguments_schema(unknown)
    with pytest.raises(TypeError, match="needs an annotation"):
        arguments_schema(bare)
    with pytest.raises(TypeError, match="name each one"):
        arguments_schema(rest)
