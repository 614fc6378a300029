#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash samples/ros/test/run.sh BUILD_FOLDER INSTALL_PREFIX
# Starts a ROS of its own on loopback, with nodes and nodelets from the installed package, and runs the test of the
# build folder against them. Ends with a line 'N passed, N failed', and leaves no process behind.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
prefix=$(cd "$2" && pwd)
# shellcheck source=samples/ros/test/private_ros.sh
. "$here/private_ros.sh"

start_ros "$build/home" "$prefix"
launch "$here/loopback.launch"

log=$ROS_HOME/test.txt
passed=0
failed=1
"$build/loopback_test" >"$log" 2>&1 || true
if grep -q '^\[==========\] .* ran\.' "$log"; then
  passed=$(awk '/^\[  PASSED  \]/ { n = $4 } END { print n + 0 }' "$log")
  failed=$(awk '/^\[  FAILED  \] [0-9]+ test/ { n = $4 } END { print n + 0 }' "$log")
fi
stop_ros || failed=$((failed + 1))
if [ "$failed" != 0 ]; then
  grep -vE '^\[ (RUN|      OK) ' "$log" | tail -n 60
  tail -n 20 "$ROS_HOME"/launch-*.txt
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
