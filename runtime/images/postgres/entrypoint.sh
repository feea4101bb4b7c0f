#!/bin/sh
# Carries out a restore that was ordered, makes the cluster at the first start, sets the superuser's password at each, and becomes the server.
set -eu
cluster=/data/cluster
password=$(cat "${POSTGRES_PASSWORD_FILE:?names no file with the password of the superuser}")

set -- -c listen_addresses='*' -c unix_socket_directories=/run/postgresql \
  -c shared_buffers=128MB -c max_connections=100 -c log_min_duration_statement=1000 \
  -c idle_in_transaction_session_timeout=60s "$@"

if [ -n "${WAL_REPOSITORY:-}" ]; then
  pgbackrest-configure.sh
  # A failing archive_command never stops the server: it tries again, and pg_wal grows up to WAL_QUEUE_MAX_MB.
  set -- "$@" -c archive_mode=on -c archive_command='pgbackrest-wal.sh push %p' -c archive_timeout="${WAL_ARCHIVE_TIMEOUT:-300}" \
    -c freehold.wal_queue_max_mb="${WAL_QUEUE_MAX_MB:-4096}"
  if [ -f /data/restore.order ]; then pgbackrest-restore.sh "$@"; fi
fi

if [ ! -d "$cluster" ]; then
  # Made beside and renamed: a kill in the middle leaves nothing that looks like a cluster.
  rm -rf /data/cluster.new
  initdb --pgdata=/data/cluster.new --username=postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  echo "host all all all scram-sha-256" >>/data/cluster.new/pg_hba.conf
  sync
  mv /data/cluster.new "$cluster"
fi

# The password follows the stack's key, also after the key was changed or the cluster came back from the archive. With the server's own
# settings: with archive_mode off, its checkpoint would remove segments that still wait for the bucket.
printf "alter role postgres password '%s'\n" "$(printf %s "$password" | sed "s/'/''/g")" |
  postgres --single -D "$cluster" "$@" postgres >/dev/null

exec postgres -D "$cluster" "$@"
