"""What CI servers read: the results of `atoll test` as JUnit's XML."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from atoll.cli.cases import reasons
from atoll.kit.named_files import unwritable

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(file: Path, cells: Sequence[Mapping[str, Any]], allow_unjudged: bool) -> None:
    """Raises UserError `file_unwritable`."""
    kinds = [_kind(cell["state"], allow_unjudged) for cell in cells]
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    attributes = {name: str(kinds.count(kind)) for name, kind in counts.items()}
    suite = ElementTree.Element("testsuite", {"name": "atoll", "tests": str(len(cells)), **attributes})
    for cell, kind in zip(cells, kinds, strict=True):
        seconds = f"{(cell.get('ms') or 0) / 1000:.3f}"
        case = ElementTree.SubElement(suite, "testcase", classname="atoll", name=_plain(cell["name"]), time=seconds)
        if kind:
            said = [_plain(one) for one in reasons(dict(cell))] or [cell["state"]]
            ElementTree.SubElement(case, kind, message=said[0]).text = "\n".join(said)
        if cell.get("output"):
            ElementTree.SubElement(case, "system-out").text = _plain(cell["output"])
    try:
        ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise unwritable(file, error.strerror) from None


def _kind(state: str, allow_unjudged: bool) -> str:
    if state == "passed":
        return ""
    if state == "unjudged":
        return "skipped" if allow_unjudged else "failure"
    return "failure" if state == "failed" else "error"


def _plain(words: str) -> str:
    """Models may write what XML can't hold."""
    return _NOT_XML.sub("�", words)
