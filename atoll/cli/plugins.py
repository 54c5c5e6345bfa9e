"""`atoll plugins`: keys and signatures of plugins, and what this installation makes of those that are there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atoll.cli import say
from atoll.kit.i18n import Text, text

if TYPE_CHECKING:
    from atoll.kit.settings import Settings
    from atoll.nodes.registry import Registry

app = typer.Typer(help="Sign plugins, and see which are loaded. · 插件签名与检查。", no_args_is_help=True)
Plugin = Annotated[Path, typer.Argument(help="A .py file, or a folder with __init__.py. · 插件文件或目录。")]
SEEN = "plugins.seen.json"


def registry_of(settings: "Settings") -> "Registry":
    """The node types of an installation, with the plugins that it trusts. Their templates may be any, from here on."""
    from atoll.kit import template_process
    from atoll.nodes.registry import Registry
    from atoll.nodes.signed import Trust

    template_process.install()
    trust = None
    if settings.plugins_trust == "signed" and settings.plugin_keys is not None:
        trust = Trust(settings.plugin_keys, settings.data / SEEN)
    return Registry(settings.plugin_folder, trust)


def notices(settings: "Settings", registry: "Registry") -> list[Text]:
    """What the System page says of plugins."""
    if settings.plugins_trust == "signed" or not registry.reports:
        return []
    files = [report.file for report in registry.reports]
    return [
        text(
            f"Plugins are loaded without a signature: {', '.join(files[:5])}. ATOLL_PLUGINS_TRUST=signed holds them to one.",
            f"当前加载的插件未经签名校验：{'、'.join(files[:5])}。设置 ATOLL_PLUGINS_TRUST=signed 可要求签名。",
        )
    ]


@app.command()
def keygen(file: Annotated[Path, typer.Argument(help="Where to write the secret key. · 私钥保存位置。")]) -> None:
    """Make a pair of keys: the secret one into FILE, the public one into FILE.pub. · 生成签名密钥对。"""
    from atoll.kit import ed25519

    name = ed25519.new_pair(file)
    say.note(
        f"Key {name}. Keep {file} apart from the servers; put {file}.pub into their ATOLL_PLUGIN_KEYS.",
        f"密钥 {name}。请将 {file} 与服务器分开保管，并把 {file}.pub 放入服务器的 ATOLL_PLUGIN_KEYS。",
    )


@app.command()
def sign(
    plugin: Plugin,
    key: Annotated[Path, typer.Option(help="The secret key. · 私钥文件。")],
    version: Annotated[str, typer.Option(help="Numbers and dots; older ones are refused later. · 版本号。")],
) -> None:
    """Write the signature of a plugin beside it. · 为插件签名。"""
    from atoll.nodes import signed

    _demand_plugin(plugin)
    print(signed.sign(plugin.absolute(), version, key))


@app.command()
def verify(
    plugin: Plugin,
    keys: Annotated[Path, typer.Option(help="A public key, or a folder of them. · 公钥文件或目录。")],
) -> None:
    """Whether a plugin is what a trusted key has signed. Exit code 1 if not. · 校验插件签名。"""
    from atoll.nodes import signed

    _demand_plugin(plugin)
    manifest, files = signed.verify(plugin.absolute(), keys)
    print(f"{plugin.name} {manifest['version']}: {len(files)}")


@app.command("list")
def list_plugins() -> None:
    """What became of each plugin of this installation. Exit code 1 if one was refused. · 插件清单。"""
    from atoll.kit import settings

    registry = registry_of(settings.load())
    for report in registry.reports:
        said = say.words(report.error["message"]) if report.error else ", ".join(report.nodes)
        print(f"{report.error['code'] if report.error else 'ok':22}  {report.file:32}  {said}")
    raise typer.Exit(int(any(report.error for report in registry.reports)))


def _demand_plugin(path: Path) -> None:
    if not (path.is_file() or (path / "__init__.py").is_file()):
        raise typer.BadParameter(f"{path}: a .py file, or a folder with __init__.py", param_hint="PLUGIN")
