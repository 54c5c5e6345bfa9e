"""What is wrong with one edge: its ends, its branch, and what it maps to what."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from atoll.engine.graph import Edge
from atoll.engine.step import ERROR, Step, output_named
from atoll.engine.types import assignable
from atoll.kit.pointers import pointer_of


class EdgeFault(NamedTuple):
    """A problem, with its pointer and its node as they are in the edge's own graph."""

    code: str
    en: str
    zh: str
    pointer: str
    node: str | None
    edge: int


def faults_of_edge(
    index: int, edge: Edge, places: Collection[str], steps: Mapping[str, Step], unclear: Collection[str]
) -> Iterator[EdgeFault]:
    """`places` are all nodes of the graph, `steps` those that could be resolved; of those that are `unclear`, what they
    take and give is not known."""
    where = f"/edges/{index}"
    for end, node in (("source", edge.source), ("target", edge.target)):
        if node not in places:
            yield EdgeFault(
                "edge_dangling",
                f"This edge's {end} “{node}” is not a node of the graph. Remove or reconnect it.",
                f"连线的{'起点' if end == 'source' else '终点'}“{node}”不存在，请删除或重新连接。",
                f"{where}/{end}",
                None,
                index,
            )
    source, target = steps.get(edge.source), steps.get(edge.target)
    if source is None or target is None:
        return
    for step in (source, target):
        if step.node.decorative:
            yield EdgeFault(
                "edge_decorative",
                f"“{step.id}” takes no part in the run, so this edge does nothing. Remove it.",
                f"“{step.id}”不参与运行，该连线没有作用，请删除。",
                where,
                step.id,
                index,
            )
            return
    handles = {branch.id for branch in source.ports.branches}
    if source.on_error == "branch":
        handles.add(ERROR)
    if edge.source_handle is not None and edge.source_handle not in handles:
        known = ", ".join(sorted(handles)) or "none"
        yield EdgeFault(
            "edge_handle_unknown",
            f"“{edge.source}” has no branch “{edge.source_handle}” (it has: {known}).",
            f"“{edge.source}”没有分支“{edge.source_handle}”（现有：{known}）。",
            f"{where}/source_handle",
            edge.source,
            index,
        )
    if source.id not in unclear and target.id not in unclear:
        yield from _faults_of_mapping(index, edge, source, target)


def _faults_of_mapping(index: int, edge: Edge, source: Step, target: Step) -> Iterator[EdgeFault]:
    inputs = {port.name: port for port in target.ports.inputs}
    for given, taken in edge.data.mapping.items():
        place = f"/edges/{index}/data/mapping{pointer_of((given,))}"
        output = output_named(source, given)
        if output is None:
            known = ", ".join(port.name for port in source.ports.outputs) or "none"
            yield EdgeFault(
                "mapping_output_unknown",
                f"“{edge.source}” gives no “{given}” (it gives: {known}).",
                f"“{edge.source}”没有输出“{given}”（现有：{known}）。",
                place,
                edge.source,
                index,
            )
            continue
        port = inputs.get(taken)
        if port is None and not target.node.open_inputs:
            known = ", ".join(inputs) or "none"
            yield EdgeFault(
                "mapping_input_unknown",
                f"“{edge.target}” takes no “{taken}” (it takes: {known}).",
                f"“{edge.target}”没有输入“{taken}”（现有：{known}）。",
                place,
                edge.target,
                index,
            )
        elif port is not None and not assignable(output.type, port.type):
            yield EdgeFault(
                "type_mismatch",
                f"“{edge.source}.{output.name}” is {output.type}, but “{edge.target}.{port.name}” takes {port.type}. "
                "Put a template or a code node between them.",
                f"“{edge.source}.{output.name}”的类型是 {output.type},而“{edge.target}.{port.name}”需要 {port.type}。"
                "请在中间加一个模板或代码节点。",
                place,
                edge.target,
                index,
            )
