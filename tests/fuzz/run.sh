#!/usr/bin/env bash
# tests/fuzz/run.sh [SECONDS [READER…]]: builds the targets (preset fuzz, clang) and runs each for SECONDS (60), one after
# the other. Ends with 1 where one found something, which then lies in build/fuzz/found/READER: mend it and keep the file
# as tests/fuzz/cases/READER/WHAT-IT-WAS, which replay_test reads ever after. ZO_FUZZ_JOBS=N runs N at a time.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
seconds=${1:-60}
readers=("${@:2}")
if [ ${#readers[@]} = 0 ]; then
  readers=(tests/fuzz/*_fuzz.cc)
  readers=("${readers[@]##*/}")
  readers=("${readers[@]%_fuzz.cc}")
fi
if ! command -v clang++ >/dev/null; then
  echo "run.sh: needs clang with its run-time library (Debian: clang libclang-rt-14-dev)" >&2
  exit 1
fi
build=build/fuzz
[ -f $build/build.ninja ] || cmake --preset fuzz >$build.log 2>&1 || { tail -n 15 $build.log >&2; exit 1; }
ninja -C $build "${readers[@]/#/fuzz_}" >$build.log 2>&1 || { tail -n 15 $build.log >&2; exit 1; }

# Time and memory that a file of at most 64 KiB may claim, with what the sanitisers add.
limits=(-max_len=65536 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256)

run() {
  local reader=$1 seed found=$build/found/$1 grown=$build/corpus/$1 dictionary=tests/fuzz/dictionaries/$1 log=$build/$1.log
  local seeds=(tests/fuzz/corpus/"$reader") words=()
  [ -d tests/fuzz/cases/"$reader" ] && seeds+=(tests/fuzz/cases/"$reader")
  [ -f "$dictionary" ] && words=(-dict="$dictionary")
  mkdir -p "$found" "$grown"
  if ! $build/tests/fuzz/fuzz_"$reader" "${limits[@]}" "${words[@]}" -max_total_time="$seconds" -print_final_stats=1 \
      -artifact_prefix="$found/" "$grown" "${seeds[@]}" >"$log" 2>&1; then
    echo "$reader: FOUND SOMETHING, see $log"
    grep -m 3 -E 'ERROR|runtime error|SUMMARY' "$log" || true
    return 1
  fi
  local runs coverage
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)
  echo "$reader: clean after $runs runs in $seconds s, $coverage"
}

status=0
pids=()
for reader in "${readers[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "${ZO_FUZZ_JOBS:-1}" ]; do sleep 0.2; done
  run "$reader" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
exit $status
