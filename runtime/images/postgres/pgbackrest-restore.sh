#!/bin/bash
# Carries out /data/restore.order: fetches a base backup beside the cluster, lets PostgreSQL recover it to the moment asked for, and only
# then lets the two change places. Killed at any point, the next start goes on; a restore that fails leaves the cluster as it was.
# Shape of the order: <id> <backup set> <time, or "newest"> <timeline>. The arguments are the server's.
set -u
cluster=/data/cluster
fresh=/data/cluster.restoring
log=/data/restore.log
read -r id backup target timeline </data/restore.order

say() { printf '{"level":"%s","service":"postgres","event":"%s","order":"%s"%s}\n' "$1" "$2" "$id" "${3:-}"; }
is_restored() { [ "$(cat "$1/freehold.restored" 2>/dev/null)" = "$id" ]; }

# Shape: <id>, a line break, "ok" or "failed", a line break, the moment of the last commit in it or why it failed.
conclude() {
  printf '%s\n%s\n%s\n' "$id" "$1" "$2" >/data/restore.outcome.new
  sync /data/restore.outcome.new
  mv /data/restore.outcome.new /data/restore.outcome
  rm -f /data/restore.order
  sync /data
}

fetch() {
  rm -rf "$fresh"
  mkdir -m 0700 "$fresh"
  local until=()
  [ "$target" = newest ] || until=(--type=time "--target=${target/T/ }" --target-action=promote)
  pgbackrest --config=/run/postgresql/pgbackrest.conf --stanza=home --pg1-path="$fresh" --set="$backup" --target-timeline="$timeline" \
    "${until[@]}" --recovery-option='restore_command=pgbackrest-wal.sh get %f "%p"' restore >"$log" 2>&1
}

# Not reachable by anybody until it stands where it belongs; until then nothing of its new timeline goes to the archive either, for a timeline
# in the archive counts as the home's.
recover() {
  local settings
  settings=$(printf '%q ' "$@" -c listen_addresses= -c hot_standby=on -c archive_command=)
  pg_ctl start --pgdata="$fresh" --no-wait --log="$log" --options="$settings" >/dev/null || return 1
  until [ "$(psql --host=/run/postgresql --username=postgres --no-psqlrc --tuples-only --no-align --command='select pg_is_in_recovery()' postgres 2>/dev/null)" = f ]; do
    sleep 0.2
    # A recovery that can't go on ends the server, and one that was never begun never had its file.
    [ -s "$fresh/postmaster.pid" ] || sleep 1
    [ -s "$fresh/postmaster.pid" ] || return 1
  done
  pg_ctl stop --pgdata="$fresh" --wait --timeout=600 --mode=fast >/dev/null || return 1
  echo "$id" >"$fresh/freehold.restored"
  sync
}

exchange() {
  if [ -d "$cluster" ]; then
    rm -rf /data/cluster.replaced
    mv "$cluster" /data/cluster.replaced
  fi
  mv "$fresh" "$cluster"
  sync
}

# The archive dates a timeline by its history, so that has to be there before anything is committed on it.
announce() {
  local history
  for history in "$cluster"/pg_wal/*.history; do
    local ready="$cluster/pg_wal/archive_status/${history##*/}.ready"
    [ -f "$ready" ] || continue
    (cd "$cluster" && pgbackrest-wal.sh push "pg_wal/${history##*/}") && mv "$ready" "${ready%.ready}.done"
  done
}

reached() { sed -n 's/.*last completed transaction was at log time \(.*\)$/\1/p' "$log" | tail -n 1; }
reason() { grep -E 'FATAL|PANIC|ERROR|Error\]' "$log" | grep -v 'not yet accepting connections\|starting up' | tail -n 6 | tr '\n' ' '; }

say info restore.started ",\"set\":\"$backup\",\"target\":\"$target\",\"timeline\":\"$timeline\""
if ! is_restored "$cluster" && ! is_restored "$fresh"; then
  : >"$log"
  if ! fetch || ! recover "$@"; then
    say error restore.failed
    cat "$log" >&2
    pg_ctl stop --pgdata="$fresh" --mode=immediate >/dev/null 2>&1
    conclude failed "$(reason)"
    rm -rf "$fresh"
    exit 0
  fi
fi
is_restored "$cluster" || exchange
announce
conclude ok "$(reached)"
say info restore.finished
