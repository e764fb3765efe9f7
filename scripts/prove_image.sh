#!/usr/bin/env bash
# Builds the Docker image and tries it: health, a tagged upload, stop. With a Docker engine by docker, else by
# buildah in chroot isolation on a base image bootstrapped from Debian (as root).
set -euo pipefail
cd "$(dirname "$0")/.."
work="${LENTICULAR_IMAGE_DIR:-$PWD/.tools/image}"
mkdir -p "$work"
port=18431
photo="$work/photo.jpg"

step() { printf -- '--- %s\n' "$1"; }

try_upload() { # answers on $port
  for _ in $(seq 100); do
    if curl -fsS "http://127.0.0.1:$port/healthz" >/dev/null 2>&1; then break; fi
    sleep 0.3
  done
  step "a tagged upload"
  reply="$(curl -fsS -u 111:not-a-real-secret "http://127.0.0.1:$port/v1_1/acme/image/upload" \
    -F "file=@$photo" -F categorization=imagga_tagging -F auto_tagging=0.1)"
  printf '%.300s …\n' "$reply"
  grep -q '"status":"complete"' <<<"$reply"
}

make_photo() { # a real photo if the tests' environment is there, else a plain picture
  if [ -x .venv/bin/python ] && .venv/bin/python -c 'import sklearn' 2>/dev/null; then
    .venv/bin/python -c "import shutil; from tests import photos; shutil.copy(photos.path('china.jpg'), '$photo')"
  else
    base64 -d > "$photo" <<'JPEG'
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=
JPEG
  fi
}

settings=(LENTICULAR_PORT=$port LENTICULAR_CLOUD_NAME=acme LENTICULAR_API_KEY=111 LENTICULAR_API_SECRET=not-a-real-secret)
make_photo

if docker info >/dev/null 2>&1; then
  step "docker build"
  docker build -q -t lenticular .
  id="$(docker run -d --rm --read-only --tmpfs /tmp -v lenticular-proof:/data -p "127.0.0.1:$port:$port" \
    "${settings[@]/#/--env=}" lenticular)"
  trap 'docker stop "$id" >/dev/null; docker volume rm -f lenticular-proof >/dev/null' EXIT
  try_upload
  exit 0
fi

store=(buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs)
if [ ! -f "$work/base.tar" ]; then
  step "bootstrapping a base image"
  rm -rf "$work/base"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
    "${LENTICULAR_IMAGE_SUITE:-bookworm}" "$work/base" >"$work/debootstrap.log" 2>&1 \
    || { tail -20 "$work/debootstrap.log" >&2; exit 1; }
  rm -rf "$work/base/var/cache/apt/archives" "$work/base/var/lib/apt/lists" "$work/base/dev"
  mkdir -p "$work/base/dev"
  tar -C "$work/base" -cf "$work/base.tar" .
  rm -rf "$work/base"
fi
if ! "${store[@]}" inspect --type image lenticular-base >/dev/null 2>&1; then
  step "importing the base image"
  container="$("${store[@]}" from scratch)"
  "${store[@]}" add -q "$container" "$work/base.tar" /
  "${store[@]}" commit -q "$container" lenticular-base >/dev/null
  "${store[@]}" rm "$container" >/dev/null
fi

step "building"
# pip's settings of this machine, if there are any, and the certificates that it trusts.
pip config list 2>/dev/null | sed -n "s/^global\.\(.*\)='\(.*\)'$/\1 = \2/p" > "$work/pip.options" || true
{ echo "[global]"; grep -vE '^(cert|extra-index-url|find-links) ' "$work/pip.options" || true; } > "$work/pip.conf"
secrets=(--secret "id=pipconf,src=$work/pip.conf")
[ -f /etc/ssl/certs/ca-certificates.crt ] && secrets+=(--secret "id=cacerts,src=/etc/ssl/certs/ca-certificates.crt")
network=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_INDEX_URL; do
  [ -n "${!name:-}" ] && network+=(--build-arg "$name=${!name}")
done
"${store[@]}" bud -q --isolation chroot --network host --pull-never --layers=false --build-arg BASE=localhost/lenticular-base \
  "${secrets[@]}" "${network[@]}" -t lenticular . >/dev/null

step "running as the image's user on a read-only root"
container="$("${store[@]}" from --pull-never localhost/lenticular)"
data="$work/data"
rm -rf "$data"; mkdir -p "$data"; chown 10001:10001 "$data"
env_options=("${settings[@]/#/--env=}")
setsid "${store[@]}" run --isolation chroot --network host --volume "$data:/data:rw" "${env_options[@]}" \
  "$container" -- lenticular serve >"$work/server.log" 2>&1 &
server=$!
cleanup() {
  kill -TERM -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  "${store[@]}" rm "$container" >/dev/null 2>&1 || true
}
trap cleanup EXIT
try_upload || { tail -30 "$work/server.log" >&2; exit 1; }
user="$("${store[@]}" run --isolation chroot "$container" -- id -u)"
[ "$user" = 10001 ] || { echo "runs as user $user" >&2; exit 1; }
step "the image works"
