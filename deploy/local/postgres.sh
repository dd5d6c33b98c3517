# shellcheck shell=bash
# PostgreSQL 15 or newer from Debian: scram passwords, fsync on, loopback and a socket inside the state folder.

POSTGRES_USER=postgres
POSTGRES_MIN=15

# The folder of the server's programs: the version that made the data, else the newest.
postgres_bin() {
  local made bin best='' version
  made=$(home_of postgres)/data/PG_VERSION
  for bin in ${KITH_POSTGRES_BIN:+"$KITH_POSTGRES_BIN"} /usr/lib/postgresql/*/bin; do
    if [ ! -x "$bin/postgres" ] || [ ! -x "$bin/initdb" ]; then continue; fi
    version=$("$bin/postgres" --version | sed -n 's/^[^0-9]*\([0-9]*\).*/\1/p')
    [ "$version" -ge $POSTGRES_MIN ] || continue
    if [ -r "$made" ]; then
      [ "$version" = "$(cat "$made")" ] || continue
    fi
    best=$bin
  done
  printf '%s' "$best"
}

postgres_check() {
  local socket
  socket=$(home_of postgres)/socket/.s.PGSQL.65535
  [ -n "$(postgres_bin)" ] || lacks_package postgresql-15 "no PostgreSQL $POSTGRES_MIN or newer (of the version that made $(home_of postgres)/data, if that exists)"
  needs_command psql postgresql-client-15
  [ ${#socket} -le 107 ] || lacks "the folder's path is too long for a socket ($socket, at most 107 bytes): set KITH_ENGINES_DIR"
  needs_reachable $POSTGRES_USER
}

postgres_start() {
  local home bin port=${KITH_POSTGRES_PORT:-25432}
  home=$(home_of postgres) bin=$(postgres_bin)
  needs_free_port "$port" KITH_POSTGRES_PORT
  make_secret postgres "$home/data"
  [ -e "$home/data" ] || postgres_initdb "$home" "$bin"
  postgres_unlock "$home"
  own $POSTGRES_USER "$home/socket"
  local tls=()
  if [ -n "${KITH_POSTGRES_TLS:-}" ]; then # a folder with cert.pem and key.pem
    mkdir -p "$home/tls"
    cp "$KITH_POSTGRES_TLS"/{cert,key}.pem "$home/tls/" || die "KITH_POSTGRES_TLS: $KITH_POSTGRES_TLS must hold cert.pem and key.pem"
    chmod 600 "$home"/tls/{cert,key}.pem
    own $POSTGRES_USER "$home/tls"
    tls=(-c ssl=on -c ssl_cert_file="$home/tls/cert.pem" -c ssl_key_file="$home/tls/key.pem")
  fi
  record_ports sql="$port"
  # A client that stops in the middle of signing in holds up every DROP DATABASE for as long as it is waited for.
  spawn postgres $POSTGRES_USER "$home/data" env -i PATH="$PATH" LANG=C.UTF-8 \
    "$bin/postgres" -D "$home/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$home/socket" -c max_connections=200 -c fsync=on -c synchronous_commit=on \
    -c authentication_timeout=5s \
    -c log_line_prefix='%m [%p] ' "${tls[@]}"
}

# All or nothing: a data folder half made is thrown away by the next attempt.
postgres_initdb() { # HOME BIN
  local new=$1/data.new words=$1/initdb
  rm -rf "$new" "$words"
  mkdir -p "$1/logs"
  own $POSTGRES_USER "$new" "$words"
  chmod 700 "$words"
  (umask 077 && secret postgres >"$words/password")
  own $POSTGRES_USER "$words"
  (cd / && as $POSTGRES_USER "$2/initdb" -D "$new" -U kith -A scram-sha-256 --pwfile="$words/password" \
    -E UTF8 --locale=C.UTF-8 --data-checksums) >"$1/logs/initdb.log" 2>&1 ||
    die_with_log "$1/logs/initdb.log" "initdb failed"
  rm -rf "$words"
  mv "$new" "$1/data"
}

# A killed server leaves locks that name its pid. PostgreSQL sees through them unless the pid still exists: as a zombie
# that nobody collects (in containers), or because another process got it. Then the locks are ours to remove.
postgres_unlock() { # HOME
  local pid deadline=$((SECONDS + 10))
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 0
  if [ ! -e "/proc/$pid" ] || is_marked "$pid" "$1/data"; then return 0; fi
  if grep -qs '^State:[[:space:]]*Z' "/proc/$pid/status"; then
    while [ -n "$(members "$pid")" ]; do # its children end when they notice
      [ $SECONDS -lt $deadline ] || die "the server $pid is dead but its children are not: $(members "$pid" | tr '\n' ' ')"
      sleep 0.1
    done
  fi
  rm -f "$1/data/postmaster.pid" "$1"/socket/.s.PGSQL.*
}

# A query in the database that the tests are given, which the first answer brings into being.
postgres_ready() {
  local found PGOPTIONS='-c statement_timeout=5s'
  export PGOPTIONS
  found=$(postgres_sql postgres <<<"SELECT count(*) FROM pg_database WHERE datname = 'kith'" 2>/dev/null) || return 1
  [ "$found" = 1 ] || postgres_sql postgres <<<'CREATE DATABASE kith' 2>/dev/null || return 1
  [ "$(postgres_sql kith <<<'SELECT 1' 2>/dev/null)" = 1 ]
}

# SIGINT is its fast shutdown; SIGTERM would wait until the last client has gone.
postgres_stop() { stop postgres INT; }

postgres_env() {
  printf "export KITH_TEST_POSTGRES='postgres://kith:%s@127.0.0.1:%s/kith'\n" "$(secret postgres)" "$(recorded_port postgres sql)"
}
