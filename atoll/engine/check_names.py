"""What is wrong with the names that nodes use: each must be given by something that runs before."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from atoll.engine.guesses import Guesses
from atoll.engine.problems import Problem
from atoll.engine.step import SYS, Step, output_named
from atoll.kit.i18n import text
from atoll.kit.secret_names import is_reference


@dataclass(frozen=True, slots=True)
class Free:
    """A name that a graph uses and does not give: whoever holds the graph must."""

    dotted: str
    pointer: str
    node: str


class Names:
    """The names of one graph. `own`: what the container around gives; `open`: what is missing here may be given further
    out, and is left in `free`. Of nodes that are `unclear`, what they give is not known; of those `behind` them, what
    runs before is not."""

    def __init__(
        self,
        steps: Mapping[str, Step],
        *,
        places: Mapping[str, int],
        own: Collection[str],
        unclear: Collection[str],
        conversation: Collection[str],
        guesses: Guesses,
        behind: Collection[str],
        open: bool,
    ) -> None:
        self.steps, self.places, self.own = steps, places, own
        self.unclear, self.behind, self.open = unclear, behind, open
        self.conversation, self.guesses = conversation, guesses
        self.variables = {port.name: step.id for step in steps.values() for port in step.variables}
        self.problems: list[Problem] = []
        self.free: list[Free] = []

    def look(self, order: Sequence[str], needs: Mapping[str, Sequence[Free]], pointer: str, path: str) -> None:
        """Every name used must be suppliable: a bound input, a variable or a node upstream, or a namespace.

        `order` is a topological one; `needs` are the names that the graphs of containers need, by container.
        """
        number = {node: 1 << place for place, node in enumerate(self.steps)}
        above: dict[str, int] = {}  # ancestors as bits: a set per node would be quadratic in memory
        for node in order:
            step = self.steps[node]
            seen = 0
            for link in step.incoming:
                seen |= above.get(link.source, 0) | number[link.source]
            above[node] = seen

            def is_upstream(other: str, seen: int = seen) -> bool:
                return bool(seen & number[other])

            for name in step.names:
                where = f"{pointer}/nodes/{self.places[node]}/config/{name.field}"
                self._name(step, Free(name.dotted, where, path + node), is_upstream)
            for need in needs.get(node, ()):
                self._name(step, need, is_upstream, inside=True)

    def _name(
        self,
        step: Step,
        name: Free,
        is_upstream: Callable[[str], bool],
        *,
        inside: bool = False,
    ) -> None:
        head, _, rest = name.dotted.partition(".")
        if not inside and (head in step.bindings or any(port.name == head for port in step.ports.inputs)):
            return
        owner = self.variables.get(head) or (head if head in self.steps else None)
        if owner is not None and owner != step.id:
            self._owned(name, owner, step.id in self.behind or is_upstream(owner))
            return
        if head in self.places or head in self.own:
            return  # a node with problems of its own: one fault, one message
        if head == "sys" and rest.partition(".")[0] in SYS:
            return
        if is_reference(name.dotted):
            self._report(
                name,
                "secret_not_here",
                f"“{name.dotted}” can't be used here: a secret goes into headers, addresses and bodies of requests only.",
                f"此处不能使用“{name.dotted}”：凭据只能用于请求的请求头、地址和请求体。",
            )
            return
        if head == "conversation":
            self._conversation(name, rest.partition(".")[0])
            return
        if self.open:
            self.free.append(name)
            return
        reachable = chain(step.bindings, self.variables, filter(is_upstream, self.steps), ["sys"])
        hint = self.guesses.hint(head, reachable)
        self._report(
            name,
            "name_unknown",
            f"Nothing gives “{name.dotted}”.{hint[0]} Declare it in an input node or map it by an edge.",
            f"没有任何来源提供“{name.dotted}”。{hint[1]}请在输入节点中声明，或用连线传入。",
        )

    def _conversation(self, name: Free, variable: str) -> None:
        """A variable of the conversation: any, unless the outermost graph declares which there are."""
        known = self.conversation
        if not known or not variable or variable in known:
            return
        hint = self.guesses.hint(variable, known)
        self._report(
            name,
            "conversation_unknown",
            f"The conversation has no variable “{variable}”.{hint[0]} Declare it in the app's chat settings.",
            f"会话中没有变量“{variable}”。{hint[1]}请在应用的对话设置中声明。",
        )

    def _owned(self, name: Free, owner: str, upstream: bool) -> None:
        """A name that a node of this graph gives, or seems to."""
        head, _, rest = name.dotted.partition(".")
        if not upstream:
            self._report(
                name,
                "name_not_upstream",
                f"“{name.dotted}” comes from “{owner}”, which does not run before this node. Connect them.",
                f"“{name.dotted}”来自“{owner}”，但它不在此节点之前运行。请先连线。",
            )
        elif (
            head == owner
            and rest
            and owner not in self.unclear
            and output_named(self.steps[owner], rest.partition(".")[0]) is None
        ):
            known = ", ".join(port.name for port in self.steps[owner].ports.outputs)
            self._report(
                name,
                "name_unknown",
                f"“{owner}” gives no “{rest}” (it gives: {known}).",
                f"“{owner}”没有输出“{rest}”（现有：{known}）。",
            )

    def _report(self, name: Free, code: str, en: str, zh: str) -> None:
        self.problems.append(Problem(code, text(en, zh), name.pointer, name.node))
