#!/bin/bash
# Waits until this machine is ready for a home, and says by what version of Docker; ends with the reason where it won't be.
set -euo pipefail

for ((second = 0; second < ${FREEHOLD_READY_SECONDS:-1200}; second += 2)); do
  if [[ -e /var/lib/freehold-setup/ready ]] && version=$(docker version --format '{{.Server.Version}}' 2>/dev/null); then
    echo "$version"
    exit 0
  fi
  sleep 2
done
echo "This machine did not become ready. The last words of its set-up:" >&2
journalctl --no-pager --lines 30 --unit freehold-setup --unit freehold-volume --unit docker >&2 || true
exit 1
