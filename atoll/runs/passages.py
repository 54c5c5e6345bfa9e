"""How documents print themselves in a template: as numbered passages, so that an answer can cite them by number.

`{{ documents }}` becomes `[1] title, page 3 …`, and the numbers travel with the text: a template that shows the
output of another template keeps its numbers and goes on counting.
"""

from typing import Any

from atoll.sdk.passages import is_passage, printed


class Numbering:
    """Prints values for one rendering and remembers which passage got which number."""

    def __init__(self, carried: list[dict[str, Any]]) -> None:
        self.passages: list[dict[str, Any]] = list(carried)
        self._numbers = {p.get("chunk_id"): p["n"] for p in carried}
        self._next = max((p["n"] for p in carried), default=0) + 1

    def show(self, value: Any) -> Any:
        """minijinja's finalizer: a passage or a list of them becomes text, nothing becomes an empty text."""
        if value is None:
            return ""
        if is_passage(value):
            return self._one(value)
        if isinstance(value, list) and value and all(is_passage(item) for item in value):
            return "\n\n".join(self._one(item) for item in value)
        return value

    def _one(self, passage: dict[str, Any]) -> str:
        number = self._numbers.get(passage["chunk_id"])
        if number is None:
            number = self._numbers[passage["chunk_id"]] = self._next
            self._next += 1
            self.passages.append({**passage, "n": number})
        return printed(passage, number)


def carried_by(outputs: dict[str, Any]) -> list[dict[str, Any]]:
    """The numbered passages that a node's text shows: its `passages`, or what it cited."""
    for name in ("passages", "citations"):
        found = outputs.get(name)
        if isinstance(found, list):
            return [p for p in found if isinstance(p, dict) and isinstance(p.get("n"), int)]
    return []
