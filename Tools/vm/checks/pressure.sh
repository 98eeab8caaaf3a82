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
Environment=MINKE_MEMORY_BUDGET=116M MINKE_MODEL_CONTEXT=512
MemoryMax=200M
U
systemctl daemon-reload
systemctl restart minked.socket && systemctl restart minked.service
expected=$(answer)
slots=$(metric minke_expert_slots)
[ "$slots" -gt 0 ]; check $? "experts are paged ($slots slots)"
[ "$(metric minke_expert_slots_held)" -eq "$slots" ]; check $? "all of them are held"

# Pages of files that are not locked are the kernel's to take back. Less than is left without them, by a third of what the
# cache can give: where a limit cannot be kept, the kernel slows every page down by two seconds until the watchdog ends the
# daemon.
stat() { awk -v name="$1" '$1 == name { print $2 }' $group/memory.stat; }
used=$(($(current) - $(stat file) + $(stat unevictable)))
systemctl set-property --runtime minked.service MemoryHigh=$((used - (6 << 20)))
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

# Somebody else takes all memory but 60 MiB.
before=$(metric minke_memory_pressure_total)
held=$(metric minke_expert_slots_held)
least=$held
available=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
stress-ng --vm 1 --vm-bytes $((available - 61440))k --vm-populate --vm-keep --vm-method zero-one --timeout 90s >/dev/null 2>&1 &
stress=$!
wrong=0 answers=0
while kill -0 $stress 2>/dev/null; do
    [ "$(answer)" = "$expected" ] || wrong=$((wrong + 1))
    answers=$((answers + 1))
    now=$(metric minke_expert_slots_held)
    [ "$now" -lt "$least" ] && least=$now
done
[ $wrong -eq 0 ]; check $? "none of $answers answers fails or changes beside stress-ng"
[ "$(metric minke_memory_pressure_total)" -gt "$before" ]; check $? "its pressure is noticed"
[ "$least" -lt "$held" ]; check $? "the cache shrinks beside it ($least of $held)"
[ "$(event oom_kill)" -eq 0 ]
check $? "nothing was killed (MemoryMax= reached $(event max) times, peak $(($(cat $group/memory.peak 2>/dev/null || current) >> 20)) of 200 MiB)"
rm /etc/systemd/system/minked.service.d/pressure.conf
systemctl daemon-reload
exit $failed
