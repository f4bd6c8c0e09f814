# What ./zotrain installs before it builds: Debian packages, and a Python environment with LibTorch. Read by the
# launcher, which has set root, cache, venv_link, cuda (ON or OFF) and say, die.
packages=(g++ cmake ninja-build ccache git python3 python3-venv ca-certificates libcxxopts-dev libfmt-dev
  libgtest-dev libgmock-dev nlohmann-json3-dev libtomlplusplus-dev libssl-dev libstb-dev libeigen3-dev libnlopt-dev
  libopenmpi-dev openmpi-bin libcurl4-openssl-dev libarchive-dev)

# MiB on the disk: the environment, what pip downloads beside it meanwhile, and the build with its tests.
if [ "$cuda" = ON ]; then
  environment_mib=5201 download_mib=2732 build_mib=400 contents="LibTorch and the CUDA compiler"
else
  environment_mib=1499 download_mib=600 build_mib=400 contents="LibTorch without CUDA"
fi

# As du -h tells it: rounded up.
as_gb() {
  local tenths=$((($1 * 10 + 1023) / 1024))
  echo "$((tenths / 10)).$((tenths % 10)) GB"
}

# need_room DIR MIB WHAT WAY-OUT: ends where the disk of DIR is too small for it.
need_room() {
  local free
  free=$(df --output=avail -B 1M "$1" 2>/dev/null | tail -n 1 | tr -dc 0-9) || true
  [ -z "$free" ] || [ "$free" -ge "$2" ] ||
    die "$3 needs $(as_gb "$2"), and the disk of $1 has $(as_gb "$free") free; $4"
}

# told LOG PATTERN: the last thing in the log that matches, for a message.
told() { grep -oE "$2" "$1" | tail -n 1 | grep .; }
no_name='(Temporary failure|Could not|Failure)[a-z ]* (in name resolution|resolv)[a-z]*|Name or service not known'
no_route='Connection refused|Network is unreachable|No route to host|[Cc]onnection timed out|[Tt]imed out|CERTIFICATE_VERIFY_FAILED'
no_network="$no_name|$no_route|Could not connect|ProxyError|Tunnel connection failed[^'\"]*"

missing_packages() {
  local installed name
  installed=$(dpkg-query -W -f='|${db:Status-Status} ${Package}|' "${packages[@]}" 2>/dev/null || true)
  for name in "${packages[@]}"; do
    case $installed in *"|installed $name|"*) ;; *) printf '%s ' "$name" ;; esac
  done
}

