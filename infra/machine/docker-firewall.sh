#!/bin/bash
# Keeps containers from the cloud's metadata service, which tells whoever asks how this machine was set up.
# The same address answers DNS, which stays allowed. Docker empties no chain of ours, so running this again changes nothing.
set -euo pipefail

chain=FREEHOLD-METADATA
iptables --wait --new-chain $chain 2>/dev/null || iptables --wait --flush $chain
iptables --wait --append $chain --destination 169.254.169.254 --protocol udp --dport 53 --jump RETURN
iptables --wait --append $chain --destination 169.254.169.254 --protocol tcp --dport 53 --jump RETURN
iptables --wait --append $chain --destination 169.254.0.0/16 --jump REJECT
iptables --wait --new-chain DOCKER-USER 2>/dev/null || true
iptables --wait --check DOCKER-USER --jump $chain 2>/dev/null || iptables --wait --insert DOCKER-USER 1 --jump $chain
