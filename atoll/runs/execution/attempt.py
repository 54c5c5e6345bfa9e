"""One attempt of one node: call it whatever its form, bound it in time, check what it gives, and say how it failed."""

import asyncio
import inspect
import re
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import orjson

from atoll.engine.citing import together
from atoll.engine.state import Passes
from atoll.engine.step import Step
from atoll.kit import meter, trace
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError, OperationalError
from atoll.runs.execution.context import NodeContext, own
from atoll.sdk import Ask, NodeError
from atoll.sdk.container import Container

Delta = Callable[[str], None]
_END = object()
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(slots=True)
class Outcome:
    """Outputs, an error, or a question to a person. `branch` is the way out that was taken, where there are several."""

    outputs: dict[str, Any]
    error: dict[str, Any] | None = None
    branch: str | None = None
    asks: dict[str, Any] | None = None
    size: int = 0
    """Bytes of the outputs as JSON."""


def failed(error: BaseException) -> Outcome:
    return Outcome({}, describe(error))


def run_instant(step: Step, inputs: dict[str, Any], context: NodeContext, max_bytes: int) -> Outcome:
    """A node that is pure and quick: called on the loop, at once."""
    began, span = time.monotonic(), _span(step, context)
    outcome = _at_once(step, lambda: step.node(step.config, context).invoke(own(inputs)), max_bytes)
    return _timed(step, began, outcome, span)


def pinned(step: Step, outputs: dict[str, Any], max_bytes: int) -> Outcome:
    """What a pinned node gives; an error where a branch is pinned that it does not have."""
    return _at_once(step, lambda: outputs, max_bytes)


def gathered(step: Step, passes: Passes, max_bytes: int) -> Outcome:
    """What a container gives, and beside it what its passes cite."""
    assert issubclass(step.node, Container)
    gather = step.node.gather
    found = together(passes.values, passes.cited, passes.last)

    def work() -> Any:
        given = gather(step.config, passes.inputs, found.values, found.last)
        if found.citations and isinstance(given, dict):
            return given | {"citations": given.get("citations", found.citations)}
        return given

    return _at_once(step, work, max_bytes)


def _at_once(step: Step, work: Callable[[], Any], max_bytes: int) -> Outcome:
    try:
        return _checked(step, work(), max_bytes)
    except Ask as ask:
        return _asking(ask)
    except (Exception, SystemExit) as error:  # the border around a node: whatever it raises becomes data
        return failed(error)


async def run(
    step: Step, inputs: dict[str, Any], context: NodeContext, delta: Delta, threads: Executor, max_bytes: int
) -> Outcome:
    """Any other node. Never raises, except when it is cancelled."""
    clock, began, span = asyncio.timeout(step.timeout), time.monotonic(), _span(step, context)
    outcome: Outcome | None = None
    try:
        with trace.within(span):
            async with clock:
                node = step.node(step.config, context)
                given = await _invoke(node.invoke, own(inputs), context, delta, threads)
                outcome = _checked(step, given, max_bytes)
    except Ask as ask:
        outcome = _asking(ask)
    except (Exception, SystemExit) as error:  # the border around a node: whatever it raises becomes data
        outcome = failed(too_late(step) if clock.expired() else error)
    finally:
        if outcome is None:
            span.fail("cancelled")
            span.end()
    return _timed(step, began, outcome, span)


def _span(step: Step, context: NodeContext) -> trace.Span:
    about: trace.Attributes = {
        "atoll.node.type": step.node.name,
        "atoll.node.path": context.node_id,
        "atoll.node.attempt": context.attempt,
    }
    return trace.begin(f"node {step.node.name}", "internal", about)


def _timed(step: Step, began: float, outcome: Outcome, span: trace.Span) -> Outcome:
    how = "failed" if outcome.error else "asked" if outcome.asks else "succeeded"
    if outcome.error:
        span.fail(outcome.error["code"])
    span.end()
    meter.time("atoll_node_seconds", time.monotonic() - began, type=step.node.name, outcome=how)
    return outcome


def too_late(step: Step) -> NodeError:
    seconds = f"{step.timeout:g}"
    return NodeError(
        "node_timeout",
        f"It took longer than {seconds} s. Raise the node's time limit or make its work smaller.",
        f"执行超过 {seconds} 秒。请提高该节点的时限，或减小其工作量。",
        retryable=True,
    )


def _asking(ask: Ask) -> Outcome:
    until = now_ms() + int(ask.seconds * 1000) if ask.seconds else None
    return Outcome({}, asks={"form": ask.form, "roles": list(ask.roles), "until": until})


