#!/bin/bash
# Boots a Debian machine under QEMU's emulation, with Debian's kernel and systemd, installs the daemon, runs a check as root.
# usage: Tools/vm/machine.sh [-a ARCHITECTURE] [-k KERNEL_SUITE] [-c CPU] SUITE FOLDER MODEL CHECK [SECONDS]
# SUITE is bookworm or trixie, FOLDER holds the programs, which are installed with the model, or Debian packages, which the
# check installs. KERNEL_SUITE says where the kernel comes from: trixie-backports, the default, has gpio-sim; bookworm and
# trixie know the first version of the GPIO interface, for libgpiod 1, and the chip of emulated arm64 machines.
# Needs root; installs QEMU and mmdebstrap. Kernels and roots are cached below ~/.cache/minke/machines. What containers lack is
# here: controllers of cgroups, GPIO, other pages and processors. $KEEP names a folder for output, journal and console.
set -eu
cd "$(dirname "$0")/../.."
architecture=$(dpkg --print-architecture) kernel_suite=trixie-backports cpu=""
while getopts a:k:c: option; do
    case $option in
    a) architecture=$OPTARG ;;
    k) kernel_suite=$OPTARG ;;
    c) cpu=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
suite=$1 binaries=$2 model=$(realpath "$3") check=$4 limit=${5:-3600}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/minke/machines
kernel=$cache/kernel-$kernel_suite-$architecture
root_tar=$cache/$suite-$architecture.tar
# Emulated machines get Debian from where this one does.
mirror=$(Tools/mirror.sh)
case $architecture in
amd64) emulator=qemu-system-x86_64 machine="q35" console=ttyS0 cpu=${cpu:-max} ;;
arm64) emulator=qemu-system-aarch64 machine="virt,gic-version=3" console=ttyAMA0 cpu=${cpu:-cortex-a76} ;;
*) echo "no machine of $architecture" >&2 && exit 2 ;;
esac

tools() {
    local missing=0 tool
    for tool in "$emulator" mmdebstrap cpio depmod arch-test; do command -v "$tool" >/dev/null || missing=1; done
    test $missing = 1 || return 0
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends qemu-system-x86 qemu-system-arm \
        qemu-user-static binfmt-support arch-test mmdebstrap e2fsprogs kmod cpio xz-utils ipxe-qemu seabios >/dev/null
}

# download SUITE PACKAGE…: into the current folder, with an apt of its own; a pattern stands for what it depends on.
download() {
    local suite=$1 state=$work/apt && shift
    if ! test -d "$state"; then
        mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/etc/preferences.d" "$state/etc/apt.conf.d"
        : >"$state/status"
        local signed="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
        printf "deb [$signed] %s %s main\n" "$mirror" "$suite" "$mirror" "${suite%-backports}" | sort -u >"$state/etc/sources.list"
        apt_options=(-o "APT::Architecture=$architecture" -o "APT::Architectures::=$architecture" -o "Dir::State=$state"
            -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" -o "Dir::Etc=$state/etc"
            -o Acquire::Languages=none -o APT::Sandbox::User=root)
        apt-get "${apt_options[@]}" -qq update
    fi
    apt-get "${apt_options[@]}" -qq -t "$suite" download "$@"
}

# The kernel, its modules and a first root that finds the disk. linux-image-ARCHITECTURE, not the smaller kernel for
# clouds, which has no 9p.
make_kernel() {
    test -e "$kernel/done" && return
    echo "fetching the kernel of $kernel_suite for $architecture" >&2
    rm -rf "$kernel" && mkdir -p "$kernel" "$work/kernel/files"
    (
        cd "$work/kernel"
        download "$kernel_suite" busybox-static
        version=$(apt-cache "${apt_options[@]}" -t "$kernel_suite" depends "linux-image-$architecture" |
            awk '/Depends: linux-image-[0-9]/ { sub("linux-image-", "", $2); print $2; exit }')
        # Newer kernels come in parts.
        for package in linux-image linux-base linux-binary linux-modules; do
            download "$kernel_suite" "$package-$version" 2>/dev/null || true
        done
        for package in linux-*.deb; do dpkg-deb -x "$package" files; done
        dpkg-deb -x busybox-static*.deb busybox
        # One place for modules, where they are in all suites.
        if test -d files/lib/modules; then mkdir -p files/usr/lib && mv files/lib/modules files/usr/lib/; fi
        rm -rf files/lib && ln -s usr/lib files/lib
    )
    files=$work/kernel/files
    version=$(ls "$files/usr/lib/modules")
    find "$files" -name 'vmlinuz*' -exec cp {} "$kernel/vmlinuz" \;
    depmod -b "$files" "$version"
    make_first_root
    mkdir "$kernel/modules"
    cp -r "$files/usr/lib/modules/$version" "$kernel/modules/"
    # What no check needs is most of it.
    rm -rf "$kernel/modules/$version/kernel/"{sound,net/bluetooth,net/wireless,fs/xfs,fs/btrfs} \
        "$kernel/modules/$version/kernel/drivers/"{gpu,media,net,infiniband,staging,scsi,usb,hid,iio,input,mtd,bluetooth}
    depmod -b "$work/kernel/files" "$version"
    touch "$kernel/done"
}

