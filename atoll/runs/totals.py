"""What a run used, folded from its events: tokens, models, whether the offline model answered."""

from dataclasses import dataclass, field
from typing import Any

from atoll.engine.events import Event


@dataclass(slots=True)
class Totals:
    input: int = 0
    output: int = 0
    micros: int = 0
    models: dict[tuple[str, str], bool] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        facts = event.data.get("facts")
        if event.type != "node.succeeded" or not facts or "model" not in facts:
            return
        usage = facts.get("usage") or {}
        self.input += usage.get("input", 0)
        self.output += usage.get("output", 0)
        self.micros += usage.get("micros", 0)
        self.models[(facts.get("requested") or facts["model"], facts["model"])] = bool(facts.get("offline"))

    def as_dict(self) -> dict[str, Any]:
        return {
            "usage": {"input": self.input, "output": self.output, "micros": self.micros},
            "models": [
                {"requested": asked, "model": model, "offline": offline}
                for (asked, model), offline in self.models.items()
            ],
            "offline": any(self.models.values()),
        }
