#!/usr/bin/env bash
# tests/container/build.sh [OFF|ON]: builds the Dockerfile where there is no Docker engine, and runs the image as a user that
# it does not know. A long test (OFF, the default: as long as a build; ON, with CUDA: that and 15 GB of disk for a while), no part of
# ./zotrain test. Needs root; makes a base with debootstrap once.
#   ZO_TEST_CIFAR10=DIR   trains on real pictures too, mounted at /data
#   ZO_TEST_CCACHE=DIR    a folder of ccache that the build shares
set -euo pipefail
cd "$(dirname "$0")/../.."
cuda=${1:-OFF}
home=${XDG_CACHE_HOME:-$HOME/.cache}/zotrain/container
image=zotrain-test:${cuda,,}
user=12345

say() { printf 'container test: %s\n' "$*"; }
die() { say "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "needs root: buildah makes file systems"
command -v buildah debootstrap >/dev/null || die "needs: apt-get install buildah debootstrap"
mkdir -p "$home"
export BUILDAH_ISOLATION=chroot
# vfs works on every file system.
store=(buildah --root "$home/storage" --runroot "$home/run" --storage-driver "${STORAGE_DRIVER:-vfs}")

# The bare system, with how this machine reaches its packages.
if ! "${store[@]}" inspect --type image zotrain-base >/dev/null 2>&1; then
  say "making a base"
  [ -f "$home/root/.complete" ] || {
    rm -rf "$home/root"
    debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$home/root" >"$home/debootstrap.log"
    touch "$home/root/.complete"
  }
  # Its own authorities in both places, as the package ca-certificates makes the second from the first.
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99* /etc/pip.conf \
      /usr/local/share/ca-certificates/* /etc/ssl/certs/ca-certificates.crt; do
    [ ! -f "$file" ] || install -D -m 644 "$file" "$home/root$file"
  done
  base=$("${store[@]}" from scratch)
  "${store[@]}" copy -q "$base" "$home/root" / >/dev/null
  "${store[@]}" commit -q --rm "$base" zotrain-base >/dev/null
fi

say "building with ZO_CUDA=$cuda"
nice -n 10 "${store[@]}" bud --build-arg BASE=localhost/zotrain-base --build-arg ZO_CUDA="$cuda" \
  ${ZO_TEST_CCACHE:+--volume "$ZO_TEST_CCACHE:/opt/cache/ccache"} -t "$image" . >"$home/build-$cuda.log" 2>&1 ||
  { tail -n 5 "$home/build-$cuda.log"; die "the build failed (whole output: $home/build-$cuda.log)"; }

container=$("${store[@]}" from "$image")
root=$("${store[@]}" mount "$container")
work=$(mktemp -d)
clean() { "${store[@]}" rm "$container" >/dev/null; rm -rf "$work"; }
trap clean EXIT
config() { "${store[@]}" inspect --type image --format "{{$1}}" "$image"; }
say "the image has $(du -sm "$root" | cut -f1) MiB"

[ "$(config .OCIv1.Config.Entrypoint)" = "[zotrain]" ] || die "the entry point is not zotrain alone, so signals may not reach it"
[ "$(config .OCIv1.Config.User)" = 1000:1000 ] || die "the user is $(config .OCIv1.Config.User)"
for tool in gcc g++ cc1plus nvcc cmake ninja pip; do
  ! find "$root" -xdev -name "$tool" -type f | grep -q . || die "$tool is in the image"
done
[ "$(find "$root" -xdev -name 'libtorch_cpu.so' | wc -l)" = 1 ] || die "LibTorch is in the image more than once"
[ "$cuda" = ON ] || ! find "$root" -xdev -name 'libcublas*' -o -name 'libtorch_cuda*' | grep -q . || die "CUDA is in the image"

# inside WORD…: the entry point as the first process of a container has it: process 1, the user, nothing of this machine's
# environment. Changes of mounts are seen by it alone.
inside() {
  local variables
  mapfile -t variables < <(config 'range .OCIv1.Config.Env}}{{println .}}{{end' | grep .)
  mkdir -p "$root/data"
  # shellcheck disable=SC2016  # expanded inside
  unshare --mount --pid --fork --kill-child bash -c '
    root=$1 user=$2 work=$3 data=$4; shift 4
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$work" "$root/work"
    [ -z "$data" ] || mount -o bind,ro "$data" "$root/data"
    exec chroot --userspec="$user:$user" --groups= "$root" /usr/bin/env -i -C /work "$@"' \
    inside "$root" "$user" "$work" "${ZO_TEST_CIFAR10:-}" "${variables[@]}" "$@"
}
chmod 1777 "$work"

missing=$(inside sh -c 'find / -xdev \( -name "*.so*" -o -path "*/lib/zotrain/zotrain" \) -type f -exec ldd {} + 2>/dev/null' |
  grep 'not found' | sort -u) || true
[ "$cuda" = OFF ] || missing=$(grep -v 'libcuda\.so\.1' <<<"$missing") || true  # the driver's, which the host gives
[ -z "$missing" ] || die "libraries are missing: $missing"
say "no library is missing"

inside zotrain --version
inside zotrain info | grep -E '^(libtorch|cuda)'
tiny=(--model cnn --batch 8 --eval-every 0 --bn-batches 1 --quiet)
inside zotrain train "${tiny[@]}" --data shapes --max-steps 3 --out shapes
[ -s "$work/shapes/plot.png" ] || die "the run has no picture"
[ "$(stat -c %u "$work/shapes/summary.json")" = "$user" ] || die "the run is not of user $user"
inside HOME=/nowhere zotrain plot shapes --out again.png
say "trained on shapes as user $user"
if [ -n "${ZO_TEST_CIFAR10:-}" ]; then
  inside zotrain train "${tiny[@]}" --data cifar10 --data-dir /data --max-steps 3 --out cifar
  say "trained on mounted pictures"
fi
[ ! -e "$root/usr/local/lib/zotrain/libzotrain_mpi.so" ] ||
  inside OMPI_MCA_rmaps_base_oversubscribe=1 mpirun -np 2 zotrain train "${tiny[@]}" --data shapes --max-steps 3 --out ranks

inside zotrain train "${tiny[@]}" --data shapes --max-time 600 --out stopped &
outer=$!
for _ in $(seq 600); do [ ! -s "$work/stopped/metrics.jsonl" ] || break; sleep 0.1; done
kill -TERM "$(pgrep -P "$(pgrep -P "$outer")")"
code=0
wait "$outer" || code=$?
[ "$code" = 143 ] || die "SIGTERM gave $code"
find "$work/stopped/checkpoints" -name MANIFEST | grep -q . || die "SIGTERM left no checkpoint"
say "SIGTERM gave 143 and a checkpoint"
say "passed"
