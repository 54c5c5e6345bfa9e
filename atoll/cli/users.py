"""`atoll users`: who is there, and a way back in for who can't sign in any more. Every act is in the audit as the server's."""

from typing import TYPE_CHECKING, Annotated

import typer

from atoll.cli import say
from atoll.cli.opened import by_machine, opened, run
from atoll.cli.options import Json

if TYPE_CHECKING:
    from atoll.cli.instance import Instance
    from atoll.workspaces.schemas import User

app = typer.Typer(help="People, and a way back in. · 用户与账户恢复。", no_args_is_help=True)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask. · 不再询问。")]


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """Everybody, with role and two-step sign-in. · 列出用户。"""
    raise typer.Exit(run(_list(as_json)))


@app.command("reset-password")
def reset_password(name: str, as_json: Json = False) -> None:
    """Print a link by which somebody chooses a new password: once, within the hour. · 生成重置密码链接。"""
    raise typer.Exit(run(_reset_password(name, as_json)))


@app.command("reset-second-factor")
def reset_second_factor(name: str) -> None:
    """Turn somebody's two-step sign-in off and sign them out. · 清除两步验证。"""
    raise typer.Exit(run(_reset_second_factor(name)))


@app.command("delete")
def delete(name: str, yes: Yes = False) -> None:
    """Delete an account with its sessions and keys. What they made stays, under their name. · 删除账户。"""
    if not yes:
        typer.confirm(f"Delete {name}? It can't be undone.", abort=True)
    raise typer.Exit(run(_delete(name)))


async def _list(as_json: bool) -> int:
    from atoll.workspaces.people.access import Actor

    async with opened() as instance:
        found = [
            user
            for workspace_id in await instance.workspaces.list_ids()
            for user in await instance.workspaces.people.all(Actor("", workspace_id, "auditor", "cli"))
        ]
    if as_json:
        say.json([user.model_dump() for user in found])
        return 0
    for user in found:
        marks = [word for word, on in (("2FA", user.second_factor), ("SSO", user.sso), ("off", user.disabled)) if on]
        print(f"{user.username:24}  {user.role_name:16}  {' '.join(marks)}".rstrip())
    return 0


async def _reset_password(name: str, as_json: bool) -> int:
    async with opened() as instance:
        workspace_id, user = await _named(instance, name)
        by = by_machine(workspace_id)
        token = await instance.workspaces.invitations.reset(workspace_id, user.id, by)
        settings = instance.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    link = f"{base}/invite#{token}"
    if as_json:
        say.json({"username": user.username, "token": token, "link": link})
    else:
        say.note(f"For {user.username}, once, within the hour:", f"供 {user.username} 使用，一小时内有效，仅限一次：")
        print(link)
    return 0


async def _reset_second_factor(name: str) -> int:
    async with opened() as instance:
        workspace_id, user = await _named(instance, name)
        by = by_machine(workspace_id)
        await instance.workspaces.people.reset_second_factor(workspace_id, user.id, by)
    say.note(
        f"{user.username} signs in with the password alone, and is signed out everywhere.",
        f"{user.username} 现仅凭密码登录，所有会话已退出。",
    )
    return 0


async def _delete(name: str) -> int:
    from atoll.workspaces.people.access import Actor

    async with opened() as instance:
        workspace_id, user = await _named(instance, name)
        by = by_machine(workspace_id)
        actor = Actor("", workspace_id, "owner", "cli", by.name)
        await instance.workspaces.people.delete(actor, user.id, by)
    say.note(
        f"{user.username} is deleted. What they made stays, and so do the audit's records of them.",
        f"已删除 {user.username}。其创建的内容与审计记录保留。",
    )
    return 0


async def _named(instance: "Instance", name: str) -> "tuple[str, User]":
    """(workspace, member): a name is somebody's in one workspace only. Raises NotFound."""
    from atoll.kit.errors import NotFound
    from atoll.workspaces.errors import not_found

    for workspace_id in await instance.workspaces.list_ids():
        try:
            return workspace_id, await instance.workspaces.people.named(workspace_id, name)
        except NotFound:
            continue
    raise not_found("user", "该用户")
