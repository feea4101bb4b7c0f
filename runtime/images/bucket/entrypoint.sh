#!/bin/bash
# Makes the buckets that BUCKETS names (comma-separated), drops half-written objects, says what this is, and becomes the server.
set -eu
umask 077

for bucket in $(echo "${BUCKETS:?names no bucket, e.g. BUCKETS=home-backups}" | tr ',' ' '); do
  case $bucket in
    *[!a-z0-9._-]* | [!a-z0-9]* | ??) echo "BUCKETS names '$bucket', which is not a bucket name: use a-z, 0-9, '.', '_' and '-', three or more." >&2; exit 64 ;;
  esac
  mkdir -p "/data/$bucket" /data/s3
done

# The server writes an object's content first and its attributes after. A kill between the two leaves a file without
# attributes, which it never acknowledged, but which makes every later listing fail.
find /data -mindepth 2 -path '/data/s3/*' -prune -o -type f ! -name '*.bucketMetadata' -exec getfattr --absolute-names --name=user.metadata {} + 2>&1 >/dev/null |
  sed -n 's/: user\.metadata: No such attribute$//p' |
  while IFS= read -r path; do
    rm -f -- "$path"
    echo "{\"level\":\"warn\",\"service\":\"bucket\",\"event\":\"bucket.half-written-object-dropped\",\"path\":\"$path\"}"
  done

echo '{"level":"info","service":"bucket","event":"bucket.starting","emulator":true,"what":"This is an EMULATOR of Google Cloud Storage (fake-gcs-server 1.54.0) on a local volume, not a cloud bucket.","notSimulated":["authentication and permissions","lifecycle and soft-delete rules","object versions","storage classes and cost","request limits and throttling","replication: it is lost with this volume","durability over a power cut"]}'

# The same for the other server, which writes an object's digest after its content.
find /data/s3 -type f -name '*._S3rver_object' 2>/dev/null |
  while IFS= read -r path; do
    [ -e "$path.md5" ] && continue
    rm -f -- "$path"
    echo "{\"level\":\"warn\",\"service\":\"bucket\",\"event\":\"bucket.half-written-object-dropped\",\"path\":\"$path\"}"
  done

# restic comes by plain HTTP through the backup service. pgBackRest takes nothing but TLS, and wants the id of a large upload in a header of
# Google's that the emulator leaves out: haproxy gives it both.
certificate=/dev/shm/certificate.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 -subj "/CN=bucket emulator" \
  -addext "subjectAltName=DNS:bucket" -keyout /dev/shm/key.pem -out "$certificate" 2>/dev/null
cat /dev/shm/key.pem >>"$certificate"
fake-gcs-server -scheme http -host 0.0.0.0 -port 4443 -filesystem-root /data -public-host storage.googleapis.com -log-level "${LOG_LEVEL:-warn}" &
if [ "${SPEAKS_S3:-}" = true ]; then node /s3/s3.mjs & fi
haproxy -db -f /etc/haproxy/emulator.cfg &
stop() { kill -TERM $(jobs -p) 2>/dev/null; }
trap 'stop; wait; exit 0' TERM INT
wait -n
stop
wait
exit 1
