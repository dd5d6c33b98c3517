#!/usr/bin/env bash
# Runs a command beside an S3-compatible server, the Versity Gateway over a folder of its own, on loopback. The command
# gets its address, key and bucket in KITH_TEST_OBJECTS, and there is another bucket, backups; in the end the server is gone, and so is all that it kept.
#
#   objects.sh COMMAND [ARGUMENT…]
#
# Go builds the server once, which takes minutes. KITH_OBJECTS_PORT is its port, else 27070; KITH_CACHE as in README.md.
set -euo pipefail

# shellcheck source=deploy/local/lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
ENGINE=objects
VERSION=v1.8.0
PORT=${KITH_OBJECTS_PORT:-27070}
SERVER=$CACHE_DIR/versitygw-$VERSION

[ $# -ge 1 ] || {
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

if [ ! -x "$SERVER" ]; then
  command -v go >/dev/null || die "the command go is missing, which builds the server (https://go.dev/dl)"
  say "building versitygw $VERSION into $CACHE_DIR"
  # Go compares what it downloads with its public database of checksums.
  GOBIN=$WORK/bin go install "github.com/versity/versitygw/cmd/versitygw@$VERSION"
  mkdir -p "$CACHE_DIR"
  mv "$WORK/bin/versitygw" "$SERVER"
fi

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }
needs_free_port "$PORT" KITH_OBJECTS_PORT
SECRET=$(random 24)
# Every folder within its folder is a bucket.
mkdir -p "$WORK/data/kith" "$WORK/data/backups" "$WORK/sidecar"
ROOT_ACCESS_KEY_ID=kith ROOT_SECRET_ACCESS_KEY=$SECRET "$SERVER" --quiet --port "127.0.0.1:$PORT" \
  posix --sidecar "$WORK/sidecar" "$WORK/data" >"$WORK/log" 2>&1 &
PID=$!
trap 'kill "$PID" 2>/dev/null || true; wait "$PID" 2>/dev/null || true; rm -rf "$WORK"' EXIT
until answers; do
  kill -0 "$PID" 2>/dev/null || {
    sed 's/^/    | /' "$WORK/log" >&2
    die "the server ended before it was ready"
  }
  sleep 0.1
done
export KITH_TEST_OBJECTS="http://kith:$SECRET@127.0.0.1:$PORT/kith"
"$@"
left=$(find "$WORK/data/kith" -type f) # an upload that was given up included
[ -z "$left" ] || die "left on the server: $left"
