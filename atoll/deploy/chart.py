"""The Helm chart: the same manifests with the names of values in them, the values' defaults and their schema."""

import json
from typing import Any, cast

from atoll import __version__
from atoll.deploy.manifests import whole
from atoll.deploy.template import Name, dump
from atoll.deploy.values import Values

HEAD = """# values.schema.json says what each is.
# Must be given: image, frontImage, domain, network.database, network.redis.
"""
NOTES = """Atoll is at https://{{ .Values.domain }}

The first visit sets up the administrator. The token that it asks for is in the log:
  kubectl logs --namespace {{ .Release.Namespace }} deployment/atoll-api | grep setup
"""


def chart() -> dict[str, str]:
    """By path inside the chart: its text."""
    about = {
        "apiVersion": "v2",
        "name": "atoll",
        "description": "A low-code platform for LLM applications",
        "type": "application",
        "version": __version__,
        "appVersion": __version__,
        "kubeVersion": ">=1.25.0-0",
    }
    names = cast(Values, Name(".Values"))
    templates = {f"templates/{file.name}": file.text() for file in whole(names)}
    return {
        "Chart.yaml": dump(about),
        "values.yaml": HEAD + dump(_defaults()),
        "values.schema.json": json.dumps(_schema(), indent=2, ensure_ascii=False) + "\n",
        "templates/NOTES.txt": NOTES,
        **templates,
    }


def _defaults() -> dict[str, Any]:
    """Without what has none: an installation has to say it."""
    some = Values(image=f"x@sha256:{'0' * 64}", front_image=f"x@sha256:{'0' * 64}", domain="example.com")
    return some.model_dump(mode="json", by_alias=True, exclude={"image", "front_image", "domain"})


def _schema() -> dict[str, Any]:
    schema = Values.model_json_schema(by_alias=True)
    schema["properties"]["global"] = {"type": "object"}  # Helm's own
    network = schema["$defs"]["Network"]
    network["required"] = ["database", "redis"]
    for name in network["required"]:
        network["properties"][name] = {"$ref": "#/$defs/Destination"}
    schema["required"].append("network")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
