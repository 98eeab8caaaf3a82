#!/bin/bash
# Boots Debian's systemd in a throw-away container, installs the daemon there, and runs a check as root.
# usage: Tools/vm/container.sh bookworm|trixie FOLDER MODEL CHECK [SECONDS]
# FOLDER holds the programs, which are installed with the model, or Debian packages, which the check installs.
# Needs root; installs systemd-container. There are no controllers of cgroups inside: MemoryMax= and CPUQuota= have no effect
# (the virtual machines have them).
set -eu
cd "$(dirname "$0")/../.."
if ! command -v systemd-nspawn >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd-container >/dev/null
fi
suite=$1 binaries=$2 model=$(realpath "$3") check=$4 limit=${5:-600}
tar=$(Tools/vm/root.sh "$suite")
work=$(mktemp -d /dev/shm/minke-container-XXXXXX)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root" "$work/share/out"
tar -xf "$tar" -C "$root"
if test -x "$binaries/minked"; then
    DESTDIR=$root Packaging/install.sh "$binaries"
    mkdir -p "$root/var/lib/minke/models"
    cp "$model" "$root/var/lib/minke/models/"
else
    cp "$binaries"/*.deb "$work/share/"
fi
cp "$check" "$work/share/check.sh"
cp Tools/vm/stop_thread.c "$work/share/"
mkdir "$work/share/source"
cp -r Packaging/debian "$work/share/source/"
echo check >"$root/etc/hostname"
mkdir -p "$root/mnt/share" "$root/etc/systemd/system/multi-user.target.wants"
cat >"$root/usr/local/sbin/check" <<'E2'
#!/bin/sh
cd /mnt/share
if sh ./check.sh >out/output 2>&1 </dev/null; then status=0; else status=$?; fi
journalctl -b --no-pager -o short-monotonic >out/journal 2>&1
echo $status >out/status
exec systemctl poweroff -ff
E2
chmod 755 "$root/usr/local/sbin/check"
printf '[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot\nEnvironment=HOME=/root\nExecStart=/usr/local/sbin/check\n' \
    >"$root/etc/systemd/system/check.service"
ln -s ../check.service "$root/etc/systemd/system/multi-user.target.wants/"
for unit in console-getty.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_LOG_LEVEL=err timeout "$limit" systemd-nspawn -q -D "$root" \
    --machine="minke$$" --register=no --keep-unit --private-network --bind="$work/share:/mnt/share" --capability=all \
    -b </dev/null >"$work/share/out/console" 2>&1 || true
cat "$work/share/out/output" 2>/dev/null || tail -20 "$work/share/out/console"
status=$(cat "$work/share/out/status" 2>/dev/null || echo 125)
if test -n "${KEEP:-}"; then mkdir -p "$KEEP" && cp -r "$work/share/out/." "$KEEP/"; fi
exit "$status"
