#!/usr/bin/env bash
# Builds the Docker image and proves that it works as compose.yaml runs it: as its own user, without
# capabilities, on a read-only root file system. Health check, a tagged upload, delivery, stop, and the
# asset is still there after a start. With a Docker engine by docker; else, as root, by buildah in chroot
# isolation on a base image bootstrapped from Debian, which is kept in .tools/image for the next time.
#
# LENTICULAR_IMAGE_DIR     where base and images are kept (buildah only)
# LENTICULAR_IMAGE_SUITE   Debian release of the base (buildah only; bookworm)
set -euo pipefail
cd "$(dirname "$0")/.."
work="${LENTICULAR_IMAGE_DIR:-$PWD/.tools/image}"
suite="${LENTICULAR_IMAGE_SUITE:-bookworm}"
since=$SECONDS
mkdir -p "$work"
scratch="$(mktemp -d)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
url="http://127.0.0.1:$port"
auth="111:not-a-real-secret"
settings=("LENTICULAR_PORT=$port" LENTICULAR_CLOUD_NAME=acme LENTICULAR_API_KEY=111
  LENTICULAR_API_SECRET=not-a-real-secret)

step() { printf -- '- %3d s  %s\n' "$((SECONDS - since))" "$1"; }

# Set by the engine below: start, stop (fails unless the service ends by itself), confined (whether it runs
# as said above), health, output, discard.
discard() { :; } # until there is something to discard
trap 'discard; rm -rf "$scratch"' EXIT

fail() {
  echo "$1" >&2
  output >&2 || true
  exit 1
}

wait_for_health() {
  for _ in $(seq 200); do
    if curl -fsS -m 2 "$url/healthz" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  fail "the service does not answer"
}

