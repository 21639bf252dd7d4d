"""A command's arguments from its handler's signature: what its JSON Schema says, forms are drawn from."""

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, Union

_SCALARS: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    dict: {"type": "object"},
    list: {"type": "array"},
    Any: {},
    object: {},
}


def arguments_schema(handler: Callable[..., Any]) -> dict[str, Any] | None:
    """The schema of every parameter after the first one, which is the call; None if there are none."""
    parameters = list(inspect.signature(handler).parameters.values())[1:]
    if not parameters:
        return None
    hints = typing.get_type_hints(handler)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"{parameter} of {handler!r} cannot be a command's argument: name each one")
        if parameter.name not in hints:
            raise TypeError(f"{parameter.name} of {handler!r} needs an annotation: it says what people may give")
        properties[parameter.name] = _schema(hints[parameter.name], parameter.name)
        if parameter.default is parameter.empty:
            required.append(parameter.name)
        elif parameter.default is not None:
            properties[parameter.name] = {**properties[parameter.name], "default": parameter.default}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _schema(hint: Any, name: str) -> dict[str, Any]:
    try:
        if hint in _SCALARS:
            return dict(_SCALARS[hint])
    except TypeError:
        # Not hashable, so none of the plain types.
        pass
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        branches = [_schema(one, name) for one in inner]
        # Whatever is allowed by one of them is allowed.
        return {} if {} in branches else {"anyOf": branches}
    if origin is list:
        return {"type": "array", "items": _schema(inner[0], name)}
    if origin is dict and inner[0] is str:
        return {"type": "object", "additionalProperties": _schema(inner[1], name)}
    raise TypeError(
        f"{name}: {hint!r} has no JSON Schema here. Use str, int, float, bool, list, dict, Literal, a union of them or Any, "
        "or give the schema with args="
    )
