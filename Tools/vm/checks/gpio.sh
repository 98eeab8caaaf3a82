#!/bin/sh
# Light and button on an emulated chip: patterns read back, presses that cancel and unload, bounces, a chip that goes away.
# Runs as root in a booted machine with gpio-sim or a PL061, minked and one model; gcc and stop_thread.c are beside it. One line a check;
# status 0 if all hold.
set -u
socket=/run/minke/minke.sock
failed=0
check() { if [ "$1" -eq 0 ]; then shift; echo "ok: $*"; else shift; echo "FAILED: $*"; failed=1; fi; }
ask() { curl -sS --fail --max-time 600 --unix-socket $socket "http://localhost$1" ${2:+-d "$2"}; }
uptime() { read -r up _ </proc/uptime; echo "$up"; }
since() { awk -v a="$1" -v b="$(uptime)" 'BEGIN { printf "%.1f", b - a }'; }
# An answer that does not end by itself: the tokens that would end it are forbidden.
endless() { ask /v1/completions '{"prompt":"Once","max_tokens":500,"logit_bias":{"0":-100,"2":-100}}'; }
loaded() { ask /api/ps | grep -q '"name"'; }
warnings() { journalctl -b -q --no-pager -u minked.service -p warning -o cat | grep -c 'GPIO line'; }
within() {
    limit=$1; began=$(uptime); shift
    until "$@" >/dev/null 2>&1; do
        awk -v a="$(since "$began")" -v l="$limit" 'BEGIN { exit !(a > l) }' && return 1
        sleep 0.2
    done
}

systemd-sysusers && systemd-tmpfiles --create minke.conf && journalctl --update-catalog
gcc -O1 -o /tmp/stop_thread ./stop_thread.c && gcc -O1 -o /tmp/watch_light ./watch_light.c || exit 1
udevadm control --reload
if modprobe gpio-sim 2>/dev/null; then
    # A simulated chip of eight lines, three of them named. The button draws its line low.
    chip_name=minke-board led=LED alert=ALERT button=BUTTON settings="" bounces=8 pause=0
    mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
    chip=/sys/kernel/config/gpio-sim/board
    mkdir -p $chip/bank0/line2 $chip/bank0/line3 $chip/bank0/line5
    echo 8 >$chip/bank0/num_lines
    echo $chip_name >$chip/bank0/label
    echo $led >$chip/bank0/line2/name
    echo $alert >$chip/bank0/line3/name
    echo $button >$chip/bank0/line5/name
    appear() {
        echo 1 >$chip/live
        udevadm settle
        lines=/sys/devices/platform/$(cat $chip/dev_name)/$(cat $chip/bank0/chip_name)
        device=/dev/$(cat $chip/bank0/chip_name)
    }
    vanish() { echo 0 >$chip/live; }
    watch() { if [ "$1" = $led ]; then line=2; else line=3; fi; /tmp/watch_light "$lines/sim_gpio$line/value" "$2"; }
    press() {
        echo pull-down >"$lines/sim_gpio5/pull"
        # Starting a program takes longer than a bounce.
        [ "$1" = 0 ] || sleep "$1"
        echo pull-up >"$lines/sim_gpio5/pull"
    }
    appear
else
    # The chip of QEMU's ARM machine. Its line 3 is the power button, which button.py presses for us, 0.1 s at least; it is
    # up while pressed.
    chip_name=9030000.pl061 led=0 alert=1 button=3 bounces=3 pause=0.1
    settings='button_active_low = false
button_bias = "as-is"
debounce = "300ms"'
    mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
    driver=/sys/bus/amba/drivers/pl061_gpio
    appear() {
        [ -e "$driver/$chip_name" ] || echo $chip_name >$driver/bind
        udevadm trigger --subsystem-match=gpio --action=add && udevadm settle
        device=$(ls -d /dev/gpiochip*)
        first=$(sed -n 's/^gpiochip[0-9]*: GPIOs \([0-9]*\)-.*pl061.*/\1/p' /sys/kernel/debug/gpio)
    }
    vanish() { echo $chip_name >$driver/unbind; }
    watch() { /tmp/watch_light /sys/kernel/debug/gpio "$2" "gpio-$((first + $1)) "; }
    press() {
        echo "$1" >out/press
        while [ -e out/press ]; do sleep 0.05; done
    }
    modprobe gpio-pl061 2>/dev/null
    [ -d $driver ] || { echo "FAILED: neither gpio-sim nor a PL061"; exit 1; }
    appear
fi
[ "$(stat -c '%a %G' "$device")" = "660 gpio" ]; check $? "$device belongs to the group gpio"
echo "   $(gpiodetect --version | head -n 1), $(uname -r), $(gpiodetect)"
# shows WORDS LINE SECONDS LEAST MOST: the percentage of the time that a light is on lies between these.
shows() {
    words=$1; seen=$(watch "$2" "$3")
    [ "${seen%% *}" -ge "$4" ] && [ "${seen%% *}" -le "$5" ]; check $? "$words: on ${seen%% *} % of the time, ${seen##* } changes a second"
}

