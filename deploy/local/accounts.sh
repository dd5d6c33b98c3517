# shellcheck shell=bash
# shellcheck disable=SC2154 # ENGINES_DIR comes from lib.sh
# An account a service in every engine: a role and a database of its own in PostgreSQL, a user in RabbitMQ that reads
# its own queue only, a user of its own in Neo4j and in Elasticsearch. Safe to repeat. And how each engine is asked, by
# its administrator. Sourced by `engines`, `services` and deploy/compose; passwords never stand on a command line.

VHOST=kith
EXCHANGE=kith

accounts() {
  local service
  for service in "${ON_POSTGRES[@]}"; do make_secret "postgres-$service" /nonexistent; done
  postgres_accounts "$ENGINES_DIR/secrets" || die "PostgreSQL did not take the accounts"
  rabbitmq_api PUT "vhosts/$VHOST" '{}'
  # The administrator sets up the topology, in the services' virtual host too.
  rabbitmq_api PUT "permissions/$VHOST/kith" '{"configure":".*","write":".*","read":".*"}'
  for service in "${SERVICES[@]}"; do rabbitmq_account "$service"; done
  for service in $(service_where store neo4j); do neo4j_account "$service"; done
}

# The password of a service's account in an engine.
account_secret() { # ENGINE SERVICE
  make_secret "$1-$2" /nonexistent
  secret "$1-$2"
}

# --- PostgreSQL -----------------------------------------------------------------------------------------------------

# Statements on standard input; prints what they find.
postgres_sql() { # DATABASE
  PGPASSWORD=$(secret postgres) PGCONNECT_TIMEOUT=3 psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 \
    -p "$(recorded_port postgres sql)" -U kith -d "$1"
}

# By the script that does it in a container, from a folder with a file postgres-<service> for each password.
postgres_accounts() { # FOLDER
  PGHOST=127.0.0.1 PGPORT=$(recorded_port postgres sql) PGPASSWORD=$(secret postgres) POSTGRES_USER=kith KITH_SECRETS=$1 \
    bash "$HERE/../compose/postgres/accounts.sh"
}

postgres_url() { # SERVICE
  printf 'postgres://kith_%s:%s@127.0.0.1:%s/kith_%s' "$1" "$(account_secret postgres "$1")" "$(recorded_port postgres sql)" "$1"
}

# --- RabbitMQ -------------------------------------------------------------------------------------------------------

rabbitmq_api() { # METHOD PATH JSON
  curl_as kith "$(secret rabbitmq)" "$1" "$3" -f "http://127.0.0.1:$(recorded_port rabbitmq management)/api/$2" ||
    die "RabbitMQ refused $1 $2"
}

rabbitmq_account() { # SERVICE
  rabbitmq_api PUT "users/kith-$1" "{\"password\":\"$(account_secret rabbitmq "$1")\",\"tags\":\"\"}"
  rabbitmq_api PUT "permissions/$VHOST/kith-$1" "{$(rabbitmq_rights "$1")}"
}

# As members of a JSON object. A service makes and reads its own queue, with the mark that says it is bound, and its
# taps; it writes to the exchange, and to single queues when it tells its state again, which goes through the default
# exchange.
rabbitmq_rights() { # SERVICE
  local own="$EXCHANGE\\\\.($1(\\\\.bound\\\\..*)?|tap\\\\.$1\\\\..*)"
  printf '"configure":"^%s$","write":"^(%s|amq\\\\.default|%s)$","read":"^(%s|%s)$"' \
    "$own" "$EXCHANGE" "$own" "$EXCHANGE" "$own"
}

rabbitmq_url() { # SERVICE
  printf 'amqp://kith-%s:%s@127.0.0.1:%s/%s' "$1" "$(account_secret rabbitmq "$1")" "$(recorded_port rabbitmq amqp)" "$VHOST"
}

# --- Neo4j ----------------------------------------------------------------------------------------------------------

# Over HTTP, where curl is enough.
neo4j_query() { # DATABASE STATEMENT ARGUMENT…
  curl_as neo4j "$(secret neo4j)" POST "{\"statement\":\"$2\"}" -f -o /dev/null "${@:3}" \
    "http://127.0.0.1:$(recorded_port neo4j http)/db/$1/query/v2"
}

# The community edition has users but no roles: whoever has an account may do everything, so only network has one.
neo4j_account() { # SERVICE
  neo4j_query system "CREATE USER kith_$1 IF NOT EXISTS SET PASSWORD '$(account_secret neo4j "$1")' CHANGE NOT REQUIRED" ||
    die "Neo4j did not take the account kith_$1"
}

neo4j_url() { # SERVICE
  printf 'bolt://kith_%s:%s@127.0.0.1:%s' "$1" "$(account_secret neo4j "$1")" "$(recorded_port neo4j bolt)"
}

# --- Elasticsearch --------------------------------------------------------------------------------------------------

elasticsearch_api() { # METHOD PATH ARGUMENT…
  curl_as kith "$(secret elasticsearch)" "$1" '' -f "${@:3}" "http://127.0.0.1:$(recorded_port elasticsearch http)/$2" ||
    die "Elasticsearch refused $1 $2"
}

# A line of its file of users, as {SSHA256}: eight bytes of salt, then the digest of password and salt, both in base 64.
elasticsearch_account() { # NAME PASSWORD
  local salt digest
  salt=$(random 4)
  digest=$(printf '%s%s' "$2" "$salt" | openssl dgst -sha256 -binary | openssl base64 -A)
  printf '%s:{SSHA256}%s%s\n' "$1" "$(printf '%s' "$salt" | openssl base64 -A)" "$digest"
}

# Its account stands in the files that the server was started with: see elasticsearch.sh.
elasticsearch_url() { # SERVICE
  printf 'http://kith_%s:%s@127.0.0.1:%s' "$1" "$(secret "elasticsearch-$1")" "$(recorded_port elasticsearch http)"
}
