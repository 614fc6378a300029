# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/gpu.sh, which says where the report goes (`out`), how long the run may take (`seconds`), and which
# steps the verdict is about (`needed`). The report is written anew as each step begins and ends, so that a run that is
# cut off still tells how far it came.
logs=$root/build/gpu/log
steps=() # "NAME|passed, failed, cut off or left out|SECONDS|what it came to"
running=
stopped=

clear_report() {
  mkdir -p "$out" "$logs"
  rm -f "$out"/report.* "$out/log.txt" "$out"/benchmark.* "$logs"/*.txt
}

record() { # NAME RESULT SECONDS TEXT
  steps+=("$1|$2|$3|$4")
  running=
  printf '%-28s %-9s %4s s  %s\n' "$1" "$2" "$3" "$4"
  write_report
}
left_out() { record "$1" "left out" 0 "$2"; }

seconds_left() { echo $((seconds - SECONDS)); }

# The last line of a log that says something.
came_to() { grep -v '^[[:space:]]*$' "$1" | tail -n 1 | cut -c 1-160; }

# check NAME SECONDS COMMAND...: runs a command, or a function of steps.sh, for so long at most, and no longer than the
# run may take; with what it started it ends. Its output goes to a log, of which the last line tells what it came to.
check() {
  local name=$1 most=$2 log=$logs/$1.txt start=$SECONDS status=0 result=passed
  shift 2
  if [ "$(seconds_left)" -lt "$most" ]; then most=$(seconds_left); fi
  if [ "$most" -lt 5 ]; then
    left_out "$name" "no time was left for it"
    return 1
  fi
  running=$name
  write_report
  timeout -k 10 "$most" bash "$root/tests/gpu/steps.sh" "$@" >"$log" 2>&1 || status=$?
  case $status in
    0) ;;
    124 | 137) result="cut off" ;;
    *) result=failed ;;
  esac
  { echo "==== $name: $result"; tail -c 300000 "$log"; } >>"$out/log.txt"
  record "$name" "$result" $((SECONDS - start)) "$(came_to "$log")"
  [ "$result" = passed ]
}

# "failed" if a step did, else whether those that the verdict needs have passed. Others may be left out or cut off.
verdict() {
  local step name result of=" " missing= verdict=passed
  for step in "${steps[@]}"; do
    IFS='|' read -r name result _ <<<"$step"
    of+="$name=$result;"
    [ "$result" != failed ] || verdict=failed
    [ "$result" != "cut off" ] || [ ${#needed[@]} -gt 0 ] || verdict=failed
  done
  for name in "${needed[@]}"; do
    case $verdict$of in
      failed*) ;;
      *[\ \;]"$name=passed;"*) ;;
      *[\ \;]"$name=left out;"*) missing=", but for $name, which was left out" ;;
      *) verdict="not reached" ;;
    esac
  done
  [ "$verdict" != passed ] || verdict+=$missing
  echo "$verdict"
}

quoted() { sed 's/\\/\\\\/g; s/"/\\"/g; s/[[:cntrl:]]/ /g' <<<"$1"; }

# The verdict comes first: on the steps `needed`, and what came of the others below it.
write_report() {
  local a b c d comma= step verdict
  verdict=$(verdict)
  {
    echo "treewalk on ${card:-a machine without a GPU}: $verdict"
    [ -z "$stopped" ] || echo "$stopped"
    [ -z "$running" ] || echo "(still running, or cut off: $running)"
    for step in "${steps[@]}"; do
      IFS='|' read -r a b c d <<<"$step"
      printf '%-28s %-9s %4s s  %s\n' "$a" "$b" "$c" "$d"
    done
    echo "$SECONDS s since the start"
    [ ! -s "$logs/benchmark.txt" ] || { echo; cat "$logs/benchmark.txt"; }
  } >"$out/report.new"
  mv "$out/report.new" "$out/report.txt"
  {
    printf '{"verdict": "%s", "gpu": "%s", "stopped": "%s", "running": "%s", "seconds": %s, "steps": [' \
      "$verdict" "$(quoted "${card:-}")" "$(quoted "$stopped")" "$running" "$SECONDS"
    for step in "${steps[@]}"; do
      IFS='|' read -r a b c d <<<"$step"
      printf '%s{"name": "%s", "result": "%s", "seconds": %s, "text": "%s"}' "$comma" "$a" "$b" "$c" "$(quoted "$d")"
      comma=', '
    done
    printf '], "benchmark": ['
    [ ! -s "$out/benchmark.jsonl" ] || paste -sd, "$out/benchmark.jsonl" | tr -d '\n'
    echo ']}'
  } >"$out/report.new"
  mv "$out/report.new" "$out/report.json"
}
