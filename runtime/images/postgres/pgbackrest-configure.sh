#!/bin/sh
# Writes pgBackRest's configuration from this container's environment: where the archive is, how it is sealed, how long it is kept.
set -eu
umask 077
fail() { printf '{"level":"error","service":"postgres","event":"wal.misconfigured","reason":"%s"}\n' "$1"; exit 64; }
setting() { printf '%s=%s\n' "$1" "$2"; }
number() { case $2 in '' | *[!0-9]*) fail "$1 is $2, which is no number." ;; esac; echo "$2"; }
# A line break would let a value become a setting of its own.
content() { tr -d '\r\n' <"${2:?$1 names no file}"; }

# Of this container alone, not of the volume: the key lies nowhere beside the data.
mkdir -p /run/postgresql/lock /run/postgresql/reports

location() {
  case $WAL_REPOSITORY in
    gs:*:/*)
      bucket=${WAL_REPOSITORY#gs:}
      setting repo1-type gcs
      setting repo1-gcs-bucket "${bucket%%:*}"
      setting repo1-path "${bucket#*:}"
      if [ -n "${WAL_EMULATOR_HOST:-}" ]; then
        # pgBackRest speaks to Google only by TLS; the emulator's certificate is its own, and nothing but the emulator has this name here.
        setting repo1-gcs-endpoint "$WAL_EMULATOR_HOST"
        setting repo1-gcs-key-type token
        setting repo1-gcs-key emulator
        setting repo1-storage-verify-tls n
      else
        setting repo1-gcs-key-type service
        setting repo1-gcs-key "${BUCKET_CREDENTIALS_FILE:?names no file with the key of the bucket\'s service account}"
      fi
      ;;
    s3:https://*/*/*)
      rest=${WAL_REPOSITORY#s3:https://}
      path=${rest#*/}
      setting repo1-type s3
      setting repo1-s3-endpoint "${rest%%/*}"
      setting repo1-s3-bucket "${path%%/*}"
      setting repo1-path "/${path#*/}"
      setting repo1-s3-region "${S3_REGION:-us-east-1}"
      setting repo1-s3-uri-style path
      setting repo1-s3-key "$(content S3_ACCESS_KEY_FILE "${S3_ACCESS_KEY_FILE:-}")"
      setting repo1-s3-key-secret "$(content S3_SECRET_KEY_FILE "${S3_SECRET_KEY_FILE:-}")"
      setting repo1-storage-verify-tls "${S3_VERIFY_TLS:-y}"
      ;;
    /*) setting repo1-path "$WAL_REPOSITORY" ;;
    *) fail "WAL_REPOSITORY is '$WAL_REPOSITORY'; it is gs:<bucket>:/<path>, s3:https://<host>/<bucket>/<path>, or the absolute path of a folder." ;;
  esac
}

{
  echo "[global]"
  location
  setting repo1-cipher-type aes-256-cbc
  setting repo1-cipher-pass "$(content WAL_KEY_FILE "${WAL_KEY_FILE:-}")"
  # A bucket counts requests: one object holds many files, and a segment goes up in one piece. Whole files, though: of blocks a restore would
  # ask one by one (786 requests instead of 2 for a cluster of 23 MB).
  setting repo1-bundle y
  setting repo1-block n
  setting repo1-storage-upload-chunk-size 20MiB
  setting repo1-retention-full-type time
  setting repo1-retention-full "$(number WAL_KEEP_DAYS "${WAL_KEEP_DAYS:-30}")"
  setting archive-push-queue-max "$(number WAL_QUEUE_MAX_MB "${WAL_QUEUE_MAX_MB:-4096}")MiB"
  setting compress-type zst
  setting compress-level 3
  setting process-max 2
  setting start-fast y
  # It asks three times and for two copies of what it wants to know, so that a bucket that is away holds a segment up for six times this.
  setting io-timeout 8
  setting log-level-console off
  setting log-level-stderr warn
  setting log-level-file off
  setting log-timestamp n
  setting lock-path /run/postgresql/lock
  echo "[home]"
  setting pg1-path /data/cluster
  setting pg1-socket-path /run/postgresql
  setting pg1-user postgres
} >/run/postgresql/pgbackrest.conf.new
mv /run/postgresql/pgbackrest.conf.new /run/postgresql/pgbackrest.conf
