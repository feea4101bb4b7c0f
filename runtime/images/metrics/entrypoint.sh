#!/bin/bash
# Runs both programs; when either ends, so does the container, and Docker starts it anew.
set -u
# Together they stay below the container's 256 MB: Go collects its garbage harder before it asks for more.
GOMEMLIMIT=150MiB victoria-metrics -storageDataPath=/data -retentionPeriod=30d -httpListenAddr=:8428 \
  -promscrape.config=/etc/freehold/metrics/scrape.yml -promscrape.maxScrapeSize=4MB \
  -memory.allowedBytes=64MB -search.maxConcurrentRequests=4 -search.maxQueryDuration=10s -search.maxUniqueTimeseries=20000 \
  -storage.minFreeDiskSpaceBytes=200MB -vmalert.proxyURL=http://127.0.0.1:8880 -loggerFormat=json &
GOMEMLIMIT=48MiB vmalert -rule='/etc/freehold/metrics/rules/*.yml' -httpListenAddr=127.0.0.1:8880 -evaluationInterval=30s \
  -datasource.url=http://127.0.0.1:8428 -remoteWrite.url=http://127.0.0.1:8428 -remoteRead.url=http://127.0.0.1:8428 \
  -notifier.blackhole -loggerFormat=json &
stop() { kill -TERM $(jobs -p); }
trap 'stop; wait; exit 0' TERM INT
wait -n
stop
wait
exit 1