# Debian packages: as root, else through sudo where it asks nothing or someone is there to answer.
install_packages() {
  command -v dpkg-query >/dev/null || die "needs Debian 12 or Ubuntu 24.04; elsewhere install: ${packages[*]}, then build with cmake"
  local missing log as=()
  missing=$(missing_packages)
  [ -z "$missing" ] && return
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as=(sudo)
    else
      die "these packages are missing and there is no right to install them: ${missing}; ask for: apt-get install ${missing}"
    fi
  fi
  say "installing Debian packages: $missing"
  log=$(mktemp 2>/dev/null) || die "${TMPDIR:-/tmp} cannot be written; name a folder that can be: TMPDIR=DIR"
  # shellcheck disable=SC2086  # a list of names
  if ! { "${as[@]}" apt-get update -qq &&
         "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    explain_apt "$log" "$missing"
  fi
  rm -f "$log"
}

explain_apt() {
  local log=$1 why
  if why=$(told "$log" "No space left on device|don't have enough free space in [^ ]*"); then
    die "apt-get: ${why%.}; make room there (whole output: $log)"
  elif why=$(told "$log" "Could not get lock [^ ]*"); then
    die "apt-get: ${why%.}; another installation is running: wait for its end (whole output: $log)"
  elif why=$(told "$log" "$no_network"); then
    die "apt-get cannot reach its packages ($why); go online, or install them from where you have them: $2(whole output: $log)"
  elif why=$(told "$log" "Unable to locate package [^ ]*|Package '?[^ ]* has no installation candidate"); then
    die "apt-get: $why; they are in Debian 12 and Ubuntu 24.04 (main and universe) (whole output: $log)"
  fi
  tail -n 5 "$log" >&2
  die "apt-get failed (whole output: $log)"
}

# The Python environment (LibTorch, nvcc, matplotlib) lives in a cache keyed by what is asked for, so a second
# clone links to it and downloads nothing. A folder without .complete was interrupted and is made again.
install_environment() {
  local key venv asked=("$root/requirements.txt")
  [ "$cuda" = ON ] || asked+=("$root/requirements-cpu.txt")
  key=$(cat "${asked[@]}" | sha256sum | cut -c1-16)
  [ "$cuda" = ON ] || key=cpu-$key
  venv=$cache/venv-$key
  [ "$(cat "$venv_link/.complete" 2>/dev/null)" = "$key" ] && return
  [ ! -e "$venv_link" ] || [ -L "$venv_link" ] || die "$venv_link is a folder that was not made from this ${asked[-1]##*/}: move it away"
  [ -w "$root" ] || die "$root cannot be written; clone it to where you may write"
  { mkdir -p "$cache" && : >>"$cache/lock"; } 2>/dev/null ||
    die "$cache cannot be written; name a folder for it: XDG_CACHE_HOME=DIR ./zotrain ..."
  exec 9>>"$cache/lock"
  flock -n 9 || { say "waiting for another set-up to finish"; flock 9; }
  if [ ! -f "$venv/.complete" ]; then
    rm -rf "$venv"
    need_room "$cache" $((environment_mib + download_mib)) "installing $contents" "name a folder with room: XDG_CACHE_HOME=DIR ./zotrain ..."
    say "installing $contents from PyPI ($(as_gb "$environment_mib") once, kept in $cache; the build takes $(as_gb "$build_mib"))"
    python3 -m venv "$venv" >"$cache/pip.log" 2>&1 || explain_pip "$cache/pip.log" "python3 -m venv failed"
    # Downloads stay on the disk whose room was looked at.
    mkdir "$venv/tmp"
    export TMPDIR=$venv/tmp
    "pip_$cuda" "$venv/bin/pip" >"$cache/pip.log" 2>&1 || explain_pip "$cache/pip.log" "pip failed"
    unset TMPDIR
    rm -rf "$venv/tmp"
    printf '%s' "$key" >"$venv/.complete"
  fi
  exec 9>&-
  ln -sfn "$venv" "$venv_link"
}

pip_install() { "$1" install -q --no-cache-dir --disable-pip-version-check "${@:2}"; }

pip_ON() { pip_install "$1" -r "$root/requirements.txt"; }

# A wheel for the CPU where the index has one. PyPI's is that for CUDA: its half for the CPU runs beside the two small
# libraries of requirements-cpu.txt, without the 3.6 GB that the other half needs.
pip_OFF() {
  local torch
  torch=$(grep '^torch==' "$root/requirements.txt")
  if ! pip_install "$1" "$torch+cpu"; then
    told "$cache/pip.log" "$no_network" && return 1
    pip_install "$1" --no-deps "$torch" -r "$root/requirements-cpu.txt" || return
  fi
  grep -E '^(matplotlib|numpy|safetensors|plotly|tensorboardx)==' "$root/requirements.txt" >"$TMPDIR/rest.txt"
  pip_install "$1" -r "$TMPDIR/rest.txt"
}

explain_pip() {
  local log=$1 why
  if why=$(told "$log" 'No space left on device|Disk quota exceeded'); then
    die "pip: $why in $cache; name a folder with room: XDG_CACHE_HOME=DIR ./zotrain ... (whole output: $log)"
  elif why=$(told "$log" "$no_network"); then
    die "pip cannot reach its package index ($why); go online, or name an index by PIP_INDEX_URL, or a folder of wheels by PIP_NO_INDEX=1 PIP_FIND_LINKS=DIR (whole output: $log)"
  elif why=$(told "$log" 'No matching distribution found for [^ ]*'); then
    die "pip: the package index has no ${why##* } for $(python3 --version); name one that has it by PIP_INDEX_URL (whole output: $log)"
  elif why=$(told "$log" 'ensurepip is not available'); then
    die "python3 -m venv: $why; install python3-venv"
  fi
  tail -n 5 "$log" >&2
  die "$2 (whole output: $log); run the same command again to continue"
}
