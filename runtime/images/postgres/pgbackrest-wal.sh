#!/bin/sh
# The archive of this cluster, as PostgreSQL and (through SQL) the backup service call it.
set -eu
dropped=/data/archive.dropped
archive() { pgbackrest --config=/run/postgresql/pgbackrest.conf --stanza=home "$@"; }

# A segment that PostgreSQL has finished. Beyond WAL_QUEUE_MAX_MB pgBackRest gives up the oldest; that leaves a gap which must not go unnoticed.
push() {
  complaints=$(archive --pg1-path="$PWD" archive-push "$1" 2>&1) || { code=$?; echo "$complaints" >&2; exit "$code"; }
  [ -z "$complaints" ] || echo "$complaints" >&2
  case $complaints in *"dropped WAL file"*) basename "$1" >>"$dropped" ;; esac
}

# PostgreSQL takes any failure up to 125 for "there is no such segment", ends the recovery and begins a new life: with a bucket that is
# away for a moment, that would silently lose what came after. Above 125 it gives up instead.
get() {
  code=0
  archive --pg1-path="$PWD" archive-get "$1" "$2" || code=$?
  [ "$code" -le 1 ] || exit 200
  exit "$code"
}

# Puts an order where the next start finds it, whole or not at all, and ends the server, which Docker starts again.
order_restore() {
  printf '%s %s %s %s\n' "$@" >/data/restore.order.new
  sync /data/restore.order.new
  mv /data/restore.order.new /data/restore.order
  sync /data
  kill -INT "$(head -n 1 /data/cluster/postmaster.pid)"
}

# What a restore put aside is kept for a day.
drop_replaced() { find /data -mindepth 1 -maxdepth 1 -name cluster.replaced -cmin +1440 -exec rm -rf {} +; }

perform() {
  case $1 in
    info) archive --output=json info ;;
    create) archive stanza-create ;;
    upgrade) archive stanza-upgrade ;;
    backup) drop_replaced; archive --type="$2" backup ;;
    timelines) archive repo-ls --output=json --filter='[.]history$' "archive/home/$2" ;;
    history) archive repo-get "archive/home/$2/$3.history" ;;
    forget-dropped) rm -f "$dropped" ;;
    order) shift; order_restore "$@" ;;
    *) echo "wal: $1 is not known" >&2; exit 64 ;;
  esac
}

# Runs a command and keeps what it said, its exit code last, where the caller can read it by SQL.
report() {
  # What COPY sends; left unread, it would fail with a broken pipe.
  cat >/dev/null
  file=/run/postgresql/reports/$1
  shift
  code=0
  ( perform "$@" ) >"$file.said" 2>&1 </dev/null || code=$?
  # With a wrong key it quotes what it took for text, which SQL would refuse.
  LC_ALL=C tr -cd '\t\n -~' <"$file.said" >"$file.new"
  rm "$file.said"
  printf '\nexit %s\n' "$code" >>"$file.new"
  mv "$file.new" "$file"
  find /run/postgresql/reports -type f -mmin +1440 -delete
}

case ${1:-} in
  push) push "$2" ;;
  get) get "$2" "$3" ;;
  report) shift; report "$@" ;;
  *) perform "$@" ;;
esac
