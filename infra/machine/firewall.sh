#!/bin/bash
# Opens the host's own firewall for the web and closes it for containers, in the files that Oracle's images load at boot.
# The images refuse everything but SSH at the end of INPUT; their chain InstanceServices protects the boot disk and stays.
# Runs before Docker adds chains of its own; these files must never be saved from the running rules.
set -euo pipefail

folder=${FREEHOLD_IPTABLES:-/etc/iptables}
mark="-m comment --comment freehold"

# Containers may reach the host's web ports (the edge answers there) and nothing else on it.
first_rules() {
  local bridge
  for bridge in docker0 br-+; do
    echo "-A INPUT -i $bridge -m conntrack --ctstate RELATED,ESTABLISHED $mark -j ACCEPT"
    echo "-A INPUT -i $bridge -p tcp -m multiport --dports 80,443 $mark -j ACCEPT"
    echo "-A INPUT -i $bridge $mark -j DROP"
  done
}

web_rules() {
  echo "-A INPUT -p tcp -m multiport --dports 80,443 $mark -j ACCEPT"
  echo "-A INPUT -p udp --dport 443 $mark -j ACCEPT"
}

# Writes a file with our rules in it, whatever it held of them before. Ends with 3 where INPUT refuses nothing.
edit() {
  FIRST=$(first_rules) WEB=$(web_rules) awk '
    /--comment freehold / { next }
    /^\*/ { table = $0 }
    table == "*filter" && /^-A INPUT/ && !began { print ENVIRON["FIRST"]; began = 1 }
    table == "*filter" && /^-A INPUT .*-j (REJECT|DROP)/ && !done { print ENVIRON["WEB"]; done = 1 }
    { print }
    END { if (!done) exit 3 }
  ' "$1"
}

apply() {
  local file=$1 restore=$2
  # Each failure is asked for: inside `apply … ||` bash does not stop at a command that fails.
  if ! edit "$file" >"$file.draft"; then
    rm -f "$file.draft"
    return 3
  fi
  if ! "$restore" --test "$file.draft"; then
    rm -f "$file.draft"
    return 1
  fi
  chmod --reference="$file" "$file.draft" && mv "$file.draft" "$file" && "$restore" "$file"
}

[[ -e $folder/rules.v4 ]] || { echo "freehold-firewall: $folder/rules.v4 is missing: this image is not one of Oracle's Ubuntu images" >&2; exit 1; }
if docker_chain=$(iptables --list DOCKER-USER --numeric 2>/dev/null) && [[ -n $docker_chain ]]; then
  echo "freehold-firewall: Docker runs already; its rules must not be replaced under it" >&2
  exit 0
fi
apply "$folder/rules.v4" "${FREEHOLD_RESTORE4:-iptables-restore}" || { echo "freehold-firewall: $folder/rules.v4 can't be read, or none of its rules refuses anything at the end of INPUT" >&2; exit 1; }
if [[ -e $folder/rules.v6 ]]; then
  apply "$folder/rules.v6" "${FREEHOLD_RESTORE6:-ip6tables-restore}" || echo "freehold-firewall: rules.v6 refuses nothing, so there is nothing to open" >&2
fi
echo "freehold-firewall: 80 and 443 are open"
