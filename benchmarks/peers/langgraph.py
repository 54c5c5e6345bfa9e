"""LangGraph: state in a typed dict, plain and with its SQLite checkpointers in the mode that they have by default."""

import itertools
import operator
from collections.abc import AsyncGenerator
from importlib.metadata import version
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph

from benchmarks.peers import work
from benchmarks.peers.work import Once, Peer

VERSION = version("langgraph")
THREADS = itertools.count()  # of checkpoints: each run has a new one


class Value(TypedDict):
    value: int


class Sum(TypedDict):
    value: Annotated[int, operator.add]


def step(state: Value) -> Value:
    return {"value": state["value"] + 1}


async def call(state: Sum) -> Sum:
    return {"value": await work.wait()}


def config(size: int) -> dict[str, Any]:
    return {"recursion_limit": size + 10, "configurable": {"thread_id": str(next(THREADS))}}


def chained(size: int, saver: Any) -> Once:
    graph: Any = StateGraph(Value)
    names = [f"n{i}" for i in range(size)]
    for name in names:
        graph.add_node(name, step)
    for before, after in itertools.pairwise([START, *names, END]):
        graph.add_edge(before, after)
    compiled = graph.compile(checkpointer=saver)

    async def once() -> int:
        return int(compiled.invoke({"value": 0}, config(size))["value"])

    return once


def abreast(count: int, saver: Any) -> Once:
    graph: Any = StateGraph(Sum)
    for name in [f"n{i}" for i in range(count)]:
        graph.add_node(name, call)
        graph.add_edge(START, name)
        graph.add_edge(name, END)
    compiled = graph.compile(checkpointer=saver)

    async def once() -> int:
        return int((await compiled.ainvoke({"value": 0}, config(count)))["value"])

    return once


def peer(name: str, keeps: str, saver: Any = None, async_saver: Any = None) -> Peer:
    async def chain(size: int) -> Once:
        return chained(size, saver)

    async def calls(count: int) -> Once:
        return abreast(count, async_saver)

    return Peer(name, keeps, chain, calls)


async def peers() -> AsyncGenerator[Peer]:
    yield peer("LangGraph", "nothing")
    with SqliteSaver.from_conn_string("chain.db") as saver:
        async with AsyncSqliteSaver.from_conn_string("calls.db") as async_saver:
            yield peer("LangGraph, checkpointer", "a checkpoint a step, SQLite", saver, async_saver)
