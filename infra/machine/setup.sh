#!/bin/bash
# Makes the machine ready for a home, step by step in this order; each step can be repeated. systemd runs it until it has succeeded.
set -euo pipefail

/usr/local/sbin/freehold-firewall
systemctl start freehold-volume.service
export DEBIAN_FRONTEND=noninteractive
if ! command -v dockerd >/dev/null; then
  apt-get --quiet --option DPkg::Lock::Timeout=900 update
  apt-get --quiet --option DPkg::Lock::Timeout=900 install --yes --no-install-recommends docker.io unattended-upgrades
fi
usermod --append --groups docker ubuntu
systemctl enable --quiet --now docker.service
docker version --format 'Docker {{.Server.Version}}'
mkdir -p /var/lib/freehold-setup
touch /var/lib/freehold-setup/ready
