#!/usr/bin/env bash
# What a change must pass before it is offered: format and clang-tidy of changed files, include directions, contracts,
# and the unit tests under AddressSanitizer and UBSan. `tools/check.sh quick` leaves the sanitizers out.
set -euo pipefail
cd "$(dirname "$0")/.."
BASE=${BASE:-$(git merge-base HEAD main 2>/dev/null || git rev-parse HEAD~1)}
JOBS=${JOBS:-$(nproc)}
failed=0
step() { printf '\033[1m== %s\033[0m\n' "$1"; shift; "$@" || { failed=1; echo "failed: $*"; }; }

mapfile -t changed < <({ git diff --name-only --diff-filter=d "$BASE"; git ls-files --others --exclude-standard; } | grep -E '\.(cc|h)$' | sort -u)

white_space() { ! grep -nP '\t| +$' "${changed[@]}" /dev/null; }
line_length() { ! awk 'length($0) > 160 { print FILENAME ":" FNR ": " length($0) " columns"; bad = 1 } END { exit !bad }' "${changed[@]}" /dev/null; }
file_length() { for file in "${changed[@]}"; do [[ $file == *_test.cc ]] || [ "$(wc -l <"$file")" -le 900 ] || { echo "$file is longer than 900 lines"; return 1; }; done; }
tidy() {
  local sources=()
  for file in "${changed[@]}"; do [[ $file == *.cc ]] && sources+=("$file"); done
  [ ${#sources[@]} = 0 ] && return
  cmake --preset release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
  local program
  program=$(command -v clang-tidy-19 || command -v clang-tidy-14 || true)
  [ -n "$program" ] || { echo "clang-tidy is not installed"; return 1; }
  "$program" -p build/release --quiet --checks='-*,bugprone-use-after-move,bugprone-dangling-handle,bugprone-infinite-loop,performance-for-range-copy,clang-analyzer-core.*' "${sources[@]}"
}
sanitized() {
  cmake --preset asan >/dev/null && ninja -C build/asan -j "$JOBS" && python3 tools/run_tests.py --build build/asan unit/
}

if [ ${#changed[@]} -gt 0 ]; then
  step "white space" white_space
  step "line length" line_length
  step "file length" file_length
fi
step "include directions" python3 tests/layering/layering.py
step "contracts" python3 tests/contracts/contracts_test.py
if [ "${1:-}" != quick ]; then
  step "clang-tidy on changed files" tidy
  step "unit tests under ASan and UBSan" sanitized
fi
exit $failed
