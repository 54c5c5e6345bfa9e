#!/bin/sh
# Makes what is missing in secrets/: passwords, addresses with passwords, the key of stored secrets, the runner's certificate. Changes nothing that is there.
# The folder is its owner's alone; the files in it can be read by whoever gets into a container that mounts them.
set -eu
mkdir -p secrets
chmod 700 secrets
cd secrets
write() { test -e "$1" || { printf '%s\n' "$2" > "$1"; chmod 444 "$1"; }; }
write postgres_password "$(openssl rand -hex 24)"
write database_url "postgresql://atoll:$(cat postgres_password)@postgres:5432/atoll"
test -e redis.conf || { word=$(openssl rand -hex 24)
  write redis.conf "save \"\"
appendonly no
protected-mode no
requirepass $word"
  write redis_url "redis://:$word@redis:6379/0"; }
write secrets_key "$(openssl rand -base64 32)"
write runner_token "$(openssl rand -hex 32)"
test -e runner.crt || { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=runner -addext subjectAltName=DNS:runner -keyout runner.key -out runner.crt 2>/dev/null
  chmod 444 runner.crt runner.key; }
chmod 444 tls.key 2>/dev/null || true
for name in tls.crt tls.key; do test -e $name || echo "Still missing: secrets/$name"; done
