#!/bin/sh
# Memory pressure: the expert cache shrinks under MemoryHigh= and under stress-ng, no request fails, it grows again; the
# kernel never has to end the daemon at MemoryMax=.
# Runs as root in a booted machine with cgroup v2, minked, curl and stress-ng, and the default model, of which not all experts
# fit into the budget. One line a check; status 0 if all hold.
set -u
socket=/run/minke/minke.sock
failed=0
check() { if [ "$1" -eq 0 ]; then shift; echo "ok: $*"; else shift; echo "FAILED: $*"; failed=1; fi; }
grep -q memory /sys/fs/cgroup/cgroup.controllers || { echo "skipped: no memory controller"; exit 0; }
ask() { curl -sS --fail --max-time 600 --unix-socket $socket "http://localhost$1" ${2:+-d "$2"}; }
metric() { ask /metrics | awk -v name="$1" '$1 == name { printf "%d", $2 }'; }
answer() {
    ask /v1/completions "{\"prompt\":\"Once\",\"max_tokens\":12,\"temperature\":0}" |
        sed 's/.*"text":"\([^"]*\)".*/\1/'
}
group=/sys/fs/cgroup/system.slice/minked.service
current() { cat $group/memory.current; }
event() { awk -v name="$1" '$1 == name { print $2 }' $group/memory.events; }
systemd-sysusers && systemd-tmpfiles --create minke.conf && journalctl --update-catalog
mkdir -p /etc/systemd/system/minked.service.d
cat >/etc/systemd/system/minked.service.d/pressure.conf <<'U'
[Service]
Environment=MINKE_MEMORY_BUDGET=100M MINKE_MODEL_CONTEXT=512
MemoryMax=160M
U
systemctl daemon-reload
systemctl restart minked.socket && systemctl restart minked.service
expected=$(answer)
slots=$(metric minke_expert_slots)
[ "$slots" -gt 0 ]; check $? "experts are paged ($slots slots)"
[ "$(metric minke_expert_slots_held)" -eq "$slots" ]; check $? "all of them are held"

# Pages of files are the kernel's to take back: a little below what is left without them. Much below, the kernel slows every
# page down by two seconds until the watchdog ends the daemon before a token is through.
used=$(awk '$1 == "anon" { print $2 }' $group/memory.stat)
systemctl set-property --runtime minked.service MemoryHigh=$((used - (3 << 20)))
[ "$(answer)" = "$expected" ]; check $? "the same answer under MemoryHigh="
for _ in $(seq 30); do
    [ "$(metric minke_expert_slots_held)" -lt "$slots" ] && break
    answer >/dev/null
done
held=$(metric minke_expert_slots_held)
[ "$held" -lt "$slots" ]; check $? "the cache shrinks under MemoryHigh= ($held of $slots)"
systemctl show -P StatusText minked.service
systemctl set-property --runtime minked.service MemoryHigh=infinity
for _ in $(seq 150); do
    [ "$(metric minke_expert_slots_held)" -gt "$held" ] && break
    answer >/dev/null
    sleep 1
done
[ "$(metric minke_expert_slots_held)" -gt "$held" ]; check $? "it grows again ($(metric minke_expert_slots_held) of $slots)"

before=$(metric minke_memory_pressure_total)
stress-ng --vm 2 --vm-bytes 95% --vm-method zero-one --vm-keep --timeout 60s >/dev/null 2>&1 & stress=$!
wrong=0
while kill -0 $stress 2>/dev/null; do [ "$(answer)" = "$expected" ] || wrong=$((wrong + 1)); done
[ $wrong -eq 0 ]; check $? "no answer fails or changes beside stress-ng"
[ "$(metric minke_memory_pressure_total)" -gt "$before" ]; check $? "its pressure is noticed"
[ "$(event oom_kill)" -eq 0 ]; check $? "MemoryMax= was never enforced by force ($(event max) times reached, 0 killed; peak $(($(cat $group/memory.peak 2>/dev/null || current) >> 20)) MiB of 160)"
rm /etc/systemd/system/minked.service.d/pressure.conf
systemctl daemon-reload
exit $failed
