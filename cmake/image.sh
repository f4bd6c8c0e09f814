#!/usr/bin/env bash
# image.sh DIR: builds the program and collects in DIR what the last stage of the Dockerfile takes from the first one:
# root, the files that it adds, and packages, the Debian packages that these need.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
./zotrain info
build=$(dirname build/*/zotrain)
venv=$(readlink -f "$(sed -n 's/^ZO_VENV:[A-Z]*=//p' "$build/CMakeCache.txt")")
site=$(echo "$venv"/lib/python3*/site-packages)

DESTDIR=$out/root cmake --install "$build" --component program --prefix /usr/local
program=$out/root/usr/local/lib/zotrain
strip "$program"/*

libraries_of() { ldd "$@" | sed -nE 's/.* => (\/[^ ]+) .*/\1/p' | sort -u; }

# LibTorch's libraries that the program is linked to; with CUDA also those that are loaded at run time.
roots=("$program"/*)
if [ -e "$program/libzotrain_cuda.so" ]; then
  roots+=("$site"/torch/lib/lib{torch_cuda,torch_cuda_linalg,caffe2_nvrtc}.so "$site"/nvidia/cudnn/lib/*.so* "$site"/nvidia/cu13/lib/libnvrtc*.so*)
fi
{ libraries_of "${roots[@]}"; printf '%s\n' "${roots[@]}"; } | xargs realpath -s | while read -r library; do
  case $library in "$venv"/*) install -D -m 755 "$library" "$out/root$library" ;; esac
done

# Python with what draws pictures and reports, and what that needs.
"$venv/bin/python" - <<'END' | while read -r file; do install -D -m 644 "$file" "$out/root$file"; done
from importlib.metadata import distribution
from packaging.requirements import Requirement

names, wanted = set(), ["matplotlib", "plotly", "tensorboardX"]
while wanted:
    name = wanted.pop()
    if name not in names:
        names.add(name)
        needs = map(Requirement, distribution(name).requires or [])
        wanted += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
for name in sorted(names):
    for file in distribution(name).files:
        if not {"..", "tests", "__pycache__"} & set(file.parts):
            print(distribution(name).locate_file(file))
END
install -D -m 644 "$venv/pyvenv.cfg" "$out/root$venv/pyvenv.cfg"
mkdir "$out/root$venv/bin"
cp -P "$venv"/bin/python* "$out/root$venv/bin"

# The packages of all other libraries.
owner() { dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "/usr$1" 2>/dev/null || dpkg-query -S "${1#/usr}"; }
{
  echo python3
  [ ! -e "$program/libzotrain_mpi.so" ] || echo openmpi-bin
  [ ! -e "$program/libzotrain_fetch.so" ] || echo ca-certificates
  find "$out/root" -type f \( -name '*.so*' -o -name zotrain -perm -1 \) -exec ldd {} + | sed -nE 's/.* => (\/[^ ]+) .*/\1/p' | sort -u |
    while read -r library; do case $library in "$venv"/* | "$out"/*) ;; *) owner "$library" | cut -d: -f1 ;; esac; done
} | sort -u >"$out/packages"
