"""The rules alone: how a URL is read, what an address is, and what an administrator can allow."""

import ipaddress

import pytest

from atoll.kit.addresses import BadUrl, Blocked, EgressRules, kind, parse_url


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://Example.COM.:8443/A?b=c#d", "https://example.com:8443/A?b=c"),
        ("http://example.com?q=1", "http://example.com/?q=1"),
        ("https://例子.测试/路径?q=天气 预报", "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%E5%BE%84?q=%E5%A4%A9%E6%B0%94%20%E9%A2%84%E6%8A%A5"),
        ("http://example.com/a%20b\\c", "http://example.com/a%20b%5Cc"),
        ("http://[2606:4700::1111]:80/", "http://[2606:4700::1111]:80/"),
        ("http://my_service.internal/x", "http://my_service.internal/x"),
    ],
)  # fmt: skip
def test_one_reading(url: str, text: str) -> None:
    assert parse_url(url).text == text


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("/c", "http://a.example/c"),
        ("c?x=é", "http://a.example/b/c?x=%C3%A9"),
        ("//b.example/c", "http://b.example/c"),
        ("?d", "http://a.example/b/?d"),
        ("https://b.example", "https://b.example/"),
    ],
)
def test_relative_to_a_base(location: str, text: str) -> None:
    assert parse_url(location, base="http://a.example/b/").text == text


@pytest.mark.parametrize("location", ["file:///etc/passwd", "\\\\b.example\\c", "//a@b.example", "javascript:alert(1)"])
def test_bad_redirects(location: str) -> None:
    with pytest.raises(BadUrl):
        parse_url(location, base="http://a.example/b/")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", None),
        ("2606:4700:4700::1111", None),
        ("64:ff9b::808:808", None),
        ("127.8.9.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::127.0.0.1", "loopback"),
        ("::ffff:0:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("64:ff9b:1::7f00:1", "reserved"),
        ("2001:0:7f00:1::", "reserved"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "private"),
        ("64:ff9b::a01:203", "private"),
        ("fd12::1", "private"),
        ("169.254.169.254", "metadata"),
        ("::ffff:169.254.169.254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "nowhere"),
        ("::", "nowhere"),
        ("192.0.2.1", "reserved"),
        ("240.0.0.1", "reserved"),
        ("2001:db8::1", "reserved"),
        ("2002:808:808::", "reserved"),
    ],
)
@pytest.mark.attack("S-32")
def test_kinds(address: str, expected: str | None) -> None:
    assert kind(ipaddress.ip_address(address)) == expected


@pytest.mark.parametrize(
    ("allow", "host", "port", "address", "good"),
    [
        (False, "a.test", 80, "10.0.0.1", False),
        (True, "a.test", 80, "10.0.0.1", True),
        (True, "a.test", 80, "169.254.169.254", False),
        (("169.254.0.0/16", "a.test"), "a.test", 80, "169.254.169.254", False),
        (("10.0.0.0/8",), "a.test", 80, "10.0.0.1", True),
        (("10.0.0.0/8",), "a.test", 80, "::ffff:10.0.0.1", True),
        (("10.0.0.0/8",), "a.test", 80, "192.168.0.1", False),
        (("a.test",), "a.test", 9999, "192.168.0.1", True),
        (("a.test:80",), "a.test", 80, "192.168.0.1", True),
        (("a.test:80",), "a.test", 81, "192.168.0.1", False),
        (("a.test:80",), "b.test", 80, "192.168.0.1", False),
        (("[::1]:80",), "::1", 80, "::1", True),
        (("fd00::/8",), "a.test", 80, "fd12::1", True),
    ],
)
def test_what_can_be_allowed(allow: bool | tuple[str, ...], host: str, port: int, address: str, good: bool) -> None:
    rules = EgressRules(allow_private=allow)
    if good:
        rules.check_address(host, port, address)
        return
    with pytest.raises(Blocked) as caught:
        rules.check_address(host, port, address)
    # the name that was asked for, not what it resolved to
    assert host in str(caught.value) and address not in str(caught.value).replace(host, "")


def test_only_one_service() -> None:
    rules = EgressRules.only("http://LocalHost:11434/v1")
    rules.check_host("localhost")
    rules.check_address("localhost", 11434, "127.0.0.1")
    for call in (
        lambda: rules.check_host("example.com"),
        lambda: rules.check_address("localhost", 22, "127.0.0.1"),
        lambda: rules.check_address("localhost", 11434, "169.254.169.254"),
    ):
        with pytest.raises(Blocked):
            call()


def test_wildcard_hosts() -> None:
    rules = EgressRules(allow_hosts=("api.example.com", "*.example.org"))
    for host in ("api.example.com", "a.example.org", "a.b.example.org"):
        rules.check_host(host)
    for host in ("example.com", "example.org", "evil-example.org", "api.example.com.evil.net"):
        with pytest.raises(Blocked):
            rules.check_host(host)
