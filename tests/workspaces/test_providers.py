"""Providers: keys sealed and bound to their address, zones that exist, workspaces apart. The policy in force."""

import asyncio

import pytest
from sqlalchemy import text

from atoll.db.database import Database
from atoll.kit.errors import AtollError, NotFound, UserError
from atoll.workspaces import repository
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import ProviderModel
from atoll.workspaces.service import Workspaces

MODELS = [ProviderModel(name="qwen-max"), ProviderModel(name="bge-m3", kind="embedding")]


@pytest.fixture
async def owner(workspaces: Workspaces) -> Actor:
    return Actor("user_1", await workspaces.add_workspace("one"), "owner", "session")


async def _add(workspaces: Workspaces, owner: Actor, **changes: object) -> str:
    given = {"name": "p", "base_url": "https://a.example/v1", "zone": "local", "models": MODELS, "api_key": "sk-1"}
    return (await workspaces.providers.add(owner, **{**given, **changes})).id  # type: ignore[arg-type]


async def test_a_key_is_kept_sealed_and_never_given_back(workspaces: Workspaces, owner: Actor, db: Database) -> None:
    provider_id = await _add(workspaces, owner)
    shown = (await workspaces.providers.all(owner))[0]
    assert shown.has_key and "sk-1" not in shown.model_dump_json()
    assert (await workspaces.providers.with_keys(owner.workspace_id))[0][1] == "sk-1"
    async with db.read() as tx:
        assert "sk-1" not in str((await tx.execute(text("SELECT * FROM providers"))).all())
    await workspaces.providers.change(owner, provider_id, {"api_key": ""})
    assert (await workspaces.providers.with_key(owner, provider_id))[1] == ""


@pytest.mark.attack("S-30")
async def test_a_key_does_not_follow_to_another_host(workspaces: Workspaces, owner: Actor) -> None:
    provider_id = await _add(workspaces, owner)
    with pytest.raises(UserError, match="enter the API key again"):
        await workspaces.providers.change(owner, provider_id, {"base_url": "https://evil.example/v1"})
    await workspaces.providers.change(owner, provider_id, {"base_url": "https://a.example/v2", "name": "q"})
    changed = await workspaces.providers.change(
        owner, provider_id, {"base_url": "https://b.example", "api_key": "sk-2", "models": MODELS[:1]}
    )
    assert changed.base_url == "https://b.example" and len(changed.models) == 1
    assert (await workspaces.providers.with_key(owner, provider_id))[1] == "sk-2"


@pytest.mark.attack("S-26", "S-30")
async def test_an_address_does_not_change_under_a_key_that_comes_at_that_moment(
    workspaces: Workspaces, owner: Actor, db: Database
) -> None:
    """The change waits for its turn to write: whatever it had read before is of yesterday."""
    provider_id = await _add(workspaces, owner, api_key=None)
    sealed = await workspaces.box.seal("sk-1", "provider", owner.workspace_id, provider_id)
    async with db.begin() as tx:
        thief = asyncio.create_task(
            workspaces.providers.change(owner, provider_id, {"base_url": "https://evil.example"})
        )
        await asyncio.sleep(0.1)
        await repository.change_provider(tx, owner.workspace_id, provider_id, {"api_key": sealed})
    with pytest.raises(UserError, match="enter the API key again"):
        await thief
    assert (await workspaces.providers.with_key(owner, provider_id))[0].base_url == "https://a.example/v1"


@pytest.mark.parametrize(
    "url",
    ["", "a.example", "ftp://a.example", "http://", "https://u:p@a.example", "http://a b", "http://a\\@b", "http://a\n",
     "http://a:99999", "http://[::1", "javascript:alert(1)", "file:///etc/passwd"],
)  # fmt: skip
async def test_addresses_that_are_none(workspaces: Workspaces, owner: Actor, url: str) -> None:
    with pytest.raises(UserError) as caught:
        await _add(workspaces, owner, base_url=url)
    assert caught.value.code == "url_invalid"


async def test_names_are_unique_and_zones_known(workspaces: Workspaces, owner: Actor) -> None:
    provider_id = await _add(workspaces, owner)
    await _add(workspaces, owner, name="q")
    for wrong, code in [({"name": "p"}, "name_taken"), ({"zone": "moon"}, "zone_unknown")]:
        with pytest.raises(AtollError) as caught:
            await _add(workspaces, owner, **{"name": "r", **wrong})
        assert caught.value.code == code
    with pytest.raises(AtollError) as caught:
        await workspaces.providers.change(owner, provider_id, {"name": "q"})
    assert caught.value.code == "name_taken"


@pytest.mark.attack("S-23")
async def test_workspaces_do_not_see_each_other(workspaces: Workspaces, owner: Actor) -> None:
    provider_id = await _add(workspaces, owner)
    other = Actor("user_2", await workspaces.add_workspace("two"), "owner", "session")
    assert await workspaces.providers.all(other) == []
    for act in (
        workspaces.providers.with_key(other, provider_id),
        workspaces.providers.change(other, provider_id, {"name": "x"}),
        workspaces.providers.delete(other, provider_id),
    ):
        with pytest.raises(NotFound):
            await act
    await workspaces.providers.delete(owner, provider_id)


async def test_the_policy(workspaces: Workspaces, owner: Actor) -> None:
    policy = await workspaces.policies.get(owner.workspace_id)
    assert policy.destination == "local"
    document = policy.as_dict() | {"zones": [{"name": "local"}, {"name": "hq"}]}
    await workspaces.policies.set(owner, document)
    assert [zone.name for zone in (await workspaces.policies.get(owner.workspace_id)).zones] == ["local", "hq"]
    await _add(workspaces, owner, zone="hq")
    with pytest.raises(UserError):
        await workspaces.policies.set(owner, {"levels": []})
    other = await workspaces.add_workspace("two")
    assert (await workspaces.policies.get(other)).as_dict() == policy.as_dict()
