#!/bin/sh
# DENIED_RANGES: what this home denies besides, CIDRs separated by commas; its own networks where their ranges are not private ones.
set -eu
printf '%s\n' "${DENIED_RANGES:-}" | tr ',' '\n' | sed '/^$/d' >/tmp/denied-here
# squid wants at least one.
echo 255.255.255.255/32 >>/tmp/denied-here
exec squid -N -f /etc/freehold/squid.conf
