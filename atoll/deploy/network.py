"""The network: services, the way in, and who may speak with whom."""

from typing import Any

from atoll.deploy.pods import COMPONENT, metadata, selector
from atoll.deploy.values import Values

SERVERS = ["api", "worker", "scheduler", "migrate", "backup"]

# nginx behind an Ingress that ends TLS. Its own policy lets nobody else in, so a private sender's word on a caller's
# address is taken.
SITE = """
upstream atoll {
  server atoll-api:8080;
  keepalive 32;
}

set_real_ip_from 10.0.0.0/8;
set_real_ip_from 100.64.0.0/10;
set_real_ip_from 172.16.0.0/12;
set_real_ip_from 192.168.0.0/16;
set_real_ip_from fc00::/7;
real_ip_header X-Forwarded-For;

# Nobody elsewhere calls from this pod: Atoll lets the one who sits at its own machine set it up.
map "$realip_remote_addr $remote_addr" $pretends {
  default 0;
  "~^(127\\.|::1 )" 0;
  "~ (127\\.|::1$)" 1;
}

server {
  listen 8080 default_server;
  server_name _;
  root /app/web/dist;
  if ($pretends) {
    return 403;
  }
  include door.conf;
}
""".lstrip()


def service(component: str, port: str = "http") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(component, component),
        "spec": {
            "selector": {"app": f"atoll-{component}"},
            "ports": [{"name": port, "port": 8080, "targetPort": port}],
        },
    }


def ingress(v: Values) -> dict[str, Any]:
    to_web = {"service": {"name": "atoll-web", "port": {"name": "http"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {**metadata("web", "web"), "annotations": v.ingress.annotations},
        "spec": {
            "ingressClassName": v.ingress.class_name,
            "tls": [{"hosts": [v.domain], "secretName": v.ingress.tls_secret}],
            "rules": [{"host": v.domain, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": to_web}]}}],
        },
    }


def site() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("site", "web"), "data": {"site.conf": SITE}}


def policy(name: str, components: list[str], spec: dict[str, Any]) -> dict[str, Any]:
    chosen = {"matchExpressions": [{"key": COMPONENT, "operator": "In", "values": components}]} if components else {}
    ways = [way.capitalize() for way in ("ingress", "egress") if way in spec] or ["Ingress", "Egress"]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"atoll-{name}", "labels": {"app.kubernetes.io/part-of": "atoll"}},
        "spec": {"podSelector": chosen, "policyTypes": ways, **spec},
    }


def port(number: Any, protocol: str = "TCP") -> dict[str, Any]:
    return {"protocol": protocol, "port": number}


def nothing() -> dict[str, Any]:
    """Nobody in this namespace speaks with anybody, but for what the other policies allow."""
    return policy("nothing", [], {})


def dns(v: Values) -> dict[str, Any]:
    """For all but the runner, which looks nothing up: a name can carry data out."""
    made = policy("dns", [], {"egress": [{"to": v.network.dns, "ports": [port(53, "UDP"), port(53)]}]})
    others = {"key": COMPONENT, "operator": "NotIn", "values": ["runner"]}
    made["spec"]["podSelector"] = {"matchExpressions": [others]}
    return made


def runner() -> list[dict[str, Any]]:
    """Who may have code run. The runner itself may connect to nobody."""
    callers = [{"podSelector": selector(one)} for one in ("api", "worker")]
    to = [{"podSelector": selector("runner")}]
    return [
        policy("runner", ["runner"], {"ingress": [{"from": callers, "ports": [port("code")]}]}),
        policy("to-runner", ["api", "worker"], {"egress": [{"to": to, "ports": [port("code")]}]}),
    ]


def web(v: Values) -> dict[str, Any]:
    return policy(
        "web",
        ["web"],
        {
            "ingress": [{"from": v.network.ingress, "ports": [port("http")]}],
            "egress": [{"to": [{"podSelector": selector("api")}], "ports": [port("http")]}],
        },
    )


def api(v: Values) -> dict[str, Any]:
    return policy("api", ["api"], {"ingress": [{"from": [{"podSelector": selector("web")}], "ports": [port("http")]}]})


def monitoring(v: Values) -> dict[str, Any]:
    """/metrics, which has a token of its own."""
    watched = ["api", "worker", "scheduler"]
    return policy("monitoring", watched, {"ingress": [{"from": v.network.monitoring, "ports": [port("http")]}]})


def destinations(v: Values) -> list[tuple[Any, dict[str, Any]]]:
    """(destination, policy) of everything that servers may connect to."""
    found = []
    for name, components in (
        ("database", SERVERS),
        ("redis", ["api", "worker", "scheduler"]),
        ("vectors", ["api", "worker", "scheduler", "backup"]),
        ("objects", ["api", "worker", "scheduler", "backup"]),
        ("models", ["api", "worker"]),
        ("more", ["api", "worker"]),
    ):
        place = getattr(v.network, name)
        if place is not None:
            rule = {"to": place.to, "ports": [port(place.port)]}
            found.append((place, policy(f"to-{name}", components, {"egress": [rule]})))
    return found
