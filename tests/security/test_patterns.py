"""No regular expression of ours takes for ever, and there is no place where one of a user's runs outside of the jail."""

import ast
import importlib
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import atoll

pytestmark = pytest.mark.attack("S-67")
ROOT = Path(atoll.__file__).parent
LENGTH = 10_000
SECONDS = 1.0
UNITS = ["a", " ", "\n", "0", "-", "#", "[", "a ", "1.", "中", "\uff0c", "|", "*", "\t", "((", "<", '"', "a1-", "= ", "\r\n "]  # fmt: skip
EVIL = [unit * (LENGTH // len(unit)) + "\x00!" for unit in UNITS]
# in the jail, with its clock; of extras and of commands, which get nothing from users
ELSEWHERE = (
    "atoll.knowledge.parse.",
    "atoll.worker",
    "atoll.deploy",
    "atoll.knowledge.vectors_milvus",
    "atoll.db.migrations",
)
METHODS = {"match", "search", "fullmatch", "sub", "split", "findall", "finditer"}


def trees() -> Iterator[tuple[str, list[ast.AST]]]:
    """(path, all nodes) of every module of ours."""
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), list(ast.walk(ast.parse(file.read_text("utf-8"))))


TREES = dict(trees())


def patterns() -> dict[tuple[str, str], re.Pattern[Any]]:
    """By module and name or line, and method: every pattern of a module of ours, kept or written where it is used."""
    found: dict[tuple[str, str], re.Pattern[Any]] = {}
    for path, nodes in TREES.items():
        module = f"atoll.{path.removesuffix('.py').replace('/', '.')}"
        if module.startswith(ELSEWHERE):
            continue
        for node in nodes:
            match node:
                case ast.Call(ast.Attribute(ast.Name("re"), act), [ast.Constant(str(inline)), *_]) if act in METHODS:
                    act = act.replace("finditer", "search").replace("findall", "search")
                    found[f"{module}:{node.lineno}", act] = re.compile(inline)
        calls = {
            (node.value.id, node.attr.replace("finditer", "search").replace("findall", "search"))
            for node in nodes
            if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name)
        }
        if not calls:
            continue
        kept = vars(importlib.import_module(module))
        found |= {
            (f"{module}.{name}", act): kept[name] for name, act in calls if isinstance(kept.get(name), re.Pattern)
        }
    return found


@contextmanager
def within(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_none_of_ours_takes_for_ever() -> None:
    slow = []
    assert len(patterns()) > 150
    for (name, method), pattern in patterns().items():
        act = getattr(pattern, method)
        for evil in EVIL:
            text: Any = evil.encode() if isinstance(pattern.pattern, bytes) else evil
            begun = time.process_time()
            try:
                with within(SECONDS):
                    act(text[:0], text) if method == "sub" else act(text)
            except TimeoutError:
                slow.append((name, method, evil[:6], round(time.process_time() - begun, 2)))
    assert slow == []


def test_the_measure_finds_one_that_does() -> None:
    with pytest.raises(TimeoutError), within(0.3):
        re.compile(r"(a+)+$").match(EVIL[0])


# what else an expression of a user's may be, and what it runs in
ENGINES = {
    "minijinja": {"kit/templates.py"},  # counted, or in a process of its own: tests/kit/test_templates.py
    "jsonschema_rs": {"apps/fitting.py"},  # in the jail, patterns in linear time: tests/apps
    "cronsim": {"triggers/schedule.py"},  # five fields, read and stepped through with a bound: tests/triggers
    "_quickjs": {"kit/jail/javascript.py"},
    "jsonpath_ng": set(),
    "jinja2": set(),
    "docx": {"knowledge/parse"},
    "pptx": {"knowledge/parse"},
    "openpyxl": {"knowledge/parse"},
    "pypdfium2": {"knowledge/parse"},
    "lxml": {"knowledge/parse"},
    "PIL": {"knowledge/parse"},
    "yaml": set(),  # no graph, template or description is read from it
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
}


@pytest.mark.attack("S-45")
def test_what_reads_for_users_is_in_one_place_each() -> None:
    elsewhere = []
    for path, nodes in TREES.items():
        for node in nodes:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                places = ENGINES.get(name.partition(".")[0])
                if places is not None and not any(path.startswith(place) for place in places):
                    elsewhere.append((path, name))
    assert elsewhere == []


@pytest.mark.attack("S-45")
def test_nothing_of_a_user_s_becomes_a_pattern_or_code_of_this_process() -> None:
    """`eval`, `exec` and `compile` stand in the jail alone; a pattern is a text of ours, or escaped."""
    found = []
    for path, nodes in TREES.items():
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "compile", "__import__"):
                found.append(path)
            if (
                isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
            ):
                given = node.args[0] if node.args else None
                if node.func.attr != "escape" and isinstance(given, ast.Name) and not given.id.isupper():
                    found.append(f"{path} re.{node.func.attr}({given.id})")
    assert sorted(set(found) - PROVEN) == []


PROVEN = {
    "kit/jail/work.py",  # in the jail
    "nodes/signed.py",  # a plugin that a trusted key has signed
    "policy/redaction/detectors.py re.compile(pattern)",  # a row of its own table
}
