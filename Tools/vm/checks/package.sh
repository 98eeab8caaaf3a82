#!/bin/sh
# Inside a booted Debian, as root, with minke_*.deb and minke-model-default_*.deb beside this script: install, ask, remove,
# purge.
set -eu
say() { echo "ok: $1"; }
fail() { echo "FAILED: $1"; exit 1; }

export DEBIAN_FRONTEND=noninteractive
dpkg --install ./minke_*.deb ./minke-model-default_*.deb
systemctl is-active --quiet minked.socket || fail "the socket listens after the installation"
systemctl is-enabled --quiet minked.socket || fail "the socket is enabled"
! systemctl is-active --quiet minked.service || fail "the daemon waits to be asked"
test "$(stat -c '%a %U %G' /run/minke/minke.sock)" = "660 root minke" || fail "the socket is for the group"
say "installed: the socket listens, the daemon waits"

useradd --create-home --gid minke asker
useradd --create-home stranger
begin=$(date +%s%N)
answer=$(echo "What is the capital of France?" | runuser -u asker -- minke run --max-tokens 12 --temperature 0)
echo "answered after $((($(date +%s%N) - begin) / 1000000)) ms: $answer"
test -n "$answer" || fail "a member of the group gets an answer"
systemctl is-active --quiet minked.service || fail "the daemon runs now"
say "a member of the group gets an answer through socket activation"
if text=$(runuser -u stranger -- minke ps --socket /run/minke/minke.sock 2>&1); then fail "a stranger is kept out"; fi
case "$text" in *"may not use"*) ;; *) fail "a stranger is told why: $text" ;; esac
say "a stranger is kept out"

echo "# kept" >>/etc/minke/minke.toml
cp /etc/hostname /var/lib/minke/models/own.txt
dpkg --install ./minke_*.deb
grep -q "# kept" /etc/minke/minke.toml || fail "the configuration is kept"
answer=$(echo "hello" | runuser -u asker -- minke run --max-tokens 4 --temperature 0)
test -n "$answer" || fail "it answers after the package was installed again"
say "installed again: the configuration is kept, it answers"

dpkg --remove minke minke-model-default
! test -e /run/minke/minke.sock || fail "the socket is gone"
test -e /etc/minke/minke.toml || fail "remove keeps the configuration"
dpkg --purge minke minke-model-default
for path in /etc/minke /var/cache/minke /run/minke /usr/share/minke /usr/bin/minke /usr/bin/minked; do
    ! test -e "$path" || fail "purge removes $path"
done
test -e /var/lib/minke/models/own.txt || fail "purge keeps models"
test -z "$(systemctl list-units --all --plain --no-legend 'minke*')" || fail "no unit is left"
say "purged: models that somebody put there are all that is left"
