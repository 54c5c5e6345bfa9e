"""graphon, the engine of Dify: nodes on threads of its own. A graph of it runs once, so all are built beforehand."""

import time
from collections.abc import AsyncGenerator
from importlib.metadata import version

from graphon.engine import Engine
from graphon.entities.base_node_data import BaseNodeData
from graphon.enums import NodeExecutionType, WorkflowNodeExecutionStatus
from graphon.graph.graph import Graph
from graphon.node_events.base import NodeRunResult
from graphon.nodes.base.node import Node
from graphon.runtime.init_params import InitParams
from graphon.runtime.runtime_state import RuntimeState
from graphon.runtime.variable_pool import VariablePool

from benchmarks.peers import work
from benchmarks.peers.work import Once, Peer

VERSION = version("graphon")


class Data(BaseNodeData):
    type: str = "bench"
    before: str = ""


class Step(Node[Data]):
    node_type = "bench-step"

    @classmethod
    def version(cls) -> str:
        return "1"

    def _run(self) -> NodeRunResult:
        before = self.runtime_state.variable_pool.get([self.node_data.before, "value"])
        value = int(before.value) + 1 if before is not None else 1
        return NodeRunResult(status=WorkflowNodeExecutionStatus.SUCCEEDED, outputs={"value": value})


class First(Step):
    node_type = "bench-first"
    execution_type = NodeExecutionType.ROOT


class Call(Step):
    node_type = "bench-call"

    def _run(self) -> NodeRunResult:
        time.sleep(work.SECONDS)
        return NodeRunResult(status=WorkflowNodeExecutionStatus.SUCCEEDED, outputs={"value": 1})


def built(size: int, kind: type[Step], chained: bool, workers: int) -> tuple[Engine, RuntimeState]:
    params = InitParams(workflow_id="bench", graph_config={"nodes": [], "edges": []}, run_context={}, call_depth=0)
    state = RuntimeState(variable_pool=VariablePool(), start_at=time.time(), workflow_id="bench")

    def node(kind: type[Step], name: str, before: str) -> Step:
        return kind(name, Data(title=name, before=before), init_params=params, runtime_state=state)

    builder = Graph.new().add_root(node(First, "n0", ""))
    for i in range(1, size):
        before = f"n{i - 1}" if chained else "n0"
        builder.add_node(node(kind, f"n{i}", before), from_node_id=before)
    return Engine(builder.build(), state, workers=workers), state


async def chain(size: int) -> Once:
    ready = [built(size, Step, True, workers=5) for _ in range(work.MOST + 1)]

    async def once() -> int:
        engine, state = ready.pop()
        for _ in engine.run():
            pass
        return int(state.variable_pool.get([f"n{size - 1}", "value"]).value)

    return once


async def calls(count: int) -> Once:
    ready = [built(count + 1, Call, False, workers=count) for _ in range(work.MOST + 1)]

    async def once() -> int:
        engine, state = ready.pop()
        for _ in engine.run():
            pass
        return sum(int(state.variable_pool.get([f"n{i + 1}", "value"]).value) for i in range(count))

    return once


async def peers() -> AsyncGenerator[Peer]:
    yield Peer("graphon (Dify's engine)", "nothing", chain, calls)
