"""What callers of runs asked for and there is not."""

from atoll.kit.errors import NotFound


def no_run(run_id: str) -> NotFound:
    return NotFound("run_not_found", f"There is no run {run_id}.", f"没有运行 {run_id}。")


def no_node(path: str) -> NotFound:
    return NotFound("node_not_found", f"The run's graph has no node “{path}”.", f"该运行的流程中没有节点“{path}”。")
