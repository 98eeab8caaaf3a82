#!/bin/sh
# Inside a booted Debian, as root, with minke_*.deb and minke-model-default_*.deb beside this script: install, ask, upgrade
# during an answer, remove, purge.
set -eu
say() { echo "ok: $1"; }
fail() { echo "FAILED: $1"; exit 1; }

export DEBIAN_FRONTEND=noninteractive
# Packages come from this folder alone.
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
if command -v autopkgtest >/dev/null; then
    # This is the machine of its own that the test wants.
    autopkgtest --no-built-binaries --ignore-restrictions=isolation-machine \
        ./minke_*.deb ./minke-model-default_*.deb ./source/ -- null >/tmp/autopkgtest 2>&1 ||
        fail "autopkgtest: $(tail -n 20 /tmp/autopkgtest)"
    say "autopkgtest: $(grep '^socket .*PASS' /tmp/autopkgtest)"
    dpkg --purge minke minke-model-default
    userdel --remove asker
fi
dpkg --install ./minke_*.deb ./minke-model-default_*.deb
systemctl is-active --quiet minked.socket || fail "the socket listens after the installation"
systemctl is-enabled --quiet minked.socket || fail "the socket is enabled"
! systemctl is-active --quiet minked.service || fail "the daemon waits to be asked"
test "$(stat -c '%a %U %G' /run/minke/minke.sock)" = "660 root minke" || fail "the socket is for the group"
say "installed: the socket listens, the daemon waits"

sh ./source/debian/tests/socket >/tmp/autopkgtest 2>&1 || fail "the package's own test: $(cat /tmp/autopkgtest)"
systemctl stop minked.service 2>/dev/null
say "the package's own test (debian/tests) passes"

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
# A version after this one; answers that run are not cut by it.
mkdir next
dpkg-deb --raw-extract ./minke_*.deb next
sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
dpkg-deb --build --root-owner-group -Zgzip next next.deb >/dev/null
before=$(systemctl show -P MainPID minked.service)
complete() {
    curl -sS --fail --max-time 900 --unix-socket /run/minke/minke.sock http://localhost/v1/completions \
        -d "{\"prompt\":\"Once\",\"max_tokens\":$1,\"temperature\":0,\"logit_bias\":{\"0\":-100,\"2\":-100}}"
}
# As many tokens as take longer than an upgrade, which an emulated processor is slow at too.
begin=$(date +%s%N)
complete 16 >/dev/null
count=$((16 * 120000 / (($(date +%s%N) - begin) / 1000000)))
test $count -lt 1500 || count=1500
complete $count >/tmp/answer & client=$!
sleep 1
dpkg --install ./next.deb
kill -0 $client || fail "the answer was still running after the upgrade"
test "$(systemctl show -P MainPID minked.service)" = "$before" || fail "the daemon of before serves on"
wait $client || fail "an answer that runs during an upgrade is whole"
grep -q "\"completion_tokens\":$count" /tmp/answer || fail "an answer that runs during an upgrade has all its tokens"
for _ in $(seq 100); do systemctl is-active --quiet minked.service || break; sleep 0.1; done
! systemctl is-active --quiet minked.service || fail "the daemon of before ends when nothing runs"
test "$(systemctl show -P Result minked.service)" = success || fail "it ends well"
say "upgraded during an answer: all its $count tokens came, then the old daemon ended"
grep -q "# kept" /etc/minke/minke.toml || fail "the configuration is kept"
answer=$(echo "hello" | runuser -u asker -- minke run --max-tokens 4 --temperature 0)
test -n "$answer" || fail "it answers after the upgrade"
say "the next request starts the new daemon, the configuration is kept"

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
