#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash samples/ros/latency/run.sh INSTALL_PREFIX nodes|nodelets [SECONDS [THREADS]]
# Measures on loopback, in a ROS of its own: clouds of 180,000 points at 5 Hz, filtered and labelled at the same time.
# The status is 1 where nothing could be measured.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=$(cd "$1" && pwd)
kind=$2
seconds=${3:-60}
threads=${4:-0}
# shellcheck source=samples/ros/test/private_ros.sh
. "$here/../test/private_ros.sh"

start_ros "$(mktemp -d)" "$prefix"
launch treewalk_ros "latency_$kind.launch" "seconds:=$seconds" "threads:=$threads"
log=$ROS_HOME/launch-$launches.txt
loads=()
while kill -0 "$running" 2>/dev/null; do
  loads+=("$(cut -d ' ' -f 1 /proc/loadavg)")
  sleep 5
done
echo "$kind, $seconds s, threads: $threads, niceness $(nice), on $(nproc) cores"
grep -a 'clouds sent' "$log" || tail -n 20 "$log" >&2
printf '%s\n' "${loads[@]}" | sort -n | awk '{ load[NR] = $1; sum += $1 }
  END { printf "load of the machine: %s to %s, mean %.1f\n", load[1], load[NR], sum / NR }'
stop_ros || true
answers=$(grep -ac 'clouds sent' "$log" || true)
rm -rf "$ROS_HOME"
[ "$answers" = 2 ]
