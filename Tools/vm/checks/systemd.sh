#!/bin/sh
# The daemon under a real systemd: activation, readiness, watchdog, reload, drain, idleness, journal, sandbox.
# Runs as root in a booted machine with minked and a model installed; gcc and stop_thread.c are beside it.
# usage: systemd.sh; one line a check; status 0 if all hold.
set -u
socket=/run/minke/minke.sock
failed=0
pass() { echo "ok: $*"; }
fail() { echo "FAILED: $*"; failed=1; }
# check WORDS: the last command's status decides.
check() { if [ "$1" -eq 0 ]; then shift; pass "$*"; else shift; fail "$*"; fi; }
now() { cut -d' ' -f1 /proc/uptime; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
# within SECONDS COMMAND…: repeats it until it succeeds.
within() {
    limit=$1; began=$(now); shift
    until "$@" >/dev/null 2>&1; do
        awk -v a="$began" -v b="$(now)" -v l="$limit" 'BEGIN { exit !(b - a > l) }' && return 1
        sleep 0.1
    done
}
show() { systemctl show -P "$1" minked.service; }
pid() { show MainPID; }
state_is() { [ "$(show ActiveState)" = "$1" ]; }
restarts_are() { [ "$(show NRestarts)" -ge "$1" ]; }
# client PATH [BODY]: becomes curl; in the background it can be killed.
client() {
    path=$1
    if [ -n "${2:-}" ]; then set -- -d "$2"; else set --; fi
    exec curl -sSN --fail --max-time 300 --unix-socket $socket "http://localhost$path" "$@"
}
ask() { (client "$@"); }
message() { # message WORDS TOKENS: the body of a request
    printf '{"messages":[{"role":"user","content":"%s"}],"max_tokens":%d,"temperature":0}' "$1" "$2"
}
chat() { ask /v1/chat/completions "$(message "$1" "$2")"; }
# An answer that does not end by itself: the tokens that would end it are forbidden.
long_answer() { client /v1/completions '{"prompt":"Once","max_tokens":6000,"logit_bias":{"0":-100,"2":-100},"stream":true}'; }
drop_in() { # drop_in LINES: of [Service]; replaces the one before
    mkdir -p /etc/systemd/system/minked.service.d
    printf '[Service]\n%b\n' "$1" >/etc/systemd/system/minked.service.d/check.conf
    systemctl daemon-reload
    systemctl stop minked.service 2>/dev/null
    systemctl reset-failed minked.service minked.socket 2>/dev/null
    systemctl start minked.socket
}
entries() { journalctl -b -q --no-pager -u minked.service -o cat "MESSAGE_ID=4f0d5a4ab7c84c8d9f9d2ce5c2f4b1$1" | wc -l; }

systemctl --version | head -n 1
gcc -O1 -o /tmp/stop_thread ./stop_thread.c || exit 1
systemd-sysusers && systemd-tmpfiles --create minke.conf && journalctl --update-catalog
useradd -G minke alice && useradd bob
systemctl daemon-reload

# Units and sandbox, by this systemd's rules.
systemd-analyze verify --man=no --recursive-errors=yes minked.socket minked.service minke-tcp.socket minke-tcp.service
check $? "systemd-analyze verify is content"
systemd-analyze security --offline=true --threshold=5 --no-pager /usr/lib/systemd/system/minked.service >/tmp/security
check $? "exposure: $(grep -a Overall /tmp/security)"

# Socket activation.
systemctl enable -q --now minked.socket
[ "$(stat -c '%a %U %G' $socket)" = "660 root minke" ]; check $? "the socket is $(stat -c '%a %U %G' $socket)"
state_is inactive; check $? "nothing runs until asked"
setpriv --reuid=bob --regid=bob --init-groups curl -sS --unix-socket $socket http://localhost/health 2>/dev/null
[ $? -eq 7 ]; check $? "who is not in the group is kept out"
began=$(now)
answer=$(setpriv --reuid=alice --regid=alice --init-groups minke run --temperature 0 --max-tokens 12 "$(ls /var/lib/minke/models | sed 's/\.[a-z]*$//')" "Say hello." 2>&1)
check $? "the first request is answered after $(since "$began") s: $answer"
state_is active; check $? "the daemon runs, status: $(show StatusText)"
[ "$(stat -c %U "/proc/$(pid)")" = minke ]; check $? "as user minke"
grep -q 'Seccomp:.*2' "/proc/$(pid)/status"; check $? "behind a filter of system calls"

if aa-enabled -q 2>/dev/null; then
    grep -q '^minked (enforce)' "/proc/$(pid)/attr/apparmor/current"
    check $? "behind its AppArmor profile: $(cat "/proc/$(pid)/attr/apparmor/current")"
fi

# READY comes before the first byte of an answer.
systemctl stop minked.service
ready=$(ask /health 2>/dev/null | { head -c 1 >/dev/null; systemctl is-active minked.service; })
[ "$ready" = active ]; check $? "READY before the first byte ($ready)"

# A daemon that was killed comes back.
before=$(pid)
kill -9 "$before"
within 10 restarts_are 1 && within 10 state_is active && [ "$(pid)" != "$before" ]
check $? "kill -9: it is back"
chat "Say hello." 4 >/dev/null; check $? "and answers"

# The journal.
[ "$(entries 01)" -ge 3 ]; check $? "READY is in the journal by its MESSAGE_ID ($(entries 01) times)"
journalctl -b -q --no-pager -u minked.service MINKE_UID="$(id -u alice)" -o json | grep -q '"MINKE_STATUS":"200"'
check $? "requests are found by their user: MINKE_UID=$(id -u alice)"
journalctl -b -q --no-pager -u minked.service -x MESSAGE_ID=4f0d5a4ab7c84c8d9f9d2ce5c2f4b105 | grep -q 'Subject: Model .* is in memory'
check $? "the catalogue explains"
journalctl -b -q --no-pager _SYSTEMD_UNIT=minked.service -o json | grep -q '"_TRANSPORT":"journal"'
check $? "entries come by the native protocol"
strange=$(journalctl -b -q --no-pager _SYSTEMD_UNIT=minked.service _TRANSPORT=stdout -o cat | sort | uniq -c | head -n 3)
[ -z "$strange" ]; check $? "nothing but that, no library's complaints${strange:+: $strange}"

# The watchdog. stuck THREADS [PROMPT]: stops them during an answer, or while the prompt is read, and waits for the restart.
stuck() {
    ask /health >/dev/null; chat "Say hello." 2 >/dev/null
    before=$(show NRestarts); process=$(pid)
    : >/tmp/answer
    if [ -n "${2:-}" ]; then
        client /v1/chat/completions "$(message "$2" 1)" >/dev/null 2>&1 &
        client=$!
        sleep 3
    else
        long_answer >/tmp/answer 2>/dev/null &
        client=$!
        within 90 test -s /tmp/answer || fail "no answer begins"
    fi
    began=$(now)
    /tmp/stop_thread "$process" "$1" 60 & tool=$!
    within 16 restarts_are $((before + 1)); status=$?
    elapsed=$(since "$began")
    kill $tool $client 2>/dev/null; wait $client $tool 2>/dev/null
    return $status
}
drop_in 'WatchdogSec=6'
stuck minke-engine; status=$?
awk -v e="$elapsed" 'BEGIN { exit !(e >= 2 && e <= 11) }' || status=1
check $status "a stuck engine: ended after $elapsed s (WatchdogSec=6)"
journalctl -b -q --no-pager -u minked.service | grep -q 'Watchdog timeout'; check $? "by the watchdog"
[ "$(entries 07)" -ge 1 ]; check $? "which the journal foretells: $(journalctl -b -q --no-pager -u minked -o cat MESSAGE_ID=4f0d5a4ab7c84c8d9f9d2ce5c2f4b107 | tail -n 1)"
within 10 state_is active && chat "Say hello." 4 >/dev/null; check $? "and it answers again"
# A worker that stands still between two tasks holds nobody up; in the middle of one, as nearly always in this arithmetic,
# it does.
words() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "word%d ", (i * 31 + n) % 997 }'; }
prompt=$(words 1500)
drop_in 'WatchdogSec=6\nEnvironment=MINKE_MODEL_PRECISION=f32 MINKE_COMPUTE_THREADS=2'
for attempt in 1 2 3; do
    stuck minke-worker "$prompt" && break
    echo "   attempt $attempt: the worker stood still between two tasks"
