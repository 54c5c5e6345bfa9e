"""`atoll deploy`: the files of an installation, written into a folder."""

import re
from pathlib import Path
from typing import Annotated

import typer

from atoll.cli import say
from atoll.kit.named_files import unwritable

app = typer.Typer(help="Write the files of an installation. · 生成部署文件。", no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", "-o", help="The folder to write. · 输出目录。")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over what is there. · 覆盖已有文件。")]
SITE = r"[a-z0-9][a-z0-9-]{0,31}"


@app.command()
def kubernetes(
    file: Annotated[
        Path, typer.Argument(help="Values as TOML: image, front_image, domain, network. · TOML 参数文件。")
    ],
    out: Out,
    namespace: Annotated[str, typer.Option(help="The namespace's name. · 命名空间。")] = "atoll",
    replace: Replace = False,
) -> None:
    """Plain manifests: api, workers, scheduler and web apart. · 生成 Kubernetes 清单。"""
    from atoll.deploy import service

    _named("--namespace", namespace)
    service.write(out, service.kubernetes(service.from_file(file), namespace), replace=replace)
    _written(out)


@app.command()
def edge(
    name: Annotated[str, typer.Argument(help="The branch's name, which its zone has too. · 分支机构名称。")],
    out: Out,
    image: Annotated[str, typer.Option(help="The server's image, with its digest. · 服务镜像，须含摘要。")],
    front_image: Annotated[str, typer.Option(help="The front door's image, with its digest. · 前端镜像，须含摘要。")],
    domain: Annotated[str, typer.Option(help="The host name that people open. · 访问域名。")],
    on: Annotated[str, typer.Option(help="kubernetes or compose. · 部署方式。")] = "kubernetes",
    database: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS:PORT", help="PostgreSQL; without it one is embedded. · 数据库地址，默认内置。"),
    ] = None,
    models: Annotated[
        str | None, typer.Option(metavar="ADDRESS:PORT", help="The gateway of the models. · 模型网关地址。")
    ] = None,
    ingress_class: Annotated[str, typer.Option(help="The Ingress controller's class. · Ingress 类别。")] = "nginx",
    replace: Replace = False,
) -> None:
    """Everything in one process, for one branch; it reaches only what is named. · 生成单个分支机构的部署文件。"""
    from atoll.deploy import service

    _named("NAME", name)
    if on not in ("kubernetes", "compose"):
        raise typer.BadParameter("kubernetes or compose", param_hint="--on")
    site = service.Branch(name, image, front_image, domain, database, models, ingress_class)
    service.write(out, service.edge(site, "compose" if on == "compose" else "kubernetes"), replace=replace)
    _written(out)


@app.command()
def network(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write here. · 输出文件。")] = None,
) -> None:
    """The NetworkPolicy that follows from what this installation's models, apps and secrets name. · 由声明生成网络策略。"""
    import asyncio
    import json

    from atoll.cli.declared import addresses, declared
    from atoll.deploy.declared import network_policy

    made, left = network_policy(asyncio.run(declared()), addresses)
    written = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        typer.echo(written, nl=False)
    else:
        try:
            out.write_text(written, "utf-8")
        except OSError as error:
            raise unwritable(out, error.strerror) from None
        say.note(f"Written: {out}. kubectl apply -f takes it.", f"已写入 {out}，可用 kubectl apply -f 应用。")
    for one in left:
        say.note(
            f"Not in it: {one.host}:{one.port} ({one.why}) has no address of its own. Allow it by network.more.",
            f"未包含：{one.host}:{one.port}（{one.why}）没有确定的地址，请用 network.more 放行。",
        )


def _named(option: str, name: str) -> None:
    if not re.fullmatch(SITE, name) or name.endswith("-"):
        raise typer.BadParameter("small letters, digits and -, 32 at most", param_hint=option)


def _written(out: Path) -> None:
    say.note(f"Written: {out}. README.md in it says what comes next.", f"已写入 {out}，后续步骤见其中的 README.md。")
