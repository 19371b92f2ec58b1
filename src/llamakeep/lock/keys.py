"""The keys of a model's own architecture in a GGUF header, as whole numbers."""

from llamakeep.errors import Refusal
from llamakeep.lock.gguf import Header
from llamakeep.lock.gguf.header import Value

_LARGEST = 1 << 40  # no count of a model comes near it


class Keys:
    """Keys below `<architecture>.`; each is a number for the whole model, or a list of one for each layer."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self.architecture = header.architecture

    def has(self, key: str) -> bool:
        """Whether the header has this key."""
        return self._name(key) in self._header.values

    def number(self, key: str, default: int | None = None) -> int:
        """Return a number; of a list the largest. Without a default the header must have it."""
        return max(self._numbers(key, default))

    def least(self, key: str, default: int) -> int:
        """Return a number; of a list the smallest."""
        return min(self._numbers(key, default))

    def scalar(self, key: str) -> int | None:
        """Return a number; None where the header has none or a list."""
        return self.number(key) if self.has(key) and not isinstance(self._value(key), tuple) else None

    def layers(self, key: str, blocks: int, default: int | None = None) -> tuple[int, ...]:
        """Return a number for each of `blocks` layers: the list, or the one number that holds for all."""
        found = self._numbers(key, default)
        if not isinstance(self._value(key), tuple):
            return found * blocks
        if len(found) != blocks:
            raise self._odd(key, f"has {len(found)} entries", f"one for each of {blocks} layers")
        return found

    def _value(self, key: str) -> Value | None:
        return self._header.values.get(self._name(key))

    def _numbers(self, key: str, default: int | None) -> tuple[int, ...]:
        value = default if self._value(key) is None else self._value(key)
        if value is None:
            raise Refusal(
                self._header.place,
                f"the header has no {self._name(key)}",
                id="gguf-field-missing",
                expected="a model that can be run",
                remedy="no memory estimate can be made for it; it is locked all the same",
            )
        numbers = value if isinstance(value, tuple) else (value,)
        whole = tuple(int(number) for number in numbers if isinstance(number, int))
        if len(whole) != len(numbers) or not whole or min(whole) < 0 or max(whole) > _LARGEST:
            raise self._odd(key, f"is {str(value)[:40]}", "a count")
        return whole

    def _name(self, key: str) -> str:
        return f"{self.architecture}.{key}"

    def _odd(self, key: str, found: str, expected: str) -> Refusal:
        return Refusal(self._header.place, f"{self._name(key)} {found}", id="gguf-field-invalid", expected=expected)