done
awk -v e="$elapsed" 'BEGIN { exit !(e >= 2 && e <= 11) }'; check $? "a stuck worker: ended after $elapsed s"
drop_in 'WatchdogSec=6\nEnvironment=MINKE_MEMORY_BUDGET=90M MINKE_MODEL_CONTEXT=512'
stuck minke-reader; status=$?
awk -v e="$elapsed" 'BEGIN { exit !(e >= 2 && e <= 11) }' || status=1
check $status "a stuck disk: ended after $elapsed s"

# An idle daemon lives, and a prompt of a minute as well.
drop_in 'WatchdogSec=6\nEnvironment=MINKE_MODEL_PRECISION=f32 MINKE_COMPUTE_THREADS=1 MINKE_MODEL_CONTEXT=8192'
ask /health >/dev/null; process=$(pid)
sleep 15
[ "$(pid)" = "$process" ]; check $? "an idle daemon lives"
# As long a prompt as takes 100 seconds here, by the time that a short one takes: the machine below may have got quicker.
began=$(now)
chat "$(words 25)" 1 >/dev/null
count=$(awk -v t="$(since "$began")" 'BEGIN { n = 25 * 100 / (t + 0.01); print int(n > 1900 ? 1900 : n) }')
began=$(now)
chat "$(words "$count")" 1 >/tmp/answer; status=$?
elapsed=$(since "$began")
[ "$(pid)" = "$process" ] || status=1
awk -v e="$elapsed" 'BEGIN { exit !(e >= 60) }' || { echo "   the prompt was too short: $elapsed s"; status=1; }
check $status "a prompt of $elapsed s lives with WatchdogSec=6: $(grep -o '"prompt_tokens":[0-9]*' /tmp/answer)"

