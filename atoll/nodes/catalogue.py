"""The catalogue that palette, forms and canvas are drawn from: node types as JSON."""

from typing import Any

from pydantic import BaseModel

from atoll.kit.i18n import as_text
from atoll.nodes.registry import Registry
from atoll.sdk import Input, Node, Output


def catalogue(registry: Registry) -> dict[str, Any]:
    """{types, plugins}: every node type, and what became of each plugin."""
    return {
        "types": [describe(node, registry.is_plugin(name)) for name, node in registry.items()],
        "plugins": [{"file": r.file, "nodes": r.nodes, "error": r.error} for r in registry.reports],
    }


def describe(node: type[Node], plugin: bool = False) -> dict[str, Any]:
    """One node type: names, ports, form (JSON Schema of its configuration) and defaults."""
    return {
        "type": node.name,
        "version": node.version,
        "label": as_text(node.display_name or node.name),
        "description": as_text(node.description),
        "category": node.category,
        "icon": node.icon,
        "inputs": [_port(port) for port in node.inputs],
        "outputs": [_port(port) for port in node.outputs],
        "branches": [{"id": b.id, "label": as_text(b.display_name or b.id)} for b in node.branches],
        "schema": _schema(node.Config),
        "defaults": _defaults(node.Config) | dict(node.fresh),
        "streams": node.streams,
        "side_effects": node.side_effects,
        "open_inputs": node.open_inputs,
        "result": node.result,
        "plugin": plugin,
    }


def _port(port: Input | Output) -> dict[str, Any]:
    return {
        "name": port.name,
        "type": port.type,
        "required": isinstance(port, Input) and port.required,
        "label": as_text(port.display_name or port.name),
        "description": as_text(port.description),
    }


def _schema(config: type[BaseModel]) -> dict[str, Any]:
    """With the defaults that are made anew for each node too: what holds where nothing is written is shown as such."""
    schema = config.model_json_schema()
    for name, value in _defaults(config).items():
        if value and name in schema.get("properties", {}):
            schema["properties"][name].setdefault("default", value)
    return schema


def _defaults(config: type[BaseModel]) -> dict[str, Any]:
    """What a new node on the canvas starts with: the defaults that are worth showing."""
    return {
        name: config.model_construct().model_dump(include={name}, mode="json")[name]
        for name, field in config.model_fields.items()
        if not field.is_required()
    }
