#!/bin/sh
# Heat: a ramp from 60 to 90 °C in a thermal zone that is laid over /sys/class/thermal. The pace falls within two seconds, no
# request fails, answers stay the same, the pace comes back.
# Runs as root in a booted machine with minked, a model and curl. One line a check; status 0 if all hold.
set -u
socket=/run/minke/minke.sock
failed=0
check() { if [ "$1" -eq 0 ]; then shift; echo "ok: $*"; else shift; echo "FAILED: $*"; failed=1; fi; }
ask() { curl -sS --fail --max-time 600 --unix-socket $socket "http://localhost$1" ${2:+-d "$2"}; }
answer() {
    ask /v1/completions '{"prompt":"Once","max_tokens":24,"temperature":0}' | sed 's/.*"text":"\([^"]*\)".*/\1/'
}
# percent: the pace that the daemon says.
percent() { ask /metrics | awk '$1 == "minke_pace_ratio" { printf "%d", $2 * 100 }'; }
systemd-sysusers && systemd-tmpfiles --create minke.conf && journalctl --update-catalog
zone=/run/minke-heat/thermal_zone0
mkdir -p "$zone"
echo cpu-thermal >"$zone/type"
echo passive >"$zone/trip_point_0_type"
echo 80000 >"$zone/trip_point_0_temp"
heat() { echo $(($1 * 1000)) >"$zone/temp.new" && mv "$zone/temp.new" "$zone/temp"; }
heat 60
mount --bind /run/minke-heat /sys/class/thermal || { echo "FAILED: cannot lay over /sys/class/thermal"; exit 1; }
systemctl restart minked.socket && systemctl restart minked.service
expected=$(answer)
[ -n "$expected" ] && [ "$(percent)" -eq 100 ]; check $? "full pace at 60 °C"

(while [ ! -e /run/minke-heat/over ]; do
    [ "$(answer)" = "$expected" ] || echo "an answer failed or changed" >>/run/minke-heat/wrong
    echo x >>/run/minke-heat/count
done) & answers=$!
for degrees in 66 72 78 84 90; do heat $degrees; sleep 0.1; done
sleep 2
pace=$(percent)
[ "$pace" -le 10 ]; check $? "the pace falls within two seconds ($pace %)"
systemctl show -P StatusText minked.service
sleep 6
systemctl show -P StatusText minked.service | grep -q "cpu-thermal at 90"; check $? "the status line says why"
heat 60
for _ in $(seq 40); do
    sleep 1
    [ "$(percent)" -eq 100 ] && break
done
[ "$(percent)" -eq 100 ]; check $? "full pace again"
touch /run/minke-heat/over
wait $answers
[ ! -e /run/minke-heat/wrong ]; check $? "none of $(wc -l </run/minke-heat/count) answers failed or changed"
[ "$(journalctl -b -q --no-pager -u minked.service MESSAGE_ID=4f0d5a4ab7c84c8d9f9d2ce5c2f4b109 | wc -l)" -ge 1 ]
check $? "the journal has the event"
umount /sys/class/thermal
rm -r /run/minke-heat
exit $failed
