#!/usr/bin/env bash
# Puts everything in place that ECG needs: system packages, a virtual environment, fonts and model weights.
# Safe to run again: what is there is left alone, and a finished set-up is recognised in a moment.
# Package managers (apt, pip, npm) are used as this machine has them configured.
#
# install.sh [runtime|dev]    runtime: what captioning needs; dev (default): also what tests and checks need
set -Eeuo pipefail
cd "$(dirname "$0")/.."

readonly PROFILE=${1:-dev}
readonly LOCK="requirements/$PROFILE.lock"
readonly VENV=.venv
readonly STAMP="$VENV/setup.stamp"
readonly NEEDED=(ffmpeg fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji)
# Recorded human speech for the demo; more of it, and made voices, for the tests and the benchmarks.
readonly RECORDINGS=(pocketsphinx-testdata asterisk-core-sounds-en-wav)
readonly MORE_RECORDINGS=(asterisk-core-sounds-en-g722 codec2-examples flite)
# Recorded pedestrians, for the benchmark of what is seen in recordings of cameras.
readonly RECORDED_PEOPLE=(opencv-doc)
# Servers that the tests start for themselves, each with data and ports of its own.
readonly TEST_SERVERS=(postgresql mariadb-server rabbitmq-server swift-proxy swift-account swift-container swift-object)
# GStreamer's RTSP server, of which the tests make cameras; the system's Python runs it. And a clock to be set.
readonly TEST_CAMERAS=(python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad libfaketime)

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then BOLD=$'\e[1m' RED=$'\e[31m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else BOLD='' RED='' YELLOW='' PLAIN=''; fi

step() { printf '%s[%s/5]%s %s\n' "$BOLD" "$1" "$PLAIN" "$2"; }
note() { printf '      %s\n' "$1"; }
warn() { printf '      %snote:%s %s\n' "$YELLOW" "$PLAIN" "$1"; }

# fail WHAT COMMAND: one clear error, and the command that mends it.
fail() {
  printf '\n%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
  [[ -n ${2:-} ]] && printf 'to mend it:  %s\n' "$2" >&2
  exit 1
}
trap 'fail "set-up stopped at line $LINENO of setup/install.sh" "make setup"' ERR

have() { command -v "$1" >/dev/null 2>&1; }

have_chromium() {
  [[ -n ${ECG_CHROMIUM:-} ]] && return 0
  local name
  for name in chromium-headless-shell headless_shell chrome-headless-shell chromium google-chrome; do
    have "$name" && return 0
  done
  [[ -d "/Applications/Chromium.app" || -d "/Applications/Google Chrome.app" ]]
}

# fingerprint PROFILE: changes whenever a set-up of that profile would do something else.
fingerprint() {
  cat "requirements/$1.lock" pyproject.toml setup/install.sh src/ecg/assets/font_packages.py | cksum
}

already_done() {
  [[ -x $VENV/bin/ecg && -f $STAMP ]] && have ffmpeg && have_chromium || return 1
  local done_before
  done_before=$(cat "$STAMP")
  [[ $done_before == "$(fingerprint "$PROFILE")" || $done_before == "$(fingerprint dev)" ]] # dev includes runtime
}

# --- Python ---------------------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local name
  for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if have "$name" && new_enough "$name"; then command -v "$name"; return; fi
  done
  return 1
}

check_python() {
  step 1 "Python"
  if ! PYTHON_FOUND=$(find_python); then
    local found="no python3 was found"
    have python3 && found="this machine's python3 is $(python3 -c 'import platform; print(platform.python_version())')"
    fail "ECG needs Python 3.11 or newer; $found" \
      "install python3.11 or newer (Debian 12 and Ubuntu 24.04 bring it), or: make setup PYTHON=/path/to/python3.11"
  fi
  note "$("$PYTHON_FOUND" --version) at $PYTHON_FOUND"
}

# --- System packages ------------------------------------------------------------------------------------------

installed_package() { dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }
known_package() { [[ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]]; }

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"; }

run_logged() { # run_logged WHAT COMMAND...: quiet while it works, its last words when it does not
  local what=$1 log; shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    grep -v -E 'is ignored: it is neither|^Ignoring ' "$log" | tail -n 12 >&2 || true
    rm -f "$log"
    fail "$what failed" "$*"
  fi
  rm -f "$log"
}

missing_packages() {
  local name
  local wanted=("${NEEDED[@]}" "${RECORDINGS[@]}")
  [[ $PROFILE == dev ]] && wanted+=("${MORE_RECORDINGS[@]}" "${RECORDED_PEOPLE[@]}" "${TEST_SERVERS[@]}" "${TEST_CAMERAS[@]}")
  for name in "${wanted[@]}"; do
    if [[ $name == ffmpeg ]] && have ffmpeg && have ffprobe; then continue; fi
    installed_package "$name" || echo "$name"
  done
  have_chromium || echo chromium
  have npm || echo npm
  # Debian keeps the part of Python that makes virtual environments in a package of its own.
  "$PYTHON_FOUND" -c 'import ensurepip, venv' >/dev/null 2>&1 || echo python3-venv
}

