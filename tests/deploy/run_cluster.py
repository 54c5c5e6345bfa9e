"""Every manifest before a real API server, which validates, defaults and admits as a cluster's does: `make test-cluster`.

The server is Kubernetes 1.20, the newest whose whole source Debian has. What has moved to newer API versions since is sent in
the older one. No controller and no node runs: nothing is started.
"""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.test_manifests import VARIANTS, documents, rendered
from tests.product import ROOT, free_port

PROGRAM = Path(os.environ.get("KUBE", ROOT / ".cache" / "kube")) / "bin" / "kube-apiserver"
THEN = {
    "CronJob": "batch/v1beta1",
    "PodDisruptionBudget": "policy/v1beta1",
    "HorizontalPodAutoscaler": "autoscaling/v2beta2",
}
SECONDS = 60.0


class Cluster:
    def __init__(self, folder: Path, port: int, token: str) -> None:
        self.folder, self.port, self.token = folder, port, token

    def kubectl(self, *args: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        server = [f"--server=https://127.0.0.1:{self.port}", "--insecure-skip-tls-verify", f"--token={self.token}"]
        command = ["kubectl", *server, "--kubeconfig=/dev/null", f"--cache-dir={self.folder}/cache", *args]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=120)

    def refuses(self, document: dict[str, Any]) -> str:
        """What the server says against a document; nothing is kept."""
        sent = {**document, "apiVersion": THEN.get(document["kind"], document["apiVersion"])}
        args = ["apply", "--dry-run=server", "--namespace=atoll", "-f", "-"]
        done = self.kubectl(*args, given=json.dumps(sent))
        return "" if done.returncode == 0 else done.stderr


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    assert PROGRAM.is_file(), f"{PROGRAM} is missing: make test-cluster builds it"
    folder = tmp_path_factory.mktemp("kube")
    etcd, peer, port, token = free_port(), free_port(), free_port(), secrets.token_hex(16)
    (folder / "tokens").write_text(f"{token},admin,admin,system:masters\n")
    subprocess.run(["openssl", "genrsa", "-out", str(folder / "sa.key"), "2048"], check=True, capture_output=True)
    at = f"http://127.0.0.1:{etcd}"
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))

        def start(*command: str) -> None:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)

        start(
            shutil.which("etcd") or "/usr/bin/etcd",
            f"--data-dir={folder}/etcd",
            f"--listen-client-urls={at}",
            f"--advertise-client-urls={at}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        )
        start(
            str(PROGRAM),
            f"--etcd-servers={at}",
            f"--secure-port={port}",
            "--insecure-port=0",
            "--bind-address=127.0.0.1",
            f"--cert-dir={folder}/certs",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--service-account-key-file={folder}/sa.key",
            f"--service-account-signing-key-file={folder}/sa.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            f"--token-auth-file={folder}/tokens",
        )
        running = Cluster(folder, port, token)
        end = time.monotonic() + SECONDS
        while running.kubectl("create", "namespace", "atoll").returncode != 0:
            assert time.monotonic() < end, (folder / "log").read_text()[-3000:]
            time.sleep(0.5)
        yield running


@pytest.mark.parametrize("variant", [*VARIANTS, "chart"])
def test_a_real_server_takes_every_document(cluster: Cluster, variant: str) -> None:
    found = rendered() if variant == "chart" else documents(VARIANTS[variant])
    sent = [one for one in found if not one["apiVersion"].startswith("keda.sh")]  # no KEDA is here
    refused = {f"{one['kind']} {one['metadata']['name']}": said for one in sent if (said := cluster.refuses(one))}
    assert not refused, json.dumps(refused, indent=2)
    assert len(sent) >= 15


def test_it_does_refuse(cluster: Cluster) -> None:
    (api,) = [
        one
        for one in documents(VARIANTS["example"])
        if one["kind"] == "Deployment" and "api" in one["metadata"]["name"]
    ]
    text = yaml.safe_dump(api)
    for now, then, reason in (
        ("livenessProbe", "liveProbe", "unknown field"),
        ("containerPort: 8080", "containerPort: 80800", "must be between 1 and 65535"),
        ("app: atoll-api", "app: Atoll/Api/", "valid label"),
        ("cpu: 250m", "cpu: 9", "must be less than or equal to cpu limit"),
    ):
        assert text.count(now)
        assert reason in cluster.refuses(yaml.safe_load(text.replace(now, then)))
