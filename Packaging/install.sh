#!/bin/sh
# Installs binaries, units, the configuration, manual pages and shell completions under DESTDIR.
# usage: DESTDIR=/tmp/root [RUNNER=EMULATOR] Packaging/install.sh FOLDER-OF-BINARIES
# The programs write their completions themselves: RUNNER runs them where this machine cannot.
set -eu
cd "$(dirname "$0")/.."
binaries=$1
root=${DESTDIR:-}
install -d "$root/usr/bin"
install -m 755 "$binaries/minke" "$binaries/minked" "$root/usr/bin/"
install -d "$root/usr/lib/systemd/system" "$root/usr/lib/systemd/catalog" "$root/usr/lib/sysusers.d" \
    "$root/usr/lib/tmpfiles.d" "$root/usr/lib/udev/rules.d" "$root/etc/minke/minke.toml.d"
install -m 644 systemd/*.socket systemd/*.service "$root/usr/lib/systemd/system/"
install -m 644 systemd/minke.catalog "$root/usr/lib/systemd/catalog/"
install -m 644 systemd/minke.sysusers "$root/usr/lib/sysusers.d/minke.conf"
install -m 644 systemd/minke.tmpfiles "$root/usr/lib/tmpfiles.d/minke.conf"
install -m 644 systemd/minke.rules "$root/usr/lib/udev/rules.d/60-minke.rules"
install -d "$root/etc/apparmor.d"
install -m 644 Packaging/minked.apparmor "$root/etc/apparmor.d/minked"
# What an administrator has changed stays.
test -e "$root/etc/minke/minke.toml" || install -m 644 Packaging/minke.toml "$root/etc/minke/"
for page in Packaging/man/*; do
    folder="$root/usr/share/man/man${page##*.}"
    install -d "$folder"
    install -m 644 "$page" "$folder/"
done
install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
    "$root/usr/share/fish/vendor_completions.d"
complete() { ${RUNNER:-} "$binaries/$command" --generate-completion-script "$1"; }
for command in minke minked; do
    # Sourced, not run: it needs no first line.
    complete bash | sed '1{/^#!/d}' >"$root/usr/share/bash-completion/completions/$command"
    complete zsh >"$root/usr/share/zsh/vendor-completions/_$command"
    complete fish >"$root/usr/share/fish/vendor_completions.d/$command.fish"
done
