# shellcheck shell=bash
# Reads services.toml for scripts: SERVICES in the order of the file, ON_POSTGRES, and two
# questions about the rest. Sourced.

# service_where KEY VALUE: the services whose KEY is VALUE, a line each.
service_where() {
  awk -v key="$1" -v value="$2" '
    /^\[/ { gsub(/[][]/, ""); service = $0 }
    $1 == key && $2 == "=" { gsub(/"/, "", $3); if ($3 == value) print service }
  ' "$SERVICES_LIST"
}

# service_setting SERVICE KEY: its value.
service_setting() {
  awk -v wanted="[$1]" -v key="$2" '
    /^\[/ { inside = $0 == wanted }
    inside && $1 == key && $2 == "=" { gsub(/"/, "", $3); print $3 }
  ' "$SERVICES_LIST"
}

SERVICES_LIST=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/services.toml
# shellcheck disable=SC2034 # used by those that source this
mapfile -t SERVICES < <(sed -n 's/^\[\(.*\)\]$/\1/p' "$SERVICES_LIST")
# shellcheck disable=SC2034
mapfile -t ON_POSTGRES < <(service_where store postgres)
