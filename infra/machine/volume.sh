#!/bin/bash
# Finds the data volume, formats it if nothing was ever on it, and mounts it. Safe to run at any time, as often as one likes.
#
# A disk is ours by its label. A disk without any signature, whose first bytes are zero, is new: it is formatted, once.
# Anything else is somebody's data: this ends with an error and touches nothing.
set -euo pipefail

label=freehold
mount=${FREEHOLD_MOUNT:-/var/lib/freehold}
state=${FREEHOLD_STATE:-/var/lib/freehold-setup}
wait_seconds=${FREEHOLD_WAIT_SECONDS:-infinity}

say() { echo "freehold-volume: $*"; }
refuse() { say "$*" >&2; exit 1; }

# Disks without partitions; the boot disk has some. FREEHOLD_DISKS names them for tests.
disks() {
  if [[ -n ${FREEHOLD_DISKS:-} ]]; then tr ' ' '\n' <<<"$FREEHOLD_DISKS"; return; fi
  local disk
  for disk in $(lsblk --nodeps --noheadings --paths --raw --output NAME,TYPE | awk '$2 == "disk" { print $1 }'); do
    case $disk in */zram* | */ram* | */nbd*) continue ;; esac
    [[ $(lsblk --noheadings --raw --output NAME "$disk" | wc -l) -eq 1 ]] && echo "$disk"
  done
  return 0
}

label_of() { blkid --probe --output value --match-tag LABEL "$1" 2>/dev/null || true; }

# What a disk's signature says; empty where there is none. More than one signature is an answer, too.
signature_of() {
  local status=0 found
  found=$(blkid --probe --output export "$1" 2>/dev/null) || status=$?
  [[ $status -eq 8 ]] && found="several signatures at once"
  if [[ -z $found ]]; then found=$(wipefs --noheadings --output TYPE,OFFSET "$1"); fi
  echo "$found"
}

is_zero() { cmp --quiet --bytes=$((16 * 1024 * 1024)) "$1" /dev/zero; }

# What a disk is called by the cloud, so that a note about it does not fit another one.
identity_of() {
  local serial
  serial=$(lsblk --nodeps --noheadings --output SERIAL "$1" 2>/dev/null | tr -d ' ') || serial=
  echo "${serial:-$1}"
}

find_ours() {
  local disk found=()
  for disk in $(disks); do
    if [[ $(label_of "$disk") == "$label" ]]; then found+=("$disk"); fi
  done
  [[ ${#found[@]} -le 1 ]] || refuse "${#found[@]} disks have the label $label: ${found[*]}. Detach all but one."
  echo "${found[0]:-}"
}

# Formats the one disk that was never used, if there is one; prints it.
find_new() {
  local disk new=() half=()
  for disk in $(disks); do
    [[ -r $disk ]] || refuse "$disk can't be read."
    if [[ -e $state/formatting-$(identity_of "$disk" | tr '/' '_') ]]; then half+=("$disk"); continue; fi
    [[ -z $(signature_of "$disk") ]] || refuse "$disk holds something that is not ours ($(signature_of "$disk" | tr '\n' ' ')); it stays as it is."
    is_zero "$disk" || refuse "$disk has no signature, but is not empty; it stays as it is."
    new+=("$disk")
  done
  # A format that was cut short is done again: the note says that the disk was empty before.
  if [[ ${#half[@]} -gt 0 ]]; then new=("${half[@]}"); fi
  [[ ${#new[@]} -le 1 ]] || refuse "${#new[@]} disks are empty: ${new[*]}. Which is the data volume? Detach all but one."
  echo "${new[0]:-}"
}

format() {
  local disk=$1 note
  note=$state/formatting-$(identity_of "$disk" | tr '/' '_')
  [[ ! -e $state/formatted ]] || refuse "$disk is empty, but this machine has formatted its data volume before ($(cat "$state/formatted")). Data are missing: look before anything writes."
  mkdir -p "$state"
  echo "$disk" >"$note"
  sync "$note" "$state"
  mkfs.ext4 -q -F -L "$label" -m 1 "$disk"
  identity_of "$disk" >"$state/formatted"
  sync "$state/formatted" "$state"
  rm "$note"
  say "formatted $disk"
}

if mountpoint --quiet "$mount"; then say "$mount is mounted"; exit 0; fi
began=$SECONDS
while true; do
  disk=$(find_ours)
  [[ -n $disk ]] && break
  disk=$(find_new)
  if [[ -n $disk ]]; then format "$disk"; break; fi
  if [[ $wait_seconds != infinity ]] && ((SECONDS - began >= wait_seconds)); then refuse "no data volume after $wait_seconds s"; fi
  sleep 2
done
mkdir -p "$mount"
# After a crash the journal is replayed; only damage beyond that stops here.
fsck.ext4 -p "$disk" || [[ $? -le 1 ]] || refuse "$disk is damaged; run by hand: fsck.ext4 $disk"
# The volume may have been enlarged since.
bytes_of() { dumpe2fs -h "$1" 2>/dev/null | awk -F: '/^Block count/ { count = $2 } /^Block size/ { size = $2 } END { printf "%d\n", count * size }'; }
if (($(blockdev --getsize64 "$disk") - $(bytes_of "$disk") > 4 * 1024 * 1024)); then
  fsck.ext4 -f -p "$disk" || [[ $? -le 1 ]] || refuse "$disk is damaged; run by hand: fsck.ext4 $disk"
  resize2fs "$disk"
  say "$disk was grown"
fi
mount -o noatime "$disk" "$mount"
say "$disk is mounted on $mount"