async def _invoke(
    invoke: Callable[[dict[str, Any]], Any],
    inputs: dict[str, Any],
    context: NodeContext,
    delta: Delta,
    threads: Executor,
) -> Any:
    if inspect.isasyncgenfunction(invoke):
        return await _drain(invoke(inputs), delta)
    if inspect.iscoroutinefunction(invoke):
        return await invoke(inputs)
    loop = asyncio.get_running_loop()
    context.bind(loop)
    if inspect.isgeneratorfunction(invoke):
        return await loop.run_in_executor(threads, _drain_plain, invoke(inputs), loop, delta)
    given = await loop.run_in_executor(threads, _call, invoke, inputs)
    if inspect.isawaitable(given):
        return await given
    return given


def _call(invoke: Callable[[dict[str, Any]], Any], inputs: dict[str, Any]) -> Any:
    """In a thread. A future can carry anything but StopIteration: with that one it never ends."""
    try:
        return invoke(inputs)
    except StopIteration as end:
        raise RuntimeError("StopIteration left the node") from end


async def _drain(pieces: AsyncIterator[Any], delta: Delta) -> Any:
    last: Any = None
    async for piece in pieces:
        if isinstance(piece, str):
            delta(piece)
        else:
            last = piece
    return last


def _drain_plain(pieces: Iterator[Any], loop: asyncio.AbstractEventLoop, delta: Delta) -> Any:
    last: Any = None
    while True:
        try:
            piece = next(pieces)
        except StopIteration as end:
            return end.value if end.value is not None else last
        if isinstance(piece, str):
            loop.call_soon_threadsafe(delta, piece)
        else:
            last = piece


def _checked(step: Step, given: Any, max_bytes: int) -> Outcome:
    if not isinstance(given, dict):
        kind = type(given).__name__
        raise NodeError(
            "output_not_a_dict",
            f"The node returned {kind}; it must return a dict of outputs by name.",
            f"节点返回了 {kind};必须返回以输出名为键的字典。",
        )
    given, size = _plain_json(given, max_bytes)
    branch = None
    if step.ports.branches:
        branch = str(given.get(step.primary_output or ""))
        if all(branch != known.id for known in step.ports.branches):
            raise NodeError(
                "branch_unknown",
                f"The node left by “{branch}”, a branch it does not have.",
                f"节点没有分支“{branch}”。",
            )
    return Outcome(given, None, branch, size=size)


def _plain_json(given: dict[str, Any], max_bytes: int) -> tuple[dict[str, Any], int]:
    """What a plugin returned, as JSON that can't change under our hands, and its size."""
    try:
        text = orjson.dumps(given, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        raise NodeError(
            "output_not_json",
            f"An output can't be written as JSON: {error}. Return strings, numbers, lists and dicts.",
            f"输出无法写成 JSON:{error}。请返回字符串、数字、列表和字典。",
        ) from None
    if len(text) > max_bytes:
        size, limit = len(text) // 1_000_000, max_bytes // 1_000_000
        raise NodeError(
            "output_too_large",
            f"The outputs have {size} MB; the limit (ATOLL_RUN_OUTPUT_MB) is {limit}.",
            f"输出大小为 {size} MB,上限（ATOLL_RUN_OUTPUT_MB）为 {limit} MB。",
        )
    return orjson.loads(text), len(text)


def describe(error: BaseException) -> dict[str, Any]:
    """The error as the log keeps it: {code, message, detail, retryable}, and where code failed its line. `detail` is for
    builders only."""
    if isinstance(error, AtollError):
        detail, retryable = "", isinstance(error, OperationalError)
        if isinstance(error, NodeError):
            detail, retryable = error.detail, error.retryable
        words = {language: readable(str(sentence)) for language, sentence in error.message.items()}
        refused = error.params.get("refused") if error.code == "label_forbidden" else None
        more = {"refused": refused} if refused else {}
        if error.code in ("code_error", "code_syntax") and isinstance(line := error.params.get("line"), int):
            more["line"] = line
        code = str(error.code)
        if not _CODE.fullmatch(code):  # traces and counts have it: no place for data
            code = "node_failed"
        return {"code": code, "message": words, "detail": readable(detail), "retryable": retryable, **more}
    frames = traceback.extract_tb(error.__traceback__)
    place = "".join(traceback.format_list(frames[-4:]))
    name = type(error).__name__
    shown = readable(str(error)[:500])
    return {
        "code": "node_crashed",
        "message": {"en": f"The node failed: {name}: {shown}", "zh": f"节点出错：{name}:{shown}"},
        "detail": readable(place[-3000:]),
        "retryable": True,
    }


def readable(words: str) -> str:
    """`words` without half characters (of a file's name, say), which no log and no reader takes."""
    return words.encode("utf-8", "replace").decode()
