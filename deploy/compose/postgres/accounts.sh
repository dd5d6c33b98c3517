#!/bin/bash
# A role and a database of its own for each service on PostgreSQL: here, and by deploy/local. Runs when the server is
# first started, and can be run again whenever a password has changed:
#
#   docker compose exec postgres bash /docker-entrypoint-initdb.d/accounts.sh
#
# Passwords come from files and go to psql by standard input: they stand on no command line. Sourced by the image
# where the file system knows no executable files, hence the subshell.
(
  set -euo pipefail
  secrets=${KITH_SECRETS:-/run/secrets}

  # Nobody else may connect to it, which by default everybody could; and it to no other.
  account() { # SERVICE
    local name=kith_$1 password
    password=$(cat "$secrets/postgres-$1")
    [[ $password =~ ^[0-9a-f]{32,}$ ]] || {
      printf 'accounts: %s/postgres-%s does not hold what prepare writes\n' "$secrets" "$1" >&2
      return 1
    }
    psql -XAtq -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-kith}" -d postgres >/dev/null <<S
SELECT format('CREATE ROLE %I LOGIN', '$name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') \gexec
ALTER ROLE $name PASSWORD '$password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
SELECT format('CREATE DATABASE %I OWNER %I', '$name', '$name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
  FROM pg_database WHERE datname IN ('$name', 'postgres', 'template1', 'kith') \gexec
S
  }

  # `prepare` makes a file for each service that has its store here.
  for file in "$secrets"/postgres-*; do account "${file##*/postgres-}"; done
)
