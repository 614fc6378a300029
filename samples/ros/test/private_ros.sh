# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced: a ROS of one's own on loopback, whose processes all end with the script.

# Processes that have this ROS_HOME in their environment; nodes are in sessions of their own.
ros_processes() {
  local file
  for file in /proc/[0-9]*/environ; do
    if grep -qzxF "ROS_HOME=$ROS_HOME" "$file"; then basename "$(dirname "$file")"; fi
  done 2>/dev/null
}

# start_ros HOME PREFIX: a core on a free port. PREFIX is where treewalk_ros was installed.
start_ros() {
  rm -rf "$1"
  mkdir -p "$1"
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export ROS_IP=127.0.0.1 ROS_MASTER_URI=http://127.0.0.1:$port
  export ROS_PACKAGE_PATH=$2/share${ROS_PACKAGE_PATH:+:$ROS_PACKAGE_PATH}
  unset ROS_HOSTNAME ROS_NAMESPACE
  trap 'stop_ros || true' EXIT
  export ROS_HOME=$1
  roscore -p "$port" >"$1/roscore.txt" 2>&1 &
  core=$!
  local tries=0
  until rosparam get /run_id >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ] || ! kill -0 "$core" 2>/dev/null; then
      cat "$ROS_HOME/roscore.txt" >&2
      echo "roscore did not start" >&2
      return 1
    fi
    sleep 0.5
  done
}

launches=0
# launch FILE [ARG:=VALUE...]: in the background.
launch() {
  launches=$((launches + 1))
  roslaunch --wait "$@" >"$ROS_HOME/launch-$launches.txt" 2>&1 &
  running=$!
}

# Asks everything to end, and makes it end after a while. Fails if it took force.
stop_ros() {
  [ -n "${core:-}" ] || return 0
  trap - EXIT
  local pid forced=0 tries=0
  kill -TERM ${running:-} "$core" 2>/dev/null || true # they tell their nodes
  while [ -n "$(ros_processes)" ] && [ "$tries" -lt 60 ]; do
    tries=$((tries + 1))
    sleep 0.5
  done
  for pid in $(ros_processes); do
    echo "still running: $(tr '\0' ' ' <"/proc/$pid/cmdline")" >&2
    kill -KILL "$pid" 2>/dev/null || true
    forced=1
  done
  wait 2>/dev/null || true
  core=
  return "$forced"
}