# An initial RAM disk of busybox and the modules that the disk and the share need.
make_first_root() {
    local first=$work/first module number=10
    mkdir -p "$first"/{bin,modules,proc,sys,dev,new}
    cp "$work"/kernel/busybox/*bin/busybox "$work"/kernel/busybox/usr/bin/busybox "$first/bin/" 2>/dev/null || true
    for module in virtio_pci virtio_blk ext4 crc32c_generic 9p 9pnet_virtio virtio_rng; do
        # Some are part of one kernel and not of another.
        modprobe -d "$files" -S "$version" --show-depends "$module" 2>/dev/null || true
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
        number=$((number + 1))
        case $module in
        *.xz) xz -dc "$module" >"$first/modules/$number.ko" ;;
        *) cp "$module" "$first/modules/$number.ko" ;;
        esac
    done
    cat >"$first/init" <<'I'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for module in /modules/*; do $b insmod "$module"; done
tries=0
until test -b /dev/vda; do
    $b sleep 0.1
    tries=$((tries + 1))
    test $tries -lt 300 || $b poweroff -f
done
$b mount -t ext4 -o noatime /dev/vda /new || $b poweroff -f
for place in dev proc sys; do $b mount --move /$place /new/$place; done
exec $b switch_root /new /sbin/init
I
    chmod 755 "$first/init"
    (cd "$first" && find . | cpio --quiet -o -H newc | gzip -1) >"$kernel/initrd"
}

make_root() {
    test -e "$root_tar" && return
    echo "making the root file system of $suite for $architecture" >&2
    if test "$architecture" != "$(dpkg --print-architecture)"; then
        test -e /proc/sys/fs/binfmt_misc/status || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
        update-binfmts --enable qemu-aarch64
    fi
    local gpiod=libgpiod3
    test "$suite" = bookworm && gpiod=libgpiod2
    TMPDIR=/dev/shm mmdebstrap --quiet --mode=root --format=tar --variant=minbase --architectures="$architecture" \
        --include=systemd-sysv,dbus,udev,kmod,libstdc++6,curl,ca-certificates,gcc,libc6-dev,util-linux,apparmor,stress-ng,gpiod,$gpiod \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$root_tar.part" "$mirror" >&2
    mv "$root_tar.part" "$root_tar"
}

# The machine's disk, and the folder that it shares with this one.
make_disk() {
    local root=$work/root unit
    mkdir -p "$root" "$work/share/out"
    tar -xf "$root_tar" -C "$root" --exclude './dev/*'
    mkdir -p "$root/usr/lib/modules" "$root/mnt/share" "$root/etc/systemd/system/multi-user.target.wants"
    cp -r "$kernel"/modules/* "$root/usr/lib/modules/"
    if test -x "$binaries/minked"; then
        RUNNER=${RUNNER:-} DESTDIR=$root Packaging/install.sh "$binaries"
        mkdir -p "$root/var/lib/minke/models"
        cp "$model" "$root/var/lib/minke/models/"
    else
        cp "$binaries"/*.deb "$work/share/"
    fi
    cp "$check" "$work/share/check.sh"
    cp Tools/vm/*.c "$work/share/"
    mkdir "$work/share/source"
    cp -r Packaging/debian "$work/share/source/"
    echo check >"$root/etc/hostname"
    cat >"$root/usr/local/sbin/check" <<'C'
#!/bin/sh
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none share /mnt/share && cd /mnt/share || systemctl poweroff -ff
if sh ./check.sh >out/output 2>&1 </dev/null; then status=0; else status=$?; fi
journalctl -b --no-pager -o short-monotonic >out/journal 2>&1
echo $status >out/status
sync
exec systemctl poweroff -ff
C
    chmod 755 "$root/usr/local/sbin/check"
    printf '[Unit]\nAfter=multi-user.target\n[Service]\nType=exec\nEnvironment=HOME=/root\nExecStart=/usr/local/sbin/check\n' \
        >"$root/etc/systemd/system/check.service"
    ln -s ../check.service "$root/etc/systemd/system/multi-user.target.wants/"
    # Finding the machine's devices again takes longer than anything else, and nobody logs in.
    for unit in systemd-udev-trigger.service systemd-hwdb-update.service systemd-journal-flush.service \
        getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
        systemd-logind.service systemd-timesyncd.service fstrim.timer; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
    mkdir -p "$root/etc/systemd/journald.conf.d"
    printf '[Journal]\nStorage=volatile\n' >"$root/etc/systemd/journald.conf.d/check.conf"
    mke2fs -q -F -t ext4 -O ^has_journal -d "$root" "$work/disk" "$(($(du -sm "$root" | cut -f1) * 12 / 10 + 700))M"
    rm -rf "$root"
}

boot() {
    # Only this machine has the line.
    if test "$architecture" = arm64; then
        Tools/vm/button.py "$work/share" &
        button=$!
    fi
    timeout -k 10 "$limit" "$emulator" -M "$machine" -cpu "$cpu" -accel tcg -m "${MEMORY:-2048}" -nodefaults -no-user-config \
        -display none -no-reboot -kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
        -append "console=$console panic=-1 quiet systemd.show_status=0 systemd.default_timeout_start_sec=600 ${APPEND:-}" \
        -drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" -device virtio-rng-pci \
        -virtfs "local,path=$work/share,mount_tag=share,security_model=none" \
        -qmp "unix:$work/share/qmp,server=on,wait=off" \
        -serial "file:$work/share/out/console" >"$work/share/out/emulator" 2>&1 || true
}

tools
mkdir -p "$cache"
work=$(mktemp -d /dev/shm/minke-machine-XXXXXX)
button=
trap 'rm -rf "$work"; test -z "$button" || kill "$button" || true' EXIT
make_kernel
make_root
make_disk
boot
cat "$work/share/out/output" 2>/dev/null || { tail -n 20 "$work/share/out/console" && cat "$work/share/out/emulator"; }
status=$(cat "$work/share/out/status" 2>/dev/null || echo 125)
if test -n "${KEEP:-}"; then mkdir -p "$KEEP" && cp -r "$work/share/out/." "$KEEP/"; fi
exit "$status"
