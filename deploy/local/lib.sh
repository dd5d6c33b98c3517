# shellcheck shell=bash
# shellcheck disable=SC2034 # the engines' files use what is set here
# What `engines`, `services` and deploy/compose share: messages, secrets, downloads, processes, the verbs for one of
# them. Sourced; does nothing by itself.
#
# A process is known by its pid file under $ENGINES_DIR/run: the pid, and a piece of its command line that no other
# process has (the folder it works in), so that a pid which was given to somebody else is never taken for ours. Each
# runs in a session of its own, so what a killed launcher leaves behind is found by that session.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ENGINES_DIR=${KITH_ENGINES_DIR:-$(cd "$HERE/../.." && pwd -P)/.local/engines}
CACHE_DIR=${KITH_CACHE:-${HOME:-/tmp}/.cache/kith}
READY_SECONDS=${KITH_ENGINES_READY_SECONDS:-180}
STOP_SECONDS=${KITH_ENGINES_STOP_SECONDS:-180}
MAVEN_DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

# --- messages -------------------------------------------------------------------------------------------------------

ENGINE=engines # who speaks; set to the engine's name while it is worked on

say() { printf '%-13s %s\n' "$ENGINE" "$*" >&2; }
die() {
  say "error: $*"
  exit 1
}

# die_with_log FILE MESSAGE: the end of the log first, the reason last, where the eye falls.
die_with_log() {
  say "the last lines of $1:"
  tail -n 25 "$1" 2>/dev/null | sed 's/^/    | /' >&2 || true
  die "$2"
}

# --- what the machine lacks -----------------------------------------------------------------------------------------

LACKS=()    # sentences
PACKAGES=() # Debian packages that would help

lacks() { LACKS+=("$ENGINE: $*"); }

lacks_package() { # PACKAGE SENTENCE
  lacks "$2 (Debian package $1)"
  [[ " ${PACKAGES[*]-} " == *" $1 "* ]] || PACKAGES+=("$1")
}

needs_command() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || lacks_package "$2" "the command $1 is missing"
}

