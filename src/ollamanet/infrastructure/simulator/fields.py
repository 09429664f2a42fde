"""Typed access to a decoded request, with the errors that Go's decoder would have given."""

from collections.abc import Mapping
from typing import Final, NoReturn

from ollamanet.infrastructure.simulator.go_json import kind_of
from ollamanet.infrastructure.simulator.wire_errors import WireError

_GO_LIST: Final = "[]interface {}"


class Fields:
    """One JSON object. A null is an absent field; a value of the wrong type raises `WireError` 400."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: Mapping[str, object], path: str) -> None:
        """Args: values: the object. path: the Go struct and the fields that lead here, as errors show it."""
        self._values = values
        self._path = path

    @property
    def values(self) -> Mapping[str, object]:
        """The whole object as it came."""
        return self._values

    def value(self, key: str) -> object:
        """The bare value, None where absent."""
        return self._values.get(key)

    def text(self, key: str) -> str:
        """A string, empty where absent."""
        value = self._values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._mistyped(key, value, "string")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """A bool."""
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._mistyped(key, value, "bool")
        return value

    def integer(self, key: str) -> int:
        """An int, 0 where absent."""
        value = self._values.get(key)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int):
            self._mistyped(key, value, "int")
        return value

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object, empty where absent."""
        value = self._values.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._mistyped(key, value, "map[string]interface {}")
        return value

    def items(self, key: str, go_type: str = _GO_LIST) -> list[object]:
        """A list, empty where absent."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._mistyped(key, value, go_type)
        return value

    def objects(self, key: str, go_type: str) -> list["Fields"]:
        """A list of objects of one Go type, for instance `api.Message`."""
        path = f"{self._path}.{key}"
        objects = []
        for item in self.items(key, f"[]{go_type}"):
            if not isinstance(item, dict):
                self._mistyped(key, item, go_type)
            objects.append(Fields(item, path))
        return objects

    def texts(self, key: str, go_type: str = "string") -> list[str]:
        """A list of strings."""
        texts = []
        for item in self.items(key, f"[]{go_type}"):
            if not isinstance(item, str):
                self._mistyped(key, item, go_type)
            texts.append(item)
        return texts

    def integers(self, key: str) -> list[int]:
        """A list of ints."""
        numbers = []
        for item in self.items(key, "[]int"):
            if isinstance(item, bool) or not isinstance(item, int):
                self._mistyped(key, item, "int")
            numbers.append(item)
        return numbers

    def model(self) -> str:
        """The model that the request names; the legacy key `name` still works."""
        return self.text("model") or self.text("name")

    def _mistyped(self, key: str, value: object, go_type: str) -> NoReturn:
        kind = f"number {value}" if go_type == "int" and isinstance(value, float) else kind_of(value)
        raise WireError(400, f"json: cannot unmarshal {kind} into Go struct field {self._path}.{key} of type {go_type}")