make_photo() { # a licensed photo if the tests' environment is there, else a plain picture
  if .venv/bin/python -c 'import sklearn, skimage' 2>/dev/null; then
    .venv/bin/python -c 'import shutil, sys; from tests import photos; shutil.copy(photos.path("china.jpg"), sys.argv[1])' "$1"
  else
    python3 - "$1" <<'PYTHON'
import struct, sys, zlib
rows = b"".join(b"\0" + bytes(v for x in range(320) for v in (x % 256, y % 256, 90)) for y in range(240))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = struct.pack(">IIBBBBB", 320, 240, 8, 2, 0, 0, 0)
with open(sys.argv[1], "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PYTHON
  fi
}

check_delivery() { # the uploaded bytes come back
  curl -fsS "$url/acme/image/upload/proof" -o "$scratch/delivered" || fail "nothing is delivered"
  cmp "$scratch/photo" "$scratch/delivered" || fail "other bytes are delivered"
}

prove() {
  make_photo "$scratch/photo"
  step "start"
  start
  wait_for_health
  confined || fail "the service may do more than it should"
  health || fail "the image's health check fails"
  step "a tagged upload, and its delivery"
  curl -sS -u "$auth" "$url/v1_1/acme/image/upload" -F "file=@$scratch/photo" -F public_id=proof \
    -F categorization=imagga_tagging -F auto_tagging=0.05 -o "$scratch/reply" || fail "the upload fails"
  python3 - "$scratch/reply" <<'PYTHON' || fail "the reply is not that of a tagged upload: $(head -c 400 "$scratch/reply")"
import json, sys
reply = json.load(open(sys.argv[1]))
answer = reply["info"]["categorization"]["imagga_tagging"]
assert answer["status"] == "complete" and answer["data"] and reply["tags"], reply
print("          ", ", ".join(reply["tags"][:6]), "…")
PYTHON
  check_delivery
  step "stop, and start again"
  stop || fail "the service does not end by itself"
  start
  wait_for_health
  check_delivery
  stop || fail "the service does not end by itself the second time"
  step "the image works"
}

# What pip knows on this machine, for the build: the hosts it installs from, a proxy, the certificates it
# trusts. What points to files of this machine is left out, as a build does not see them.
secrets=()
pip_secrets() {
  local python=python3 certificates=""
  if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
  for file in "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
    if [ -n "$file" ] && [ -f "$file" ]; then certificates="$file"; break; fi
  done
  (umask 077; "$python" -m pip config list 2>/dev/null | python3 -c '
import ast, sys
found = {}
for line in sys.stdin:  # from the weakest source to the strongest
    name, equals, value = line.strip().partition("=")
    if not equals:
        continue
    words = [word for word in str(ast.literal_eval(value)).split() if not word.startswith(("file:", "/"))]
    option = name.rpartition(".")[2]
    if option in ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries") and words:
        found[option] = " ".join(words)
if sys.argv[1]:
    found["cert"] = "/run/cacerts.pem"
print("[global]", *(f"{name} = {value}" for name, value in found.items()), sep="\n")
' "$certificates" > "$scratch/pip.conf")
  secrets=(--secret "id=pipconf,src=$scratch/pip.conf")
  if [ -n "$certificates" ]; then secrets+=(--secret "id=cacerts,src=$certificates"); fi
}

with_docker() {
  step "docker build"
  DOCKER_BUILDKIT=1 docker build -q --network host "${secrets[@]}" -t lenticular . >/dev/null
  local volume="lenticular-proof-$$"
  container="lenticular-proof-$$"
  docker volume create "$volume" >/dev/null
  start() {
    docker run -d --name "$container" --read-only --tmpfs /tmp:mode=1777 --cap-drop ALL \
      --security-opt no-new-privileges -v "$volume:/data" -p "127.0.0.1:$port:$port" \
      "${settings[@]/#/--env=}" lenticular >/dev/null
  }
  stop() {
    docker stop -t 40 "$container" >/dev/null
    local status
    status="$(docker inspect --format '{{.State.ExitCode}}' "$container")"
    docker rm "$container" >/dev/null
    [ "$status" = 0 ] || [ "$status" = 143 ]
  }
  confined() {
    docker exec "$container" sh -c \
      '[ "$(id -u)" = 10001 ] && grep -q "^CapEff:.*0000$" /proc/1/status && ! touch /opt/x 2>/dev/null'
  }
  health() { docker exec "$container" python3 /opt/lenticular/src/scripts/healthcheck.py; }
  output() { docker logs "$container" 2>&1 | tail -30; }
  discard() {
    docker rm -f "$container" >/dev/null 2>&1 || true
    docker volume rm -f "lenticular-proof-$$" >/dev/null 2>&1 || true
  }
  prove
}

make_base() { # a Debian with Python, as an archive
  local archive="$1" root="$scratch/base" mirror=""
  step "bootstrapping a base image: Debian $suite"
  # The mirror that this machine's apt uses, if it has that release.
  mirror="$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null \
    | sed -n "s/^$suite //p" | head -1)" || true
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
    "$suite" "$root" ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 \
    || { tail -20 "$work/debootstrap.log" >&2; exit 1; }
  rm -rf "$root"/var/cache/apt/archives/* "$root"/var/lib/apt/lists/*
  tar -C "$root" --one-file-system --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' \
    -cf "$archive.part" .
  mv "$archive.part" "$archive"
  rm -rf "$root"
}

with_buildah() {
  local base="lenticular-base-$suite" archive="$work/base-$suite.tar" made
  store=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
  [ -f "$archive" ] || make_base "$archive"
  if ! "${store[@]}" inspect --type image "$base" >/dev/null 2>&1; then
    step "importing the base image"
    made="$("${store[@]}" from scratch)"
    "${store[@]}" add -q "$made" "$archive" / >/dev/null
    "${store[@]}" commit -q --rm "$made" "$base" >/dev/null
  fi
  step "building"
  local proxies=() name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [ -n "${!name:-}" ]; then proxies+=(--build-arg "$name=${!name}"); fi
  done
  "${store[@]}" bud -q --isolation chroot --network host --pull-never --layers=false --format docker \
    --build-arg "BASE=localhost/$base" "${secrets[@]}" "${proxies[@]}" -t lenticular . >"$work/build.log" 2>&1 \
    || { tail -30 "$work/build.log" >&2; exit 1; }
  "${store[@]}" rmi --prune >/dev/null 2>&1 || true  # the image of the last time

  container="$("${store[@]}" from --pull-never localhost/lenticular)"
  root="$("${store[@]}" mount "$container")"
  "${store[@]}" inspect --type image localhost/lenticular > "$scratch/image.json"
  mkdir "$scratch/data"
  chmod 755 "$scratch"
  chown 10001:10001 "$scratch/data"
  server=""
  start() {
    env "${settings[@]}" unshare --mount --propagation private \
      python3 scripts/run_read_only.py "$scratch/image.json" "$root" "$scratch/data" \
      >>"$scratch/server.log" 2>&1 &
    server=$!
  }
  stop() {
    local status=0 pid="$server"
    server=""
    kill -TERM "$pid"
    wait "$pid" || status=$?
    [ "$status" = 0 ] || [ "$status" = 143 ]
  }
  confined() {
    grep -Eq '^Uid:(\s10001){4}$' "/proc/$server/status" && grep -Eq '^CapEff:\s0+$' "/proc/$server/status" \
      && grep -Eq '^NoNewPrivs:\s1$' "/proc/$server/status" && ! touch "/proc/$server/root/opt/x" 2>/dev/null
  }
  health() {
    env "${settings[@]}" unshare --mount --propagation private \
      python3 scripts/run_read_only.py --health-check "$scratch/image.json" "$root" "$scratch/data"
  }
  output() { tail -30 "$scratch/server.log"; }
  discard() {
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
    "${store[@]}" rm "$container" >/dev/null 2>&1 || true
  }
  prove
}

pip_secrets
if docker info >/dev/null 2>&1; then
  with_docker
elif [ "$(id -u)" = 0 ] && command -v buildah >/dev/null && command -v debootstrap >/dev/null; then
  with_buildah
else
  echo "This needs a Docker engine; or root with buildah and debootstrap (apt-get install buildah debootstrap)." >&2
  exit 1
fi