report_lacks() {
  [ ${#LACKS[@]} -gt 0 ] || return 0
  say "this machine lacks:"
  printf '  - %s\n' "${LACKS[@]}" >&2
  if [ ${#PACKAGES[@]} -gt 0 ]; then
    local sudo='sudo '
    if is_root; then sudo=''; fi
    printf 'Install with:\n  %sapt-get install -y %s\nor everything that the tests need with .ci/install\n' "$sudo" "${PACKAGES[*]}" >&2
  fi
  return 1
}

# The java binary of the oldest JDK between two major versions that USER can run, or nothing.
find_java() { # USER MIN MAX
  local home major best='' best_major=999
  local homes=("${KITH_JAVA_HOME:-}" "${JAVA_HOME:-}")
  local name
  for name in $(compgen -v | grep '^JAVA_HOME_' || true); do homes+=("${!name}"); done
  homes+=(/usr/lib/jvm/* /opt/*jdk* /opt/*jvm*/* "${HOME:-/}"/.jdks/* "${HOME:-/}"/.sdkman/candidates/java/*)
  for home in "${homes[@]}"; do
    if [ -z "$home" ] || [ ! -x "$home/bin/java" ] || [ ! -r "$home/release" ]; then continue; fi
    major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [ -z "$major" ] || [ "$major" -lt "$2" ] || [ "$major" -gt "$3" ] || [ "$major" -ge "$best_major" ]; then continue; fi
    as "$1" test -x "$home/bin/java" || continue
    best=$home/bin/java best_major=$major
  done
  printf '%s' "$best"
}

# --- users and folders ----------------------------------------------------------------------------------------------

is_root() { [ "$(id -u)" = 0 ]; }

# RUNNER becomes what has to stand before a command for USER to run it: nothing for an ordinary user, who runs
# everything as himself.
run_as() { # USER
  RUNNER=()
  if is_root && [ "$1" != root ]; then
    RUNNER=(setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups --)
  fi
}

as() { # USER COMMAND…
  local RUNNER
  run_as "$1"
  "${RUNNER[@]}" "${@:2}"
}

# Folders that belong to the user a server runs as.
own() { # USER FOLDER…
  mkdir -p "${@:2}"
  if is_root; then chown -R "$1:$(id -g "$1")" "${@:2}"; fi
}

# Each parent of the state folder must let the server's user through.
needs_reachable() { # USER
  local path=$ENGINES_DIR part='' name
  [[ $path != *[[:space:]]* ]] || lacks "the folder '$path' has a blank in its name, which RabbitMQ cannot take: set KITH_ENGINES_DIR"
  is_root || return 0
  id -u "$1" >/dev/null 2>&1 || return 0 # its package is missing, which is reported elsewhere
  local IFS=/
  for name in $path; do
    [ -n "$name" ] || continue
    part=$part/$name
    [ -e "$part" ] || return 0
    as "$1" test -x "$part" && continue
    lacks "user $1 cannot enter $part (mode $(stat -c %a "$part")): 'chmod o+x $part', or set KITH_ENGINES_DIR to a folder it can reach"
    return 0
  done
}

home_of() { printf '%s/%s' "$ENGINES_DIR" "$1"; }

# --- secrets --------------------------------------------------------------------------------------------------------

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; } # BYTES, as hexadecimal digits

secret_file() { printf '%s/secrets/%s' "$ENGINES_DIR" "$1"; }
secret() { cat "$(secret_file "$1")"; }

# Makes the password of an engine once. DATA is what shows that the engine already has one inside.
make_secret() { # NAME DATA
  local file
  file=$(secret_file "$1")
  [ ! -s "$file" ] || return 0
  [ ! -e "$2" ] || die "the password file $file is gone, but $2 was made with it. Put the file back, or start empty: rm -rf $(home_of "$1")"
  (
    umask 077
    mkdir -p "$ENGINES_DIR/secrets"
    random 32 >"$file.new"
    mv "$file.new" "$file"
  )
}

password_in() { sed -E 's|^[a-z]+://[^:]+:([^@]*)@.*|\1|' <<<"$1"; } # ADDRESS

# In double quotes, as TOML and curl read them.
quoted() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# curl_as USER PASSWORD METHOD JSON ARGUMENT…: passwords, which the body may hold too, go in by standard input, so they
# are on no command line.
curl_as() {
  {
    printf 'user = "%s:%s"\nrequest = "%s"\n' "$1" "$2" "$3"
    [ -z "$4" ] || printf 'header = "content-type: application/json"\ndata = %s\n' "$(quoted "$4")"
  } | curl -sS -K - --max-time 10 "${@:5}"
}

# --- ports ----------------------------------------------------------------------------------------------------------

# record_ports NAME=PORT…: what the engine is started with, so that `env` tells the truth whatever is set now.
record_ports() { printf '%s\n' "$@" >"$(home_of "$ENGINE")/ports"; }
recorded_port() { sed -n "s/^$2=//p" "$(home_of "$1")/ports"; } # ENGINE NAME

needs_free_port() { # PORT SETTING
  [[ $1 =~ ^[1-9][0-9]{3,4}$ && $1 -ge 1024 && $1 -le 65535 ]] || die "$2 is '$1'; expected a port between 1024 and 65535"
  local holder pid deadline=$((SECONDS + 10))
  while (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    holder=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1, pid \2/p' | head -n 1)
    pid=${holder##* }
    # Killed a moment ago, it has no command line any more, but keeps its ports until its memory is given back.
    if [ $SECONDS -ge $deadline ] || [ -n "$(tr -d '\0' <"/proc/${pid:-none}/cmdline" 2>/dev/null || true)" ]; then
      die "port $1 is taken${holder:-}: stop that, or choose another port with $2"
    fi
    sleep 0.1
  done
}

# --- downloads ------------------------------------------------------------------------------------------------------

# One SHA-256 over the names and contents of all files of a folder.
tree_digest() {
  [ -d "$1" ] || return 0
  (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1)
}

# provide NAME DIGEST FETCH TARGET: TARGET holds exactly the files that DIGEST names, taken from the cache, which
# `FETCH FOLDER WORKDIR` fills once. What is used is verified on every start, not only when downloaded.
provide() {
  local name=$1 digest=$2 fetch=$3 target=$4 kept=$CACHE_DIR/$1 found
  [ "$(tree_digest "$target")" != "$digest" ] || return 0
  mkdir -p "$CACHE_DIR"
  (
    flock 8
    [ "$(tree_digest "$kept")" != "$digest" ] || exit 0
    [ ! -e "$kept" ] || say "$kept is not what it should be; downloading again"
    local work began=$SECONDS
    rm -rf "$CACHE_DIR/.$name.download".* # of one that was killed
    work=$(mktemp -d "$CACHE_DIR/.$name.download.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now is meant
    trap "rm -rf '$work'" EXIT
    say "downloading $name into $CACHE_DIR"
    "$fetch" "$work/files" "$work" || die "downloading $name failed"
    found=$(tree_digest "$work/files")
    [ "$found" = "$digest" ] || die "$name has the digest $found, expected $digest: nothing of it is used"
    rm -rf "$kept"
    mv "$work/files" "$kept"
    say "downloaded in $((SECONDS - began)) s"
  ) 8>"$CACHE_DIR/.$name.lock"
  rm -rf "$target" "$target.new"
  mkdir -p "$(dirname "$target")"
  cp -R "$kept" "$target.new"
  chmod -R a+rX "$target.new"
  found=$(tree_digest "$target.new")
  [ "$found" = "$digest" ] || die "the copy of $kept has the digest $found, expected $digest (disk full?)"
  mv "$target.new" "$target"
}

# Maven with a throwaway repository, strict about checksums, silent unless it fails.
maven() { # WORKDIR ARGUMENT…
  local work=$1
  shift
  mvn -B -ntp -q -C -Dstyle.color=never -Dmaven.repo.local="$work/m2" "$@" >"$work/maven.log" 2>&1 ||
    die_with_log "$work/maven.log" "maven failed"
}

# --- processes ------------------------------------------------------------------------------------------------------

pid_file() { printf '%s/run/%s.pid' "$ENGINES_DIR" "$1"; }
log_file() { printf '%s/%s/logs/%s.log' "$ENGINES_DIR" "$ENGINE" "$1"; }

# spawn NAME USER MARK COMMAND…: in a session of its own, output to the log. MARK must be in COMMAND.
spawn() {
  local name=$1 user=$2 mark=$3 log RUNNER
  shift 3
  log=$(log_file "$name")
  mkdir -p "$(dirname "$log")" "$ENGINES_DIR/run"
  [ ! -e "$log" ] || mv -f "$log" "$log.1"
  run_as "$user"
  (cd / && exec setsid "${RUNNER[@]}" "$@") >"$log" 2>&1 </dev/null 9>&- &
  printf '%s\n%s\n' "$!" "$mark" >"$(pid_file "$name")"
  # Until the command has taken the shell's place it bears no mark, and would be taken for dead.
  until is_marked "$!" "$mark" || ! lives "$!"; do sleep 0.01; done
}

lives() { grep -Eqs '^State:[[:space:]]+[^ZX[:space:]]' "/proc/$1/status"; } # PID

# The living members of the session that a process leads, leader included.
members() { # PID
  ps -o pid=,stat= -s "$1" 2>/dev/null | awk '$2 !~ /^[ZX]/ { print $1 }' || true
}

is_marked() { # PID MARK
  lives "$1" && { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null | grep -qF -- "$2"
}

# Sets PID and MARK to what the pid file says, which by itself proves nothing.
recorded() { { read -r PID && read -r MARK; } 2>/dev/null <"$(pid_file "$1")"; } # NAME

# Prints the pid of a process of ours that runs.
running() { # NAME
  local PID MARK
  recorded "$1" && is_marked "$PID" "$MARK" && printf '%s' "$PID"
}

# What a leader that was killed left behind: the rest of its session, if any of it bears the mark.
leftovers() { # NAME
  local PID MARK member
  recorded "$1" || return 0
  for member in $(members "$PID"); do
    if is_marked "$member" "$MARK"; then
      members "$PID"
      return 0
    fi
  done
}

# The memory of a whole session; what its processes share counts once.
memory_mb() { # NAME
  local PID MARK member
  recorded "$1" || return 0
  for member in $(members "$PID"); do cat "/proc/$member/smaps_rollup" 2>/dev/null || true; done |
    awk '/^Pss:/ { sum += $2 } END { printf "%d", sum / 1024 }'
}

# stop NAME [SIGNAL]: asks the leader to end (or what it left), and waits until the whole session is gone.
stop() {
  local name=$1 signal=${2:-TERM} file pid left deadline=$((SECONDS + STOP_SECONDS))
  file=$(pid_file "$name")
  if pid=$(running "$name"); then
    kill -s "$signal" "$pid" 2>/dev/null || true
  else
    left=$(leftovers "$name")
    if [ -z "$left" ]; then
      rm -f "$file"
      return 1
    fi
    pid=$(head -n 1 "$file")
    say "the process $pid is gone but left ${left//$'\n'/ } behind; ending these"
    # shellcheck disable=SC2086 # a list of pids
    kill -s TERM $left 2>/dev/null || true
  fi
  while [ -n "$(members "$pid")" ]; do
    [ $SECONDS -lt $deadline ] || die "$name: still there $STOP_SECONDS s after SIG$signal: $(members "$pid" | tr '\n' ' ')(kill -9 them if you must)"
    sleep 0.1
  done
  rm -f "$file"
}

# --- verbs ----------------------------------------------------------------------------------------------------------

# What is done with one process, by the functions of whoever sources this: start, is_ready, where, trouble and end, each
# of NAME.

# await NAME: until it is ready, it died, or time is up.
await() {
  local PID MARK deadline=$((SECONDS + READY_SECONDS)) log
  log=$(log_file "$1")
  until is_ready "$1"; do
    # Its mark is no proof yet: while it becomes another program it has no command line.
    { recorded "$1" && lives "$PID"; } || die_with_log "$log" "the server ended before it was ready"
    [ $SECONDS -lt $deadline ] || die_with_log "$log" "not ready after $READY_SECONDS s (KITH_ENGINES_READY_SECONDS sets how long to wait); it still runs"
    sleep 0.2
  done
}

up_one() { # NAME
  local pid began=$SECONDS
  ENGINE=$1
  if pid=$(running "$1"); then
    await "$1"
    say "already running, pid $pid, $(where "$1")"
    return 0
  fi
  if stop "$1"; then say "cleared what an earlier run left"; fi # also removes a stale pid file
  start "$1"
  await "$1"
  say "ready after $((SECONDS - began)) s, pid $(running "$1"), $(where "$1")"
}

end_one() { # NAME
  local began=$SECONDS
  ENGINE=$1
  if end "$1"; then say "ended within $((SECONDS - began + 1)) s"; else say "not running"; fi
}

status_one() { # NAME
  local pid
  ENGINE=$1
  pid=$(running "$1") || {
    say "not running"
    return 1
  }
  is_ready "$1" || {
    say "pid $pid runs but is not ready: $(trouble "$1")"
    return 1
  }
  say "running, pid $pid, $(memory_mb "$1") MB, $(where "$1")"
}

# each FUNCTION NAME…: side by side, so the slowest sets the time. Not where a failure is asked for, as in a condition:
# there bash would go on after errors within.
each() {
  local name pid pids=() failed=0
  for name in "${@:2}"; do
    ("$1" "$name") &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || die "not all of them; 'status' says which"
}

in_turn() { # FUNCTION NAME…
  local name failed=0
  for name in "${@:2}"; do ("$1" "$name") || failed=1; done
  return $failed
}
