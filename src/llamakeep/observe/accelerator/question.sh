# What the models can run on. Set above: $played (folder of a lab host), $patience (seconds for nvidia-smi).
# Answers in blocks: `@ name`, lines, `@= exit code`.

# A rehearsal host is a container and sees the hardware of the machine that it runs on, which is not its part:
# it reads the one that it plays. Real hosts have no such folder.
root=
if [ -d "$played" ]; then root=$played; fi

box=
trap '[ -z "$box" ] || rm -rf "$box"' EXIT
trap 'exit 143' HUP INT TERM

line() {
    text=
    IFS= read -r text <"$2"
    [ -z "$text" ] || printf '%s=%s\n' "$1" "$text"
}

echo '@ machine'
line release "$root/proc/sys/kernel/osrelease"
line module "$root/sys/module/nvidia/version"
line nvrm "$root/proc/driver/nvidia/version"
line amdgpu "$root/sys/module/amdgpu/version"
line tegra "$root/etc/nv_tegra_release"
line model "$root/proc/device-tree/model"
for name in nvidia nvidia_uvm nouveau amdgpu; do
    [ ! -d "$root/sys/module/$name" ] || echo "loaded=$name"
done
for name in dxg kfd nvidia-uvm; do
    [ ! -e "$root/dev/$name" ] || echo "device=$name"
done
for name in /run/systemd/container /run/.containerenv /.dockerenv; do
    [ -n "$root" ] || [ ! -e "$name" ] || echo "container=$name"
done
# What a program gets that asks for libnvidia-ml.so.1, before whatever else lies about.
[ -n "$root" ] || ldconfig -p | sed -n 's/.*libnvidia-ml\.so\.1 .* => //p' | while IFS= read -r file; do
    echo "library=$(readlink -f "$file")"
done
for file in "$root"/usr/lib/*-linux-gnu/libnvidia-ml.so.* "$root"/usr/lib64/libnvidia-ml.so.* \
    "$root"/usr/lib/libnvidia-ml.so.* "$root"/usr/lib/*-linux-gnu/nvidia/current/libnvidia-ml.so.* \
    "$root"/usr/lib/wsl/lib/libnvidia-ml.so.* "$root"/run/opengl-driver/lib/libnvidia-ml.so.*; do
    [ ! -e "$file" ] || echo "library=$file"
done

echo '@ bus'
for board in "$root"/sys/bus/pci/devices/*; do
    class=
    read -r class <"$board/class"
    case $class in 0x0300* | 0x0302* | 0x0380* | 0x1200*) ;; *) continue ;; esac
    [ ! -e "$board/physfn" ] || continue # a share of a board that is cut up for virtual machines
    vendor= device= subsystem= vram= used= gtt=
    read -r vendor <"$board/vendor"
    read -r device <"$board/device"
    read -r subsystem <"$board/subsystem_device"
    read -r vram <"$board/mem_info_vram_total"
    read -r used <"$board/mem_info_vram_used"
    read -r gtt <"$board/mem_info_gtt_total"
    driver=$(readlink "$board/driver")
    echo "bus=${board##*/} vendor=$vendor device=$device class=$class subsystem=$subsystem" \
        "driver=${driver##*/} vram=$vram used=$used gtt=$gtt"
done

echo '@ kfd'
for node in "$root"/sys/class/kfd/kfd/topology/nodes/*; do
    [ -r "$node/properties" ] || continue
    echo $(grep -E '^(simd_count|gfx_target_version|vendor_id|location_id|domain) ' "$node/properties")
done

smi=
for file in "$(command -v nvidia-smi)" /usr/bin/nvidia-smi /usr/lib/wsl/lib/nvidia-smi; do
    if [ -z "$smi" ] && [ -x "$file" ]; then smi=$file; fi
done
[ -n "$smi" ] || exit 0

# nvidia-smi can hang in the kernel where no signal reaches it. So it runs in a session of its own, with nothing
# of ours in its hands: it writes to a file in memory, and nobody waits for it longer than we have patience.
for place in /dev/shm /run /tmp; do
    box=$(mktemp -d "$place/llamakeep.XXXXXX") && break
done
if [ -z "$box" ]; then
    printf '@ core\nno room in /dev/shm, /run or /tmp for what nvidia-smi prints\n@= unasked\n'
    exit 0
fi
apart=
if command -v setsid >/dev/null; then apart=setsid; fi
now() { IFS='. ' read -r now _ </proc/uptime; }
now
over=$((now + patience))
hung=

begin() {
    name=$1
    shift
    # One that prints without end is stopped by the kernel after some megabytes.
    (
        ulimit -f 8192
        cd /
        exec $apart "$smi" "$@" >"$box/$name" 2>&1 </dev/null
    ) &
    eval "pid_$name=\$!"
}

show() {
    case $1 in
    xml) sed -n -e '/<gpu id=/p' -e '/<mig_device>/,/<\/mig_device>/p' "$box/xml" ;;
    licence) grep -E '^GPU |License Status' "$box/licence" ;;
    *) head -n 99 "$box/$1" ;;
    esac
    echo
}

finish() {
    eval "pid=\$pid_$1"
    while :; do
        state=
        read -r _ _ state _ <"/proc/$pid/stat"
        case $state in '' | X | Z) break ;; esac
        now
        if [ "$now" -ge "$over" ]; then
            hung=$state
            break
        fi
        sleep 0.05 || sleep 1
    done
    echo "@ $1"
    case $state in
    '' | X | Z)
        wait "$pid"
        code=$?
        ;;
    *)
        code="hangs $state"
        kill -s KILL -- "-$pid" || kill -s KILL "$pid"
        ;;
    esac
    show "$1"
    echo "@= $code"
}

plain=--format=csv,noheader,nounits
begin core --query-gpu=index,uuid,name,pci.bus_id,driver_version,memory.total,memory.used,memory.free $plain
finish core
[ -z "$hung" ] && grep -q '^[0-9][0-9]*, ' "$box/core" || exit 0

# Fields that some drivers refuse, and with them the whole query that names them.
begin capability --query-gpu=index,compute_cap $plain
begin more --query-gpu=index,mig.mode.current,ecc.mode.current,persistence_mode,temperature.gpu,power.draw $plain
finish capability
finish more
[ -z "$hung" ] || exit 0

if grep -q '^[0-9][0-9]*, Enabled,' "$box/more"; then
    begin list -L
    begin xml -q -x
    finish list
    finish xml
    [ -z "$hung" ] || exit 0
fi
if grep -Eq '(GRID |-[0-9]+[ABCQ],)' "$box/core"; then
    begin licence -q
    finish licence
fi
