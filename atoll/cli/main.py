"""`atoll`: the commands. Each imports what it needs when it runs, so that `--help` and `check` are quick."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from atoll import __version__
from atoll.cli import audit, deploy, operations, plugins, release, say, secrets, users
from atoll.cli.options import Json
from atoll.kit.errors import AtollError

T = TypeVar("T")

app = typer.Typer(
    name="atoll",
    help="Atoll: LLM applications drawn on a canvas, run beside their data. · 在画布上绘制、在数据旁运行的 LLM 应用平台。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
templates = typer.Typer(
    help="Export, look at and install an app as a file. · 导出、检查和安装应用模板。", no_args_is_help=True
)
app.add_typer(templates, name="template")
app.add_typer(operations.app)
app.add_typer(deploy.app, name="deploy")
app.add_typer(users.app, name="users")
app.add_typer(audit.app, name="audit")
app.add_typer(secrets.app, name="secrets")
app.add_typer(plugins.app, name="plugins")
app.add_typer(release.app, name="release")

Datasets = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset", "-d", metavar="NAME=DIR", help="Take a folder in as a dataset; repeat. · 将目录导入为知识库。"
    ),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on (ATOLL_HOST). · 监听地址。")]
Port = Annotated[int | None, typer.Option(help="Port; 0 takes a free one (ATOLL_PORT). · 端口。")]
GraphFile = Annotated[Path, typer.Argument(help="A graph as JSON; - reads standard input. · 流程 JSON 文件。")]


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the product: web app, API, runs and ingestion in one process. · 启动服务。"""
    from atoll.cli.serve import serve as run_server

    run_server(host=host, port=port)


@app.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; wait until another has done it. · 仅等待，不修改。")
    ] = False,
) -> None:
    """Bring the database's schema up to this version; waits 60 s for the database. · 升级数据库架构。"""
    from atoll.cli.roles import migrate as migrate_database

    raise typer.Exit(migrate_database(check=check))


@app.command()
def api(host: Host = None, port: Port = None) -> None:
    """Answer HTTP only; `atoll worker` and `atoll scheduler` do the work. · 仅提供网页与接口。"""
    from atoll.cli.roles import api as run_api

    run_api(host, port)


@app.command()
def worker(
    queues: Annotated[
        str,
        typer.Option(
            help="Which work, by commas: runs, ingestion, housekeeping (test runs of variants). · 处理哪些队列。"
        ),
    ] = "runs,ingestion,housekeeping",
) -> None:
    """Carry runs, take documents in. REDIS_URL wakes it at once; without it looks every 3 s. · 执行运行与文档导入。"""
    from atoll.cli.roles import queues_of
    from atoll.cli.roles import worker as run_worker

    run_worker(queues_of(queues))


@app.command()
def runner(
    host: Host = None,
    port: Port = None,
    recycle: Annotated[
        int, typer.Option(min=0, help="End after so many seconds, to be started anew; 0: never. · 多少秒后退出。")
    ] = 0,
) -> None:
    """Run the code of other processes' nodes (ATOLL_RUNNER_URL), without database and secrets. · 隔离执行代码。"""
    from atoll.cli.runner import serve as run_runner

    run_runner(host, port, recycle)


@app.command()
def scheduler() -> None:
    """Fire schedules when they are due. Several may run at once. · 按计划触发。"""
    from atoll.cli.roles import scheduler as run_scheduler

    run_scheduler()


@app.command()
def web(host: Host = None, port: Port = None) -> None:
    """Serve the web app's files only; a proxy sends /api to `atoll api`. · 仅提供网页文件。"""
    from atoll.cli.web import web as run_web

    run_web(host, port)


@app.command()
def check(file: GraphFile, as_json: Json = False) -> None:
    """Check a graph without running it. Exit code 1 if it has errors. · 检查流程。"""
    from atoll.cli.graphs import check_file

    raise typer.Exit(check_file(file, as_json))


@app.command()
def run(
    file: GraphFile,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help="An input; repeat. · 输入变量。")
    ] = None,
    datasets: Datasets = None,
    as_json: Json = False,
    events: Annotated[bool, typer.Option("--events", help="With --json: the run's events too. · 包含事件。")] = False,
) -> None:
    """Run a graph from a file. Exit code 1 if the run fails. · 运行流程文件。"""
    from atoll.cli.graphs import run_file

    raise typer.Exit(
        asyncio.run(run_file(file, _pairs(inputs, "--input"), _pairs(datasets, "--dataset"), as_json, events))
    )


@app.command("test")
def run_tests(
    file: Annotated[
        Path,
        typer.Argument(
            help="A template with tests, or {graph, tests} as JSON; - reads standard input. · 含测试用例的模板或 JSON。"
        ),
    ],
    datasets: Datasets = None,
    names: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Only this case; repeat. · 只运行该用例。")
    ] = None,
    as_json: Json = False,
    junit: Annotated[
        Path | None, typer.Option(help="Write a report for a CI server too. · 另写一份 JUnit 报告。")
    ] = None,
    allow_unjudged: Annotated[
        bool,
        typer.Option("--allow-unjudged", help="What no model could judge is no failure. · 未评判的不算失败。"),
    ] = False,
) -> None:
    """Run the test cases of a file. Exit code 0 if all pass, 1 if not, 2 if the file is wrong. · 运行测试用例。"""
    from atoll.cli.cases import Wish, run_cases

    wish = Wish(_pairs(datasets, "--dataset"), names or (), as_json, junit, allow_unjudged)
    raise typer.Exit(asyncio.run(run_cases(file, wish)))


@templates.command("export")
def template_export(
    name: Annotated[str, typer.Argument(metavar="APP", help="An app's name or id. · 应用名称或 id。")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write here, not to the terminal. · 输出文件。")
    ] = None,
) -> None:
    """Write an app as canonical JSON with a digest. · 导出应用模板。"""
    from atoll.cli.templates import export_app

    raise typer.Exit(asyncio.run(export_app(name, output)))


Bind = Annotated[
    list[str] | None,
    typer.Option(
        "--bind", "-b", metavar="ROLE=NAME", help="What stands for a role of the template; repeat. · 绑定角色。"
    ),
]


@templates.command("plan")
def template_plan(file: Path, bind: Bind = None, as_json: Json = False) -> None:
    """Say what is missing, what would change and what policy forbids. Changes nothing. · 检查模板。"""
    from atoll.cli.templates import plan_file

    raise typer.Exit(asyncio.run(plan_file(file, _pairs(bind, "--bind"), as_json)))


@templates.command("install")
def template_install(
    file: Path,
    bind: Bind = None,
    name: Annotated[str | None, typer.Option(help="The new app's name. · 新应用名称。")] = None,
    as_json: Json = False,
) -> None:
    """Install a template as an app, in one transaction. · 安装模板。"""
    from atoll.cli.templates import install_file

    raise typer.Exit(asyncio.run(install_file(file, _pairs(bind, "--bind"), name, as_json)))


@app.command()
def version() -> None:
    """Print the version. · 显示版本。"""
    print(__version__)


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given or []:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"“{one}” is not NAME=VALUE", param_hint=option)
        found[name] = value
    return found


def reported(make: Callable[[], T]) -> T:
    """What `make` makes. An expected error is one sentence and exit code 1, whichever program has loaded us."""
    try:
        return make()
    except AtollError as error:
        say.error(error, as_json=False)
        raise SystemExit(1) from None


def main() -> None:
    """The console script. Expected errors are one sentence and exit code 1, usage errors 2."""
    as_json: Any = "--json" in sys.argv
    try:
        app()
    except AtollError as error:
        say.error(error, as_json)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