mkdir -p /etc/minke/minke.toml.d /etc/systemd/system/minked.service.d
cat >/etc/minke/minke.toml.d/50-gpio.toml <<T
[gpio]
chip = "$chip_name"
led = "$led"
alert_led = "$alert"
button = "$button"
$settings
T
# A stuck engine is to be seen, not ended.
printf '[Service]\nWatchdogSec=0\n' >/etc/systemd/system/minked.service.d/gpio.conf
systemctl daemon-reload
systemctl start minked.socket
ask /health >/dev/null; check $? "the daemon starts"
if gpiodetect --version | grep -q 'v1\.' && ! gpioinfo "$device" >/dev/null 2>&1; then
    # Version 1 of the library does not know this kernel's interface: the same as no line.
    sleep 15
    [ "$(warnings)" -eq 3 ]; check $? "$(gpiodetect --version | head -n 1) cannot use this chip: a warning for each line, no more ($(warnings))"
    journalctl -b -q --no-pager -u minked.service -p warning -o cat | grep 'GPIO line' | sort | uniq -c
    ask /v1/completions '{"prompt":"Once","max_tokens":4}' >/dev/null; check $? "the daemon answers without light and button"
    [ $failed -eq 0 ] && echo "all checks hold"
    exit $failed
fi
shows "ready" $led 2 100 100
shows "ready, second light" $alert 1 0 0
gpioinfo 2>/dev/null | grep -q minke; check $? "gpioinfo names the user: $(gpioinfo 2>/dev/null | grep minke | head -n 1 | tr -s ' \t' ' ')"

# Loading: the pattern is there as long as the model is not.
endless >/tmp/answer 2>/tmp/error & answer=$!
loading=$(watch $led 1)
within 120 loaded; check $? "the model loads"
[ "${loading%% *}" -ge 25 ] && [ "${loading%% *}" -le 75 ] || echo "   it loaded too fast to see how: $loading"
sleep 1
shows "answering" $led 4 80 98
shows "answering, second light" $alert 1 0 0

# A bounce is no press, nor are many.
for _ in $(seq $bounces); do press 0; [ $pause = 0 ] || sleep $pause; done
sleep 1
kill -0 $answer 2>/dev/null; check $? "bounces are ignored"
began=$(uptime)
press 0.6
within 20 sh -c "! kill -0 $answer 2>/dev/null"; check $? "a press ends the answer after $(since "$began") s"
wait $answer; check $? "which its client gets: $(grep -o '"finish_reason":"[a-z]*"' /tmp/answer)"
loaded; check $? "the model stays"
steady() { [ "$(watch $led 1)" = "100 0" ]; }
within 5 steady; check $? "and the light says ready"
press 2.5
within 10 sh -c "! curl -sS --unix-socket $socket http://localhost/api/ps | grep -q '\"name\"'"
check $? "held, it lets the model go"
journalctl -b -q --no-pager -u minked.service -o cat | grep 'button'

# Held back by heat.
zone=/run/minke-heat/thermal_zone0
mkdir -p "$zone"
echo cpu-thermal >"$zone/type"; echo passive >"$zone/trip_point_0_type"; echo 80000 >"$zone/trip_point_0_temp"
echo 79000 >"$zone/temp"
mount --bind /run/minke-heat /sys/class/thermal
systemctl restart minked.service
endless >/tmp/answer 2>/tmp/error & answer=$!
within 120 loaded && sleep 3
shows "held back" $led 4 8 35
shows "held back, second light" $alert 1 100 100
press 0.6; wait $answer
umount /sys/class/thermal

# Stuck.
systemctl restart minked.service
endless >/tmp/answer 2>/tmp/error & answer=$!
within 120 loaded && sleep 1
/tmp/stop_thread "$(systemctl show -P MainPID minked.service)" minke-engine 60 & tool=$!
sleep 25
shows "stuck" $led 2 30 70
changes=$(watch $led 2); [ "${changes##* }" -ge 6 ]; check $? "which blinks fast (${changes##* } changes a second)"
kill $tool; wait $tool 2>/dev/null
press 0.6; wait $answer; check $? "it goes on when the engine does"

# A chip that goes away while an answer runs, and comes back.
endless >/tmp/answer 2>/tmp/error & answer=$!
sleep 2
before=$(warnings)
vanish
sleep 8
kill -0 $answer 2>/dev/null; check $? "the answer goes on without the chip"
[ $(($(warnings) - before)) -ge 1 ]; check $? "which is said: $(journalctl -b -q --no-pager -u minked.service -p warning -o cat | grep 'GPIO line' | tail -n 1)"
sleep 12
[ $(($(warnings) - before)) -le 3 ]; check $? "once a line ($(($(warnings) - before)) warnings)"
appear
sleep 12
shows "back again, answering" $led 4 80 98
press 0.6
within 20 sh -c "! kill -0 $answer 2>/dev/null"; check $? "and the button works"
wait $answer; check $? "the answer that ran all the time is whole"

# A line that another program has.
systemctl stop minked.service
[ "$(watch $led 1)" = "0 0" ]; check $? "dark when the daemon has ended"
if gpiodetect --version | grep -q 'v1\.'; then
    gpioset --mode=signal "$device" $led=1 & holder=$!
else
    gpioset --chip "$device" $led=1 & holder=$!
fi
sleep 1
ask /health >/dev/null && kill -0 $holder; check $? "it starts although another program has the line"
journalctl -b -q --no-pager -u minked.service -p warning -o cat | grep -q "$led is not used: another program"
check $? "and says so: $(journalctl -b -q --no-pager -u minked.service -p warning -o cat | grep 'GPIO line' | tail -n 1)"
kill $holder
rm /etc/systemd/system/minked.service.d/gpio.conf /etc/minke/minke.toml.d/50-gpio.toml
[ $failed -eq 0 ] && echo "all checks hold"
exit $failed
