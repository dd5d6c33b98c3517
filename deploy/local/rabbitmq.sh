# shellcheck shell=bash
# RabbitMQ from Debian: a node, an epmd and a cookie of its own, all on loopback; one administrator, no guest.

RABBITMQ_RUN_AS=rabbitmq
RABBITMQ_BIN=/usr/lib/rabbitmq/bin # the programs behind Debian's wrappers, which insist on root and on su

rabbitmq_check() {
  [ -x $RABBITMQ_BIN/rabbitmq-server ] || lacks_package rabbitmq-server "no $RABBITMQ_BIN/rabbitmq-server"
  needs_command epmd erlang-base
  needs_command curl curl
  needs_reachable $RABBITMQ_RUN_AS
}

rabbitmq_start() {
  local home amqp=${KITH_RABBITMQ_PORT:-25682}
  local management=${KITH_RABBITMQ_MANAGEMENT_PORT:-25683} prometheus=${KITH_RABBITMQ_PROMETHEUS_PORT:-25684}
  local dist=${KITH_RABBITMQ_DIST_PORT:-25685} epmd=${KITH_RABBITMQ_EPMD_PORT:-25686}
  home=$(home_of rabbitmq)
  needs_free_port "$amqp" KITH_RABBITMQ_PORT
  needs_free_port "$management" KITH_RABBITMQ_MANAGEMENT_PORT
  needs_free_port "$prometheus" KITH_RABBITMQ_PROMETHEUS_PORT
  needs_free_port "$dist" KITH_RABBITMQ_DIST_PORT
  stop epmd || true # one that a killed node left
  needs_free_port "$epmd" KITH_RABBITMQ_EPMD_PORT
  make_secret rabbitmq "$home/data/kith@localhost"
  rabbitmq_configure "$home" "$amqp" "$management" "$prometheus"
  rabbitmq_configure_tls "$home"
  record_ports amqp="$amqp" management="$management" prometheus="$prometheus" dist="$dist" epmd="$epmd"

  spawn epmd $RABBITMQ_RUN_AS "epmd -address 127.0.0.1 -port $epmd" epmd -address 127.0.0.1 -port "$epmd"
  # The last two words mean nothing to Erlang; they mark the process as this folder's.
  spawn rabbitmq $RABBITMQ_RUN_AS "$home" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home/erlang" \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd" ERL_CRASH_DUMP="$home/logs/erl_crash.dump" \
    RABBITMQ_NODENAME=kith@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_DIST_PORT="$dist" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    RABBITMQ_CONF_ENV_FILE="$home/config/none" RABBITMQ_CONFIG_FILE="$home/config/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$home/config/advanced.config" \
    RABBITMQ_GENERATED_CONFIG_DIR="$home/data/generated" RABBITMQ_ENABLED_PLUGINS_FILE="$home/config/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_LOG_BASE="$home/logs/node" RABBITMQ_LOGS=- \
    RABBITMQ_PID_FILE="$home/data/node.pid" \
    $RABBITMQ_BIN/rabbitmq-server -kith_engine "$home"
}

rabbitmq_configure() { # HOME AMQP MANAGEMENT PROMETHEUS
  local conf=$1/config/rabbitmq.conf cookie=$1/erlang/.erlang.cookie
  mkdir -p "$1/config" "$1/erlang" "$1/data" "$1/logs/node"
  chmod 700 "$1/config" "$1/erlang"
  # default_user replaces guest when the node first boots, and counts for nothing later.
  (
    umask 077
    cat >"$conf" <<C
listeners.tcp.default = 127.0.0.1:$2
management.tcp.ip = 127.0.0.1
management.tcp.port = $3
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = $4
default_user = kith
default_pass = $(secret rabbitmq)
default_vhost = /
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
disk_free_limit.absolute = 200MB
C
    [ -s "$cookie" ] || random 32 >"$cookie"
  )
  printf '[].\n' >"$1/config/advanced.config"
  printf '[rabbitmq_management,rabbitmq_prometheus].\n' >"$1/config/enabled_plugins"
  chmod 400 "$cookie"
  own $RABBITMQ_RUN_AS "$1/config" "$1/erlang" "$1/data" "$1/logs/node"
}

# A second listener, if certificates are given: KITH_RABBITMQ_TLS is a folder with ca.pem, cert.pem and key.pem.
rabbitmq_configure_tls() { # HOME
  local from=${KITH_RABBITMQ_TLS:-} port=${KITH_RABBITMQ_TLS_PORT:-25671}
  [ -n "$from" ] || return 0
  needs_free_port "$port" KITH_RABBITMQ_TLS_PORT
  cp "$from"/{ca,cert,key}.pem "$1/config/" || die "KITH_RABBITMQ_TLS: $from must hold ca.pem, cert.pem and key.pem"
  chmod 600 "$1"/config/{ca,cert,key}.pem
  cat >>"$1/config/rabbitmq.conf" <<C
listeners.ssl.default = 127.0.0.1:$port
ssl_options.cacertfile = $1/config/ca.pem
ssl_options.certfile = $1/config/cert.pem
ssl_options.keyfile = $1/config/key.pem
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
C
  own $RABBITMQ_RUN_AS "$1/config"
}

# The tool finds the node by name and cookie, as the user that it runs as.
rabbitmq_ctl() { # ARGUMENT…
  local home
  home=$(home_of rabbitmq)
  (cd / && as $RABBITMQ_RUN_AS env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home/erlang" \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$(recorded_port rabbitmq epmd)" RABBITMQ_NODENAME=kith@localhost \
    RABBITMQ_CONF_ENV_FILE="$home/config/none" $RABBITMQ_BIN/rabbitmqctl "$@")
}

# An authenticated call, and its answer is that AMQP listens.
rabbitmq_ready() {
  (rabbitmq_api GET "health/checks/port-listener/$(recorded_port rabbitmq amqp)" '') >/dev/null 2>&1
}

rabbitmq_stop() {
  local ended=1
  stop rabbitmq && ended=0
  stop epmd && ended=0
  return $ended
}

rabbitmq_env() {
  local password
  password=$(secret rabbitmq)
  printf "export KITH_TEST_RABBITMQ='amqp://kith:%s@127.0.0.1:%s/%%2f'\n" "$password" "$(recorded_port rabbitmq amqp)"
  printf "export KITH_TEST_RABBITMQ_MANAGEMENT='http://kith:%s@127.0.0.1:%s'\n" "$password" "$(recorded_port rabbitmq management)"
}
