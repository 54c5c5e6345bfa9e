"""What to do with the files that were written: a page for who gets the folder."""

_SECRETS = """```bash
kubectl create secret generic atoll-secrets -n {namespace} \\
  --from-literal=ATOLL_SECRETS_KEY="$(openssl rand -base64 32)" \\
  --from-literal=ATOLL_METRICS_TOKEN="$(openssl rand -hex 24)"{more}
kubectl create secret tls atoll-tls -n {namespace} --cert=tls.crt --key=tls.key
```

Keep a copy of ATOLL_SECRETS_KEY outside of the cluster: without it no stored secret can be read again."""
_RUNNER = """

The code of code nodes runs in pods of its own, which are told apart from others by a certificate made for them alone:

```bash
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \\
  -subj /CN=atoll-runner -addext subjectAltName=DNS:atoll-runner -keyout runner.key -out runner.crt
kubectl create secret tls atoll-runner-tls -n {namespace} --cert=runner.crt --key=runner.key
```"""
_DATABASE = """

```bash
kubectl create secret generic db-secret -n {namespace} --from-literal=url='postgresql://user:password@host:5432/atoll'
```"""


def _secrets(namespace: str, *, database: bool, redis: bool, runner: bool = False) -> str:
    more = " \\\n  --from-literal=REDIS_URL='redis://:password@host:6379/0'" if redis else ""
    more += ' \\\n  --from-literal=ATOLL_RUNNER_TOKEN="$(openssl rand -hex 32)"' if runner else ""
    parts = [_SECRETS.format(namespace=namespace, more=more)]
    parts += [part.format(namespace=namespace) for part, wanted in ((_DATABASE, database), (_RUNNER, runner)) if wanted]
    return "".join(parts)


def whole(namespace: str, *, runner: bool) -> str:
    first = "-f runner.yaml " if runner else ""
    return f"""# Atoll in the namespace {namespace}

No secret is in these files. Once:

```bash
kubectl apply -f namespace.yaml
```

{_secrets(namespace, database=True, redis=True, runner=runner)}

First, and with every new version: the configuration, then the migration, then the rest. A migration that fails stops here.

```bash
kubectl apply -n {namespace} -f config.yaml -f network.yaml -f volumes.yaml
kubectl delete -n {namespace} job atoll-migrate --ignore-not-found
kubectl apply -n {namespace} -f migrate.yaml
kubectl wait -n {namespace} --for=condition=complete --timeout=30m job/atoll-migrate
kubectl apply -n {namespace} {first}-f api.yaml -f worker.yaml -f scheduler.yaml -f web.yaml -f backup.yaml
kubectl rollout status -n {namespace} deployment/atoll-api
```
"""


def branch(name: str, namespace: str, domain: str, database: bool) -> str:
    kept = "in your PostgreSQL and the volume `atoll-data`" if database else "in the volume `atoll-data`"
    return f"""# Atoll at {name}

One process with everything, nginx with the firewall before it, at https://{domain}. What it keeps is {kept}.
No secret is in these files. Once:

```bash
kubectl apply -f namespace.yaml
```

{_secrets(namespace, database=database, redis=False)}

Then, and with every new version:

```bash
kubectl apply -n {namespace} -f .
kubectl rollout status -n {namespace} deployment/atoll-api
kubectl logs -n {namespace} deployment/atoll-api | grep setup_word   # the token for setting up
```

`network.yaml` refuses every connection that it does not name.
"""


def compose(name: str, domain: str) -> str:
    return f"""# Atoll at {name}

One process with everything, nginx with the firewall before it, at https://{domain}. What it keeps is in the volume `data`.
No secret is in these files. Put the certificate here, then start:

```bash
mkdir -m 700 secrets        # tls.crt and tls.key go in here
chmod 444 secrets/tls.key   # the folder is yours alone; the container's user reads the file
docker compose up --detach
docker compose logs api     # the token for setting up
```

Compose does not bound where the containers connect to. Where only some addresses may be reached, bound it in the host's
firewall, or use Kubernetes.
"""
