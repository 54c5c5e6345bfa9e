"""What a trigger gives to its app: values as they are, templates over what happened, bounds."""

from typing import Any

import pytest

from atoll.kit.errors import UserError
from atoll.triggers.hooks import shown_headers
from atoll.triggers.inputs import MOST_BYTES, check_inputs, filled

BODY = {
    "id": 42,
    "who": {"name": "Ann"},
    "items": [{"sku": "a"}, {"sku": "b"}],
    "none": None,
    "open": True,
    "text": "007",
}
VALUES = {"body": BODY, "headers": {"content-type": "application/json"}, "query": {"n": "7", "yes": "true"}}


@pytest.mark.parametrize(
    ("given", "kind", "made"),
    [
        ("as it is", "string", "as it is"),
        (5, "number", 5),
        ({"deep": ["{{ body.id }}", 1]}, "object", {"deep": [42, 1]}),
        ("{{ body.id }}", "number", 42),
        ("{{ body.id }}", "string", "42"),
        ("{{ body.id }}", "any", 42),
        (" {{body.items}} ", "list", BODY["items"]),
        ("{{ body.items }}", "string", '[{"sku":"a"},{"sku":"b"}]'),
        ("{{ body.items[1].sku }}", "string", "b"),
        ("{{ body.who }}", "object", {"name": "Ann"}),
        ("{{ body.none }}", "string", None),
        ("none: {{ body.none }}", "string", "none: "),
        ("{{ body.open }}", "boolean", True),
        ("{{ body.text }}", "string", "007"),
        ("{{ query.n }}", "number", 7),
        ("{{ query.n }}", "string", "7"),
        ("{{ query.yes }}", "boolean", True),
        ("{{ query.yes }}", "number", "true"),
        ("{{ headers['content-type'] }}", "string", "application/json"),
        ("{{ body.missing | default('x') }}", "string", "x"),
        ("{{ body.id }}-{{ body.who.name }}", "string", "42-Ann"),
        ("{% for one in body['items'] %}{{ one.sku }}{% endfor %}", "string", "ab"),
        ("{# nothing #}", "string", ""),
    ],
)
def test_what_is_made(given: Any, kind: str, made: Any) -> None:
    check_inputs({"x": given}, "webhook")
    assert filled({"x": given}, VALUES, {"x": kind}) == {"x": made}


@pytest.mark.parametrize(
    "given",
    [
        "{{ body.missing }}",
        "{{ body.items[9] }}",
        "{{ body.who.name.first }}",
        "{{ body.id() }}",
        "{{ body.pop('x') }}",
    ],
)
def test_what_is_not_there_is_said_with_its_place(given: str) -> None:
    check_inputs({"x": ["", given]}, "webhook")
    with pytest.raises(UserError) as caught:
        filled({"x": ["", given]}, VALUES, {})
    assert caught.value.code.startswith("template_") and caught.value.pointer == "/inputs/x/1"


@pytest.mark.parametrize(
    ("inputs", "kind", "code"),
    [
        ({"x": "{{ due }}"}, "webhook", "trigger_name_unknown"),
        ({"x": "{{ body }}"}, "schedule", "trigger_name_unknown"),
        ({"x": "{{ env.SECRET }}"}, "webhook", "trigger_name_unknown"),
        ({"x": "{{ body"}, "webhook", "template_syntax"),
        ({"x": "x" * MOST_BYTES}, "webhook", "trigger_inputs_large"),
    ],
)
def test_what_can_not_be_set(inputs: dict[str, Any], kind: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        check_inputs(inputs, kind)
    assert caught.value.code == code and str(caught.value.pointer).startswith("/inputs")


@pytest.mark.attack("S-43")
def test_a_small_template_can_not_make_much() -> None:
    body = "x" * 900_000
    with pytest.raises(UserError) as caught:
        filled({"x": ["{{ body }}"] * 100}, {"body": body}, {})
    assert caught.value.code == "trigger_inputs_large"
    with pytest.raises(UserError) as caught:
        filled({"x": "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"}, VALUES, {})
    assert caught.value.code == "template_too_much_work"


@pytest.mark.attack("S-71")
def test_headers_that_may_be_secrets_are_not_shown() -> None:
    shown = {"content-type": "a", "x-github-event": "push", "ce-type": "b", "webhook-id": "c", "user-agent": "d"}
    kept = [
        "authorization", "proxy-authorization", "cookie", "webhook-signature", "x-api-key", "x-auth-request-user", "x-hub-signature-256",
        "x-gitlab-token", "x-amz-security-token", "x-csrf", "x-forwarded-for", "x-atoll-csrf", "x-secret", "host", "forwarded",
    ]  # fmt: skip
    assert shown_headers(shown | dict.fromkeys(kept, "s3cret")) == shown
