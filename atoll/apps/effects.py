"""What a policy would mean for what is published: the apps that it refuses, and labels and zones that it does not know."""

from dataclasses import replace

from atoll.apps.schemas import Affected, Effects, Problem, Unknown
from atoll.apps.service import AppService
from atoll.db.statements import Within
from atoll.policy import Policy


async def effects(apps: AppService, workspace_id: str, policy: Policy, within: Within) -> Effects:
    """The check of each published version as it would be under `policy`, with what it calls and the resources of now.
    Apps that are not `within` reach are only counted."""
    places = replace(await apps.places(workspace_id), policy=policy)
    seen = {app.id for app in await apps.page(workspace_id, "", within)}
    found = Effects(apps=[], others=0, unknown=[])
    for app in await apps.page(workspace_id):
        if app.published_version is None:
            continue
        report = await apps.data_flow(workspace_id, app.id, "published", places)
        problems = [one for one in report.problems if one.code == "label_forbidden"]
        if problems and app.id in seen:
            shown = [Problem.model_validate(one.as_dict()) for one in problems]
            found.apps.append(Affected(app_id=app.id, name=app.name, version=app.published_version, problems=shown))
        found.others += bool(problems) and app.id not in seen
    zones = {zone.name for zone in policy.zones}
    for dataset, name in sorted(places.dataset_names.items(), key=lambda one: one[1]):
        zone, label = places.datasets[dataset]
        if label.level not in policy.levels:
            found.unknown.append(Unknown(kind="dataset", name=name, what="level", value=label.level))
        if zone not in zones:
            found.unknown.append(Unknown(kind="dataset", name=name, what="zone", value=zone))
    for model, zone in sorted(places.models.items()):
        if zone not in zones and places.models.get(model.partition("/")[2]) != zone:  # it has two names
            found.unknown.append(Unknown(kind="model", name=model, what="zone", value=zone))
    if places.here not in zones:
        found.unknown.append(Unknown(kind="instance", name=places.here, what="zone", value=places.here))
    return found
