#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash samples/ros/test/readme.sh
# Runs every command of samples/ros/README.md: the blocks named bash to their end; what is in blocks named sh for some
# seconds each, in which it must not end by itself. Ends with a line 'N passed, N failed'.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cd "$root"
# shellcheck source=samples/ros/test/private_ros.sh
. samples/ros/test/private_ros.sh

blocks() { awk -v name="$1" '$0 == "```" name { on = 1; next } /^```/ { on = 0 } on' samples/ros/README.md; }

export TREEWALK_WERROR=ON
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
log=build/ros-readme.txt
mkdir -p build
rm -rf build/ros
bash -euxo pipefail -c "$(blocks bash)" >"$log" 2>&1 || { tail -n 60 "$log" >&2; exit 1; }
grep -a 'clouds sent' "$log"
counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
passed=${counts%% *}
[ -n "$passed" ] || { echo "the commands ran no test" >&2; exit 1; }

start_ros "$root/build/ros/home" "$root/build/install"
while read -r command; do
  status=0
  timeout --signal=TERM --kill-after=20 8 bash -c "exec $command" >"$ROS_HOME/command.txt" 2>&1 </dev/null || status=$?
  if [ "$status" != 124 ]; then
    cat "$ROS_HOME/command.txt" >&2
    echo "ended by itself with status $status: $command" >&2
    exit 1
  fi
  passed=$((passed + 1))
done < <(blocks sh)
stop_ros
echo "$passed passed, 0 failed"
