"""A node that holds a graph of its own and passes through it: an iteration, a loop, another app.

The engine keeps the progress of a container by folding the run's events, so everything here is a pure classmethod of
the configuration and of what is given: no clock, no chance, no I/O. The same calls are made again after a crash. Only
`fill` is not: what it gives is stored.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from atoll.sdk.context import Context
from atoll.sdk.node import Input, Node, Output, Ports


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass that has ended: its number from 0, its variables as they were at its end, and what it gave."""

    index: int
    variables: Mapping[str, Any]
    value: Any


class Container(Node):
    """`Config` must have a field `graph`: a graph of the same DSL, one level down. Nodes inside see what the container
    sees, and its `variables`. `invoke` is never called."""

    category = "logic"
    timeout = math.inf  # what its passes need; the graph may say less, and the run has its own limit
    given_inputs: ClassVar[bool] = False
    """True if the graph is another app's: its own input nodes take the variables of the pass, and it sees nothing else
    of what is around."""

    @classmethod
    def variables(cls, config: Any) -> Sequence[Output]:
        """Names that nodes inside may use besides: `item`, `index`."""
        return ()

    @classmethod
    def ports_of_call(cls, config: Any, inputs: Sequence[Input], outputs: Sequence[Output]) -> Ports:
        """The ports of one with `given_inputs`, from what its graph takes and gives."""
        return Ports(inputs, outputs)

    @classmethod
    def fill(cls, config: Any, context: Context) -> dict[str, Any]:
        """Inputs that the configuration itself says, by templates. Called once, when the container begins."""
        return {}

    @classmethod
    def writable(cls, config: Any) -> Sequence[str]:
        """Those of the variables that nodes inside may set."""
        return ()

    @classmethod
    def parallel(cls, config: Any) -> int:
        """How many passes may be under way at once."""
        return 1

    @classmethod
    def result_name(cls, config: Any) -> str:
        """The dotted name, inside, of what a pass gives; "" for the result of its graph."""
        return ""

    @classmethod
    def on_fault(cls, config: Any) -> Literal["stop", "null", "drop"]:
        """What a failed pass means: the container fails, the pass gives null, or it gives nothing."""
        return "stop"

    @classmethod
    def enter(cls, config: Any, inputs: Mapping[str, Any], index: int, last: Pass | None) -> dict[str, Any] | None:
        """The variables of pass `index`, or None where there is none. `last` is the pass that ended last; with one
        pass at a time that is the one before. Raises NodeError for inputs that it can't work on."""
        raise NotImplementedError

    @classmethod
    def gather(cls, config: Any, inputs: Mapping[str, Any], values: list[Any], last: Pass | None) -> dict[str, Any]:
        """The container's outputs from what its passes gave, in their order."""
        raise NotImplementedError