install_with_apt() {
  local missing=() wanted=() name
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} == 0 ]]; then note "nothing is missing"; return; fi
  [[ $(id -u) == 0 ]] || have sudo ||
    fail "packages are missing, and neither root nor sudo is at hand" \
      "as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  note "updating the package lists"
  run_logged "apt-get update" apt_get update
  for name in "${missing[@]}"; do
    if [[ $name == chromium ]] && known_package chromium-headless-shell; then name=chromium-headless-shell; fi
    if known_package "$name"; then wanted+=("$name")
    elif [[ $name == chromium ]]; then
      fail "this system's package lists have no Chromium" "install Chrome or Chromium, then: ECG_CHROMIUM=/path/to/it make setup"
    else warn "this system has no package $name; ecg doctor says what is lost without it"; fi
  done
  note "installing ${wanted[*]}"
  hold_services
  run_logged "apt-get install" apt_get install -y --no-install-recommends "${wanted[@]}"
  release_services
}

# Debian starts a server when its package is installed, unless this file forbids it: nothing is to run, or to take
# the usual ports, on a machine that only runs tests.
readonly POLICY=/usr/sbin/policy-rc.d
HELD=''

hold_services() {
  [[ $PROFILE == dev && ! -e $POLICY ]] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  HELD=1
  trap release_services EXIT
}

release_services() {
  if [[ -n $HELD ]]; then as_root rm -f "$POLICY"; fi
  HELD=''
}

check_macos() {
  local missing=()
  have ffmpeg || missing+=(ffmpeg)
  have npm || missing+=(node)
  have_chromium || missing+=("--cask chromium")
  [[ ${#missing[@]} == 0 ]] || fail "missing: ${missing[*]}" "brew install ${missing[*]}"
  warn "the recorded speech of the demo and the tests comes with Debian packages; they skip what is not here"
}

system_packages() {
  step 2 "System packages: FFmpeg, Chromium, fonts, recorded speech"
  if have apt-get && have dpkg-query; then install_with_apt
  elif [[ $(uname -s) == Darwin ]]; then check_macos
  elif have ffmpeg && have_chromium; then warn "no apt-get here; FFmpeg and Chromium are there, ecg doctor checks the rest"
  else fail "this system has no apt-get" "install FFmpeg, Chromium, npm and the Noto fonts, then: make setup"; fi
}

# --- Python packages ------------------------------------------------------------------------------------------

python_packages() {
  step 3 "Python packages, each checked against its recorded hash"
  new_enough "$VENV/bin/python" || run_logged "making the virtual environment" "$PYTHON_FOUND" -m venv --clear "$VENV"
  "$VENV/bin/python" -m pip --version >/dev/null 2>&1 ||
    run_logged "putting pip into $VENV" "$VENV/bin/python" -m ensurepip --upgrade
  local pip=("$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off)
  run_logged "installing the Python packages" "${pip[@]}" --require-hashes -r "$LOCK"
  note "$(grep -c '^[a-zA-Z0-9].*==' "$LOCK") packages in $VENV"
  step 4 "ECG itself"
  run_logged "installing ECG" "${pip[@]}" --no-deps --no-build-isolation -e .
  # An editable install is not compiled by pip, and some machines forbid Python to write what it compiles.
  "$VENV/bin/python" -m compileall -q src "$VENV"/lib/python*/site-packages >/dev/null 2>&1 || true
  note "$("$VENV/bin/ecg" --version)"
}

# --- Fonts and models -----------------------------------------------------------------------------------------

fetched_things() {
  step 5 "Fonts and model weights"
  if "$VENV/bin/ecg" models pull; then fingerprint "$PROFILE" >"$STAMP"
  else warn "ECG works without, less well; ecg doctor shows what is lacking, the next make tries again"; fi
}

# --- Web app --------------------------------------------------------------------------------------------------

# Its own check is quick: nothing is done where the build is that of the present sources.
web_app() {
  [[ $PROFILE == dev ]] || return 0
  "$VENV/bin/python" frontend/build.py || fail "the web app was not built" "make web"
}

[[ -f $LOCK ]] || fail "there is no profile $PROFILE" "setup/install.sh runtime, or: setup/install.sh dev"
if already_done; then web_app; exit 0; fi
printf '%sSetting up ECG%s (once; a few minutes on a bare machine)\n' "$BOLD" "$PLAIN"
check_python
system_packages
python_packages
fetched_things
web_app
printf '%sReady in %s s.%s\n' "$BOLD" "$SECONDS" "$PLAIN"
