"""Values that satisfy a JSON Schema, for structured output and for the arguments of tool calls."""

import random
from collections.abc import Mapping
from typing import Final

_DEPTH: Final = 8
# However much a schema demands, a reply has to end.
_LONGEST: Final = 64
_NAMES: Final = ("amber", "cedar", "delta", "fern", "harbour", "lilac", "maple", "quartz", "willow")


class SchemaValues:
    """Makes values for one schema; `$ref` is followed into that schema's `$defs` or `definitions`."""

    def __init__(self, schema: Mapping[str, object], rng: random.Random) -> None:
        """Args: schema: the root schema. rng: decides among what the schema allows."""
        self._root = schema
        self._rng = rng

    def make(self) -> object:
        """A value for the root schema."""
        return self._value(self._root, 0)

    def _value(self, schema: object, depth: int) -> object:
        if not isinstance(schema, dict) or depth > _DEPTH:
            return None
        if "const" in schema:
            return schema["const"]
        if (enum := schema.get("enum")) and isinstance(enum, list):
            return self._rng.choice(enum)
        if reference := schema.get("$ref"):
            return self._value(self._resolve(str(reference)), depth + 1)
        for key in ("anyOf", "oneOf", "allOf"):
            if (options := schema.get(key)) and isinstance(options, list):
                return self._value(options[0], depth + 1)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Mapping[str, object], depth: int) -> object:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        match kind[0] if isinstance(kind, list) and kind else kind:
            case "object":
                properties = schema.get("properties")
                fields = properties if isinstance(properties, dict) else {}
                return {key: self._value(part, depth + 1) for key, part in fields.items()}
            case "array":
                return [self._value(schema.get("items", {}), depth + 1) for _ in range(_length(schema, "minItems", 2))]
            case kind_of_scalar:
                return self._scalar(kind_of_scalar, schema)

    def _scalar(self, kind: object, schema: Mapping[str, object]) -> object:
        low = _whole(schema, "minimum", 1)
        match kind:
            case "integer":
                return self._rng.randint(low, max(low, _whole(schema, "maximum", low + 99)))
            case "number":
                return low + round(self._rng.random(), 3) * (_whole(schema, "maximum", low + 1) - low)
            case "boolean":
                return self._rng.random() < 0.5
            case "null":
                return None
            case _:
                return self._word(schema)

    def _word(self, schema: Mapping[str, object]) -> str:
        word = self._rng.choice(_NAMES).ljust(_length(schema, "minLength", 0), "x")
        return word[: _length(schema, "maxLength", len(word))]

    def _resolve(self, reference: str) -> object:
        node: object = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            node = node.get(part) if isinstance(node, dict) else None
        return node


def _whole(schema: Mapping[str, object], key: str, default: int) -> int:
    value = schema.get(key)
    return int(value) if isinstance(value, int | float) else default


def _length(schema: Mapping[str, object], key: str, default: int) -> int:
    return max(0, min(_whole(schema, key, default), _LONGEST))
