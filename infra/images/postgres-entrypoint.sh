#!/bin/sh
# As root: gives the data folder to the user postgres and goes on as that. Makes a missing database cluster with the
# owner and the database of the environment; then the server is all there is.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
export PATH
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups /bin/sh "$0" "$@"
fi
id -un >/dev/null 2>&1 || echo "anybody:x:$(id -u):$(id -g)::/tmp:/bin/sh" >>/etc/passwd
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  # shellcheck disable=SC2086 # the arguments are several words
  initdb --pgdata="$PGDATA" --username="${POSTGRES_USER:-postgres}" --pwfile="$password" --auth=scram-sha-256 \
    --no-sync ${POSTGRES_INITDB_ARGS:-}
  rm "$password"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
  if [ "$database" != postgres ]; then
    echo "create database \"$database\"" | postgres --single -D "$PGDATA" -j postgres >/dev/null
  fi
fi
[ "${1:-}" != postgres ] || shift
exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"
