"""The types of ports and which may be assigned to which: one table for server, canvas and importers.

string · number · boolean · object · file · array[T] · list (= array[any]) · any
"""

import re

SCALARS = ("string", "number", "boolean", "object", "file", "any")
_ARRAY = re.compile(r"array\[(.+)\]$")


def normal(port_type: str) -> str | None:
    """The canonical spelling of a type, or None where it is none: `list` is `array[any]`."""
    port_type = port_type.strip().lower()
    if port_type in SCALARS:
        return port_type
    if port_type in ("list", "array"):
        return "array[any]"
    if match := _ARRAY.match(port_type):
        inner = normal(match[1])
        return f"array[{inner}]" if inner else None
    return None


def assignable(source: str, target: str) -> bool:
    """May a value of type `source` go into a port of type `target`?

    Anything goes to and from `any`; numbers and booleans go into `string` (they print unambiguously);
    array[T] goes into array[U] where T goes into U. Nothing else is converted silently.
    """
    left, right = normal(source), normal(target)
    if left is None or right is None:
        return False
    if left == right or "any" in (left, right):
        return True
    if right == "string":
        return left in ("number", "boolean")
    inner_left, inner_right = _ARRAY.match(left), _ARRAY.match(right)
    return bool(inner_left and inner_right and assignable(inner_left[1], inner_right[1]))


def fits(value: object, port_type: str) -> bool:
    """Is this JSON value one of `port_type`? Used on what comes in from outside and out of plugins."""
    kind = normal(port_type)
    if kind == "any":
        return True
    if kind == "string":
        return isinstance(value, str)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("object", "file"):
        return isinstance(value, dict)
    if kind and (match := _ARRAY.match(kind)):
        return isinstance(value, list) and all(fits(item, match[1]) for item in value)
    return False
