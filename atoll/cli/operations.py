"""The commands of operations. What each does is in the module that it imports."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from atoll.cli.opened import run
from atoll.cli.options import Json

app = typer.Typer()
index = typer.Typer(help="What finds passages. · 检索索引。", no_args_is_help=True)
app.add_typer(index, name="index")

Identity = Annotated[
    list[Path] | None,
    typer.Option("--identity", metavar="FILE", help="The secret key of an encrypted one; repeat. · 私钥文件。"),
]


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(help="A folder, or a new file that ends in .tar.gz. · 目录或以 .tar.gz 结尾的新文件。")
    ],
    encrypt_to: Annotated[
        list[str] | None,
        typer.Option("--encrypt-to", metavar="KEY", help="A public key, or a file of them; repeat. · 公钥或公钥文件。"),
    ] = None,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put secrets.key in too; only encrypted. · 同时保存 secrets.key。")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Afterwards delete all but the newest N of the folder. · 保留份数。")
    ] = None,
    as_json: Json = False,
) -> None:
    """Save database, files, settings and plugins in one file, while the product runs. · 备份。"""
    from atoll.cli.backup import save

    raise typer.Exit(run(save(target, encrypt_to or (), with_key=with_key, keep=keep, as_json=as_json)))


@app.command("backup-key")
def backup_key(
    file: Annotated[Path, typer.Argument(help="Where to write the secret key. · 私钥保存位置。")],
) -> None:
    """Make a pair of keys for backups: the secret one into FILE, the public one to the terminal. · 生成备份密钥对。"""
    from atoll.cli.backup import new_key

    raise typer.Exit(new_key(file))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup. · 备份文件。")],
    identity: Identity = None,
    check: Annotated[bool, typer.Option("--check", help="Only look whether it is whole. · 仅校验。")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Over what is there. Stop all processes first. · 覆盖现有数据。")
    ] = False,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Runs that were under way go on, not paused. · 未完成的运行直接继续。")
    ] = False,
    plugins: Annotated[
        bool, typer.Option("--plugins", help="Put its plugins in place: they are code. · 同时恢复插件。")
    ] = False,
    without_key: Annotated[
        bool,
        typer.Option("--without-key", help="secrets.key is lost: its secrets are entered again. · 密钥已丢失。"),
    ] = False,
    keep_keys: Annotated[
        bool,
        typer.Option(
            "--keep-keys", help="All API keys of the backup go on, revoked ones too. · 保留备份中的 API 密钥。"
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Look over a backup and put it into an empty installation. · 恢复。"""
    from atoll.cli.backup import Wanted, restore_file

    wanted = Wanted(
        check=check,
        replace=replace,
        go_on=go_on,
        plugins=plugins,
        without_key=without_key,
        keep_keys=keep_keys,
        as_json=as_json,
    )
    raise typer.Exit(run(restore_file(file, identity or (), wanted)))


@index.command("rebuild")
def index_rebuild(
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset", "-d", metavar="NAME", help="The vectors of this one only; repeat. · 仅该知识库的向量。"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the index again from the rows; the one that is there answers until then. · 重建索引。"""
    from atoll.cli.index import rebuild

    raise typer.Exit(run(rebuild(dataset or (), as_json)))


@app.command()
def reconcile(
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended. · 修复可修复的差异。")] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every original and compare its hash. · 校验每个原始文件。")
    ] = False,
    age_hours: Annotated[
        float, typer.Option(min=0.0, help="Leave files alone that are younger. · 忽略较新的文件（小时）。")
    ] = 24.0,
    as_json: Json = False,
) -> None:
    """Find where rows, files and index differ. Exit code 1 if differences are left. · 核对数据。"""
    from atoll.cli.index import reconcile_all

    raise typer.Exit(run(reconcile_all(mend=mend, deep=deep, age_hours=age_hours, as_json=as_json)))


class How(StrEnum):
    table = "table"
    json = "json"
    skopeo = "skopeo"
    harbor = "harbor"


@app.command()
def images(
    how: Annotated[
        How, typer.Option(help="A list, or what copies it: a script, Harbor's rules. · 输出形式。")
    ] = How.table,
    mirror: Annotated[str, typer.Option(metavar="HOST/PROJECT", help="The site's registry. · 目标镜像仓库。")] = "",
    build: Annotated[
        bool, typer.Option("--build", help="Those that a build starts from too. · 包含构建基础镜像。")
    ] = False,
    milvus: Annotated[bool, typer.Option("--milvus", help="Milvus too. · 包含 Milvus。")] = False,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=REFERENCE", help="What the release's build made; repeat. · 指定镜像引用。"),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit code 1 where a digest is unknown. · 校验摘要。")] = False,
    lock: Annotated[Path | None, typer.Option(help="Another list of images. · 镜像清单文件。")] = None,
) -> None:
    """The images of a release by digest, and the commands that mirror them. · 镜像清单与同步。"""
    from atoll.cli import images as listed

    references = dict(one.partition("=")[::2] for one in given or ())
    uses = ["run", *(["build"] if build else []), *(["milvus"] if milvus else [])]
    raise typer.Exit(listed.images(lock or listed.LOCK, references, uses, how.value, mirror, check))


@app.command()
def bundle(
    folder: Annotated[Path, typer.Argument(help="The folder to make. · 新目录。")],
    milvus: Annotated[bool, typer.Option("--milvus", help="Milvus' driver too. · 包含 Milvus 驱动。")] = False,
    platform: Annotated[
        str | None, typer.Option(metavar="TAG", help="The site's, e.g. manylinux2014_aarch64. · 目标平台。")
    ] = None,
) -> None:
    """All that a site without any outside connection needs: wheels, web app, list of images, pages. · 离线安装包。"""
    from atoll.cli.bundle import bundle as make

    locks = ["requirements.lock", *(["requirements-milvus.lock"] if milvus else [])]
    raise typer.Exit(make(folder, locks, platform))


@app.command()
def sbom(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here. · 输出文件。")] = None,
    milvus: Annotated[bool, typer.Option("--milvus", help="Milvus' driver too. · 包含 Milvus 驱动。")] = False,
) -> None:
    """What is shipped, with hashes and licences, as CycloneDX 1.6. · 软件物料清单。"""
    from atoll.cli.sbom import write

    raise typer.Exit(write(output, ["requirements.lock", *(["requirements-milvus.lock"] if milvus else [])]))
