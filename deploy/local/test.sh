#!/usr/bin/env bash
# Tries `engines` on this machine: real writes and reads, restarts, and things that break. Uses a folder and ports of
# its own, so engines that already run are left alone. Takes three to five minutes on two cores, and the downloads at first.
#
#   deploy/local/test.sh
set -euo pipefail

WORK=$(mktemp -d /tmp/kith-engines.XXXXXX)
chmod 755 "$WORK"
export KITH_ENGINES_DIR=$WORK/state
# Fixed, below the range that the kernel hands out, and a thousand above the defaults.
export KITH_POSTGRES_PORT=26432 KITH_NEO4J_PORT=28687 KITH_NEO4J_HTTP_PORT=28474
export KITH_RABBITMQ_PORT=26682 KITH_RABBITMQ_MANAGEMENT_PORT=26683 KITH_RABBITMQ_PROMETHEUS_PORT=26684
export KITH_RABBITMQ_DIST_PORT=26685 KITH_RABBITMQ_EPMD_PORT=26686
export KITH_ELASTICSEARCH_PORT=30200 KITH_ELASTICSEARCH_TRANSPORT_PORT=30300

# shellcheck source=deploy/local/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ENGINES=$HERE/engines
ENGINE='test'

finish() {
  local code=$?
  trap - EXIT
  [ -z "${HOLDER:-}" ] || kill "$HOLDER" 2>/dev/null || true
  "$ENGINES" down >>"$WORK/log" 2>&1 || true
  if [ $code = 0 ]; then rm -rf "$WORK"; else echo "failed; see $WORK/log and $KITH_ENGINES_DIR" >&2; fi
  exit $code
}
trap finish EXIT

# --- words ----------------------------------------------------------------------------------------------------------

it() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

same() { [ "$1" = "$2" ] || die "$3: got '$1', expected '$2'"; } # GOT EXPECTED WHAT

# engines VERB…: must succeed.
engines() {
  "$ENGINES" "$@" >"$WORK/out" 2>&1 || {
    cat "$WORK/out" >&2
    die "engines $* ended with an error"
  }
  cat "$WORK/out" >>"$WORK/log"
}

# refuses PATTERN VERB…: must fail, and say PATTERN.
refuses() {
  local pattern=$1
  shift
  if "$ENGINES" "$@" >"$WORK/out" 2>&1; then die "engines $* succeeded, expected an error about '$pattern'"; fi
  cat "$WORK/out" >>"$WORK/log"
  says "$pattern"
}

says() {
  grep -Eq -- "$1" "$WORK/out" || {
    cat "$WORK/out" >&2
    die "expected a message about '$1'"
  }
}

