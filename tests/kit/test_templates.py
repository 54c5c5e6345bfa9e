"""Templates that take or break what they can: each costs its second at most, and never this process."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from atoll.kit import template_process, templates
from atoll.kit.template_plain import is_plain

LOOP = "{% for i in range(60) %}"
NS = "{% set ns = namespace(s=[1, 2], t='xx') %}"
SHARED = NS + LOOP + "{% set ns.s = [ns.s, ns.s] %}{% endfor %}"
BOMBS = {
    "a long text": "{{ 'x' * 1000000000 }}",
    "a long range": "{{ range(1000000000)|list|length }}",
    "a list of a list": "{{ ([[1] * 1000] * 100000)|string|length }}",
    "a wide number": "{{ '%0999999999d'|format(1) }}",
    "a far indent": "{{ 'a'|indent(1000000000) }}",
    "JSON far indented": "{{ range(99999)|tojson(indent=1000000) }}",
    "JSON far indented, by place": "{{ range(99999)|tojson  (1000000) }}",
    "a join": "{{ range(99999)|join('x'*100000) }}",
    "replaced again and again": NS + LOOP + "{% set ns.t = ns.t|replace('x', 'xx') %}{% endfor %}{{ ns.t }}",
    "text put to itself": NS + LOOP + "{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}",
    "a list put to itself": NS + LOOP + "{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s|length }}",
    "a list in itself": SHARED + "{{ ns.s }}",
    "a list in itself, as JSON": SHARED + "{{ ns.s|tojson }}",
    "without a loop": "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "three loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
    "output without end": "{% for a in range(99999) %}{{ text }}{% endfor %}",
    "recursion": "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "a power": "{{ 9 ** 99999999 }}",
    "deep minus": "{{ " + "-" * 200_000 + "1 }}",
    "deep not": "{{ " + "not " * 200_000 + "1 }}",
    "deep brackets": "{{ " + "(" * 200_000 + "1 }}",
    "deep lists": "{{ " + "[" * 200_000 + "1 }}",
    "a long sum": "{{ 1" + "+1" * 200_000 + " }}",
    "a long way": "{{ a" + ".b" * 200_000 + " }}",
    "many filters": "{{ 'a'" + "|upper" * 200_000 + " }}",
    "many branches": "{% if a %}" + "{% elif a %}" * 100_000 + "{% endif %}",
    "a deep value": "{% set ns = namespace(s=1) %}{% for i in range(60000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
    "a text that hides the end": "{{ '}}' ~ " + "-" * 200_000 + "1 }}",
    "a dict that hides the end": "{{ {'a': {'b': 1}} ~ " + "-" * 200_000 + "1 }}",
    "brackets that hide the end": "{{ (a }} ) ~ " + "-" * 200_000 + "1 }}",
    "raw": "{% raw %}{{{% endraw %}{{ " + "-" * 200_000 + "1 }}",
    "a comment": "{# {{ #}{{ " + "-" * 200_000 + "1 }}",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    template_process.process.stop()


@pytest.mark.attack("S-43")
@pytest.mark.parametrize("name", BOMBS)
def test_bomb(name: str) -> None:
    begun = time.monotonic()
    for act in (
        lambda: templates.render(BOMBS[name], {"a": 1, "text": "x" * 10**6}),
        lambda: templates.names(BOMBS[name]),
    ):
        try:
            assert len(act()) <= templates.OUTPUT_LIMIT
        except templates.TemplateFault as fault:
            assert fault.code.startswith("template_") and fault.message["zh"]
    assert (
        time.monotonic() - begun < 2.5 + 2
    )  # each has a second, and on a busy machine a process takes its time to start
    assert templates.render("{{ a }}{% set b = a %}{{ b }}", {"a": 1}) == "11"


PLAIN = [
    "plain text, 100 % of it } }} %} * [",
    "{{ b }} {{ rows }} {{ user }}",
    "{{ a }} {{- a -}} {{ user.name|upper }} {{ rows[0].n }} {{ rows[-1]['n'] }}",
    "{# a comment {{ with }} all #}{% if a > 1 and not b %}x{% elif a is defined %}y{% else %}z{% endif %}",
    "{% for row in rows %}{{ loop.index }}. {{ row.n|default('-') }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{{ (a + 1) / 2 }} {{ a // 2 }} {{ 'x' ~ a }} {{ b or 'none' }} {{ a if b else 'no' }}",
    "{{ rows|map(attribute='n')|join(', ') }} {{ [a, 'x']|length }}",
]
BUILDING = [
    "{% set x = a + 1 %}{{ x }} {{ b }} {{ rows }} {{ user }}",
    "{% set ns = namespace(n=0) %}{% for row in rows %}{% set ns.n = ns.n + row.n %}{% endfor %}{{ ns.n }}",
    "{% macro shown(r) %}<{{ r.n }}>{% endmacro %}{% for row in rows %}{{ shown(row) }}{% endfor %}",
    "{{ a * 2 }} {{ {'k': a}.k }} {{ '}}' }}",
    "{% raw %}{{ a }}{% endraw %}",
    "{% with y = a %}{{ y }}{% endwith %}{% filter upper %}x{% endfilter %}",
]
VALUES: dict[str, Any] = {"a": 2, "b": None, "user": {"name": "澜"}, "rows": [{"n": 1}, {"n": 10**30}]}


@pytest.mark.parametrize("source", [*PLAIN, *BUILDING])
def test_it_is_the_same_wherever_it_is_rendered(source: str) -> None:
    assert is_plain(source) == (source in PLAIN)
    shown: list[Any] = []

    def finalize(value: Any) -> Any:
        if isinstance(value, str | int | float):
            return value
        shown.append(value)
        return f"<{value}>"

    out = templates.render(source, VALUES, finalize)
    before, shown[:] = list(shown), []
    assert templates.engine_render(source, VALUES, finalize) == out and shown == before
    assert templates.names(source) == templates.engine_names(source)


@pytest.mark.parametrize(
    "source", ["{% set x = 1 %}{{ nothing }}", "{% set x = 1 %}\n{{ x.y.z }}", "{% set x %}", "{{ {'a': }} }}"]
)
def test_faults_are_the_same_too(source: str) -> None:
    with pytest.raises(templates.TemplateFault) as there:
        templates.render(source, {})
    with pytest.raises(templates.TemplateFault) as here:
        templates.engine_render(source, {}, None)
    assert there.value.as_dict() == here.value.as_dict()


def test_a_fault_of_who_prints_is_told_and_leaves_no_half_answer() -> None:
    def finalize(value: Any) -> Any:
        raise KeyError(value)

    with pytest.raises(KeyError):
        templates.render("{% set x = [1] %}{{ x }}", {}, finalize)
    assert templates.render("{% set x = 1 %}{{ x }}", {}) == "1"


def test_values_that_are_no_json() -> None:
    for value in (object(), {1, 2}, b"x"):
        with pytest.raises(templates.TemplateFault) as caught:
            templates.render("{% set x = v %}{{ x }}", {"v": value})
        assert caught.value.code == "template_fault"


def test_threads_take_turns_and_a_process_that_is_gone_is_replaced() -> None:
    def one(n: int) -> str:
        return templates.render("{% set x = n %}{{ x }}", {"n": [n]}, lambda value: f"<{value}>")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(50))) == [f"<[{n}]>" for n in range(50)]
    running = template_process.process._process
    assert running
    os.kill(running.pid, 9)
    running.wait()
    assert one(1) == "<[1]>" and template_process.process._process is not running


@pytest.mark.attack("S-44")
def test_what_is_put_in_is_not_read_as_a_template() -> None:
    evil = "{{ 7 * 7 }}{% for i in range(9) %}x{% endfor %}${7*7}#{7*7}<%= 7*7 %>"
    for source in (
        "{{ v }}",
        "{% set x = v %}{{ x }}",
        "{{ {'k': v}.k }}",
        "{{ v|trim }}",
        "{% macro f(t) %}{{ t }}{% endmacro %}{{ f(v) }}",
    ):
        assert templates.render(source, {"v": evil}) == evil


def test_without_a_process_only_plain_templates_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "elsewhere", None)
    assert templates.render("{{ a }}", {"a": 1}) == "1"
    with pytest.raises(templates.TemplateFault) as caught:
        templates.render("{% set a = 1 %}{{ a }}", {})
    assert caught.value.code == "template_not_plain"