# Reload, with requests all the time.
drop_in ''
mkdir -p /etc/minke/minke.toml.d
chat "Say hello." 2 >/dev/null; process=$(pid)
(
    while ! test -e /tmp/enough; do
        chat "Count to ten." 8 >/dev/null 2>>/tmp/errors && echo >>/tmp/answers || echo >>/tmp/failures
    done
) &
load=$!
for round in $(seq 100); do
    printf '[server]\nqueue = %d\n' "$((round % 7 + 20))" >/etc/minke/minke.toml.d/50-check.toml
    kill -HUP "$process"; sleep 0.05
    printf '[server]\nqeue = 3\n' >/etc/minke/minke.toml.d/50-check.toml
    kill -HUP "$process"; sleep 0.05
done
within 5 state_is active
show StatusText | grep -q 'configuration refused: /etc/minke/minke.toml.d/50-check.toml:2:1: .*queue'
check $? "STATUS shows what is wrong: $(show StatusText)"
printf '[server]\nqueue = 5\nsessions = 3\n' >/etc/minke/minke.toml.d/50-check.toml
systemctl reload minked.service; check $? "systemctl reload"
within 5 sh -c "systemctl show -P StatusText minked.service | grep -q 'restart to apply server.sessions'"
check $? "STATUS shows what needs a restart: $(show StatusText)"
touch /tmp/enough; wait $load
[ "$(pid)" = "$process" ] && ! test -e /tmp/failures
check $? "SIGHUP 200 times: the same process, $(wc -l </tmp/answers) answers, none failed; $(entries 03) applied, $(entries 04) refused"
[ "$(entries 03)" -ge 20 ] && [ "$(entries 04)" -ge 20 ]; check $? "both kinds were seen"

# Idle exit, set by a reload; the socket brings the daemon back, and it knows the conversation.
chat "Tell me about the sea, the sun and the wind over the mountains in the north." 4 >/dev/null
printf '[server]\nidle_exit = "2s"\n' >/etc/minke/minke.toml.d/50-check.toml
systemctl reload minked.service
began=$(now)
within 12 state_is inactive; check $? "idle exit after $(since "$began") s, result $(show Result)"
chat "Tell me about the sea, the sun and the wind over the mountains in the north." 4 >/tmp/answer
check $? "the socket brings it back"
grep -o '"cached_tokens":[0-9]*' /tmp/answer | grep -qv ':0$'
check $? "with what was computed before: $(grep -o '"cached_tokens":[0-9]*' /tmp/answer)"

# SIGTERM during an answer.
printf '[server]\ndrain = "2s"\n' >/etc/minke/minke.toml.d/50-check.toml
systemctl restart minked.service
: >/tmp/answer; long_answer >/tmp/answer 2>/dev/null & client=$!
within 90 test -s /tmp/answer
began=$(now)
systemctl stop minked.service; elapsed=$(since "$began")
[ "$(show Result)" = success ] && awk -v e="$elapsed" 'BEGIN { exit !(e >= 1.5 && e < 8) }'
check $? "SIGTERM: drained for $elapsed s (drain = 2s), result $(show Result)"
wait $client

# A configuration that is wrong from the start: said once, not tried again and again.
printf '[server]\ndrian = 1\n' >/etc/minke/minke.toml.d/50-check.toml
minked --check-config 2>/tmp/answer; [ $? -eq 2 ] && grep -q "50-check.toml:2:1: .*did you mean 'drain'" /tmp/answer
check $? "--check-config: $(cat /tmp/answer)"
systemctl reset-failed minked.service
systemctl start minked.service 2>/dev/null
sleep 3
state_is failed && [ "$(show NRestarts)" -eq 0 ]; check $? "a wrong configuration is not tried again: $(show Result) $(show ExecMainStatus)"
rm /etc/minke/minke.toml.d/50-check.toml
systemctl reset-failed minked.service minked.socket; systemctl start minked.socket
minked --check-config; check $? "the shipped configuration is valid"

# The loopback port.
systemctl start minke-tcp.socket
curl -sS --fail http://127.0.0.1:11434/api/version >/dev/null; check $? "the port answers"
[ "$(curl -sS -o /dev/null -w '%{http_code}' -X POST http://127.0.0.1:11434/v1/stop)" = 403 ]
check $? "its clients have no rights of the owner"

[ $failed -eq 0 ] && echo "all checks hold"
exit $failed