pid_of() { head -n 1 "$KITH_ENGINES_DIR/run/$1.pid"; }
pids() { head -qn 1 "$KITH_ENGINES_DIR"/run/*.pid; }

# What lives of the sessions that were started, names the folder, or listens on its ports. A zombie is dead; that nobody
# has collected it yet is no concern of ours.
left() {
  local pid
  {
    for pid in ${STARTED:-}; do ps -o pid=,stat=,args= -s "$pid" || true; done
    # shellcheck disable=SC2009 # pgrep does not tell the state
    ps -e -o pid=,stat=,args= | grep -F -- "$KITH_ENGINES_DIR/" | grep -v 'grep -F' || true
  } | awk '$2 !~ /^Z/'
  listeners || true
}

listeners() { ss -Hltn | awk '{ print $4 }' | grep -E ':(26432|2668[2-6]|28687|28474|30200|30300)$'; }

# --- one write and one read for each engine, by the addresses that `env` gives ----------------------------------------

sql() {
  PGPASSWORD=$(password_in "$KITH_TEST_POSTGRES") psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$KITH_POSTGRES_PORT" -U kith -d kith -c "$1"
}
amqp() { # METHOD PATH JSON
  curl_as kith "$(password_in "$KITH_TEST_RABBITMQ_MANAGEMENT")" "$1" "$3" -f "http://${KITH_TEST_RABBITMQ_MANAGEMENT#*@}/api/$2"
}
cypher() {
  curl_as neo4j "$(password_in "$KITH_TEST_NEO4J")" POST "{\"statement\":\"$1\"}" -f "http://127.0.0.1:$KITH_NEO4J_HTTP_PORT/db/neo4j/query/v2"
}
document() { curl -fsS -H 'Content-Type: application/json' "$@"; }

write_everywhere() {
  sql "CREATE TABLE note (word text); INSERT INTO note VALUES ('Ada Lovelace')"
  amqp PUT queues/%2f/notes '{"durable":true,"arguments":{"x-queue-type":"quorum"}}' >/dev/null
  same "$(amqp POST exchanges/%2f/amq.default/publish \
    '{"properties":{"delivery_mode":2},"routing_key":"notes","payload":"Ada Lovelace","payload_encoding":"string"}')" \
    '{"routed":true}' "publishing to RabbitMQ"
  cypher "CREATE (:Note {word: 'Ada Lovelace'})" >/dev/null
  document -X PUT "$KITH_TEST_ELASTICSEARCH/notes/_doc/1?refresh=true" -d '{"word":"Ada Lovelace"}' >/dev/null
}

read_postgres() { same "$(sql 'SELECT word FROM note')" 'Ada Lovelace' "PostgreSQL"; }
read_rabbitmq() {
  local try got=''
  for try in $(seq 50); do # a quorum queue elects its leader after the node is up
    got=$(amqp POST queues/%2f/notes/get '{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}' 2>/dev/null) && [ "$got" != '[]' ] && break
    sleep 0.2
  done
  [[ $got == *'"payload":"Ada Lovelace"'* ]] || die "RabbitMQ: got '$got' after $try attempts"
}
read_neo4j() {
  local got
  got=$(cypher 'MATCH (n:Note) RETURN n.word')
  [[ $got == *'"values":[["Ada Lovelace"]]'* ]] || die "Neo4j: got '$got'"
}
read_elasticsearch() {
  local got
  got=$(document "$KITH_TEST_ELASTICSEARCH/notes/_search?q=lovelace")
  [[ $got == *'"word":"Ada Lovelace"'* ]] || die "Elasticsearch: got '$got'"
}
read_everywhere() {
  local engine
  for engine in postgres rabbitmq neo4j elasticsearch; do "read_$engine"; done
}

# --- the story ------------------------------------------------------------------------------------------------------

it "check finds that nothing is missing"
engines check

it "down and status are honest before anything was started"
refuses 'nothing was ever started' down
refuses 'not running' status
refuses 'unknown engine' up mongodb

it "a process whose start is slow is not taken for dead, one that cannot start is"
(
  set -T
  trap 'case $BASH_COMMAND in "exec setsid"*) sleep 1 ;; esac' DEBUG
  spawn slow "$(id -un)" 'sleep 30.25' sleep 30.25
  trap - DEBUG
  running slow >/dev/null || die "it was taken for dead"
  stop slow
  spawn none "$(id -un)" 'no-such-program' no-such-program
  if running none >/dev/null; then die "no such program, but it runs"; fi
)
rm -rf "$KITH_ENGINES_DIR"

it "up starts all four and env gives addresses that work"
engines up
engines status
eval "$("$ENGINES" env)"
STARTED=$(pids)
write_everywhere
read_everywhere

it "wrong passwords are refused"
if PGPASSWORD=wrong psql -Xq -h 127.0.0.1 -p "$KITH_POSTGRES_PORT" -U kith -d kith -c 'SELECT 1' >/dev/null 2>&1; then die "PostgreSQL took a wrong password"; fi
if curl -fsS -u guest:guest "http://127.0.0.1:$KITH_RABBITMQ_MANAGEMENT_PORT/api/whoami" >/dev/null 2>&1; then die "RabbitMQ still knows guest"; fi
if curl -fsS -u neo4j:neo4j -H 'Content-Type: application/json' -d '{"statement":"RETURN 1"}' "http://127.0.0.1:$KITH_NEO4J_HTTP_PORT/db/neo4j/query/v2" >/dev/null 2>&1; then die "Neo4j took a wrong password"; fi

it "everything listens on loopback only"
same "$(listeners | grep -Ev '^(127\.0\.0\.1|\[::1\]|\[::ffff:127\.0\.0\.1\]):')" '' "listening elsewhere"

it "no password is on a command line, in the output or in a file that others read"
for file in "$KITH_ENGINES_DIR"/secrets/*; do
  same "$(stat -c %a "$file")" 600 "$file"
  if grep -lsFf "$file" /proc/[0-9]*/cmdline; then die "the password of $(basename "$file") is on a command line"; fi
  same "$(find "$KITH_ENGINES_DIR" -type f -perm /044 -size -5M -exec grep -lFf "$file" {} +)" '' "readable copies of a password"
done
if grep -qFf <(cat "$KITH_ENGINES_DIR"/secrets/*) "$WORK/log"; then die "a password was printed"; fi

it "up again changes nothing"
engines up
says 'postgres +already running'
same "$(pids)" "$STARTED" "the processes"

it "env tells the port that an engine was started with, whatever is set now"
same "$(KITH_POSTGRES_PORT=27000 "$ENGINES" env postgres)" "export KITH_TEST_POSTGRES='$KITH_TEST_POSTGRES'" "env"

it "two at a time wait for each other"
"$ENGINES" up postgres >>"$WORK/log" 2>&1 &
engines up postgres
wait $!
same "$(pids)" "$STARTED" "the processes"

it "down leaves no process"
engines down
says 'neo4j +ended'
same "$(left)" '' "left behind"
refuses 'not running' env

it "up finds the data of before"
engines up
STARTED=$(pids)
read_everywhere

for engine in postgres rabbitmq neo4j elasticsearch; do
  it "$engine killed hard: status says so, up brings it back with its data"
  kill -9 "$(pid_of $engine)"
  refuses "$engine +not running" status $engine
  engines up $engine
  "read_$engine"
done
read_everywhere

it "the broker itself killed, not its script"
kill -9 "$(pgrep -s "$(pid_of rabbitmq)" beam.smp)"
for _ in $(seq 50); do kill -0 "$(pid_of rabbitmq)" 2>/dev/null || break; sleep 0.1; done
engines up rabbitmq
read_rabbitmq

it "a pid file that names somebody else's process is not believed, and nobody is killed for it"
engines down postgres
sleep 600 &
HOLDER=$!
printf '%s\n%s\n' $HOLDER "$KITH_ENGINES_DIR/postgres/data" >"$KITH_ENGINES_DIR/run/postgres.pid"
refuses 'not running' status postgres
engines down postgres
says 'not running'
kill -0 $HOLDER || die "an innocent process was ended"
kill $HOLDER

it "a port that is taken is named, with its holder and the setting"
"$(command -v python3 || echo perl)" -c 'import socket,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1",26432)); s.listen(); time.sleep(600)' &
HOLDER=$!
for _ in $(seq 50); do (exec 3<>/dev/tcp/127.0.0.1/26432) 2>/dev/null && break; sleep 0.1; done
refuses "port 26432 is taken by python.*, pid $HOLDER.*KITH_POSTGRES_PORT" up postgres
kill $HOLDER
wait $HOLDER 2>/dev/null || true
HOLDER=''
engines up postgres

it "a port that is none is refused"
engines down postgres
KITH_POSTGRES_PORT=eighty refuses "KITH_POSTGRES_PORT is 'eighty'; expected a port" up postgres

it "a lost password file is named, with what to do"
for engine in postgres rabbitmq neo4j; do
  engines down $engine
  mv "$KITH_ENGINES_DIR/secrets/$engine" "$WORK/kept"
  refuses "password file .*/secrets/$engine is gone.*rm -rf" up $engine
  mv "$WORK/kept" "$KITH_ENGINES_DIR/secrets/$engine"
done

it "an altered jar is noticed and replaced from the cache"
jar=$(find "$KITH_ENGINES_DIR/neo4j/lib" -name 'neo4j-bolt-*.jar' | head -n 1)
echo tampered >>"$jar"
engines up neo4j
if grep -q tampered "$jar"; then die "the altered jar was used"; fi

it "a server that ends at once is reported with the end of its log"
echo 'no_such_setting = 1' >>"$KITH_ENGINES_DIR/postgres/data/postgresql.conf"
refuses 'unrecognized configuration parameter "no_such_setting"' up postgres
says 'ended before it was ready'
sed -i '/no_such_setting/d' "$KITH_ENGINES_DIR/postgres/data/postgresql.conf"

it "what is missing is named before anything starts"
mkdir -p "$WORK/bin"
ln -s /usr/bin/* "$WORK/bin/"
rm "$WORK/bin/mvn"
PATH=$WORK/bin refuses 'neo4j: the command mvn is missing' check
says 'apt-get install -y maven'

if is_root; then
  it "a folder that the server's user cannot reach is named"
  mkdir -m 700 "$WORK/closed"
  KITH_ENGINES_DIR=$WORK/closed/state refuses "user postgres cannot enter $WORK/closed .mode 700" up postgres
fi

it "everything once more, from down to down"
engines down
engines up
STARTED=$(pids)
read_everywhere
engines down
same "$(left)" '' "left behind"

it "all passed"
