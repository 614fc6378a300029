# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Reads the output of one or more runs of 'ctest -V', each ended by a line 'end of folder'. Prints what failing tests
# said and, last, 'N passed, N failed'; the exit status is 1 if anything failed.
# Line by line: one long text would be copied for each line of a talkative program.
function keep(id, line) { said[id, ++lines[id]] = line }
/^[0-9]+: / {
  id = $1
  text = substr($0, length(id) + 2)
  if (text ~ /^\[ RUN      \]/) {
    running[id] = "  " text "\n"
  } else if (text ~ /^\[       OK \]/) {
    running[id] = ""
  } else {
    keep(id, running[id] "  " text)
    running[id] = ""
  }
  if (text ~ /^\[  PASSED  \] [0-9]+ test/) good[id] = $5
  if (text ~ /^\[  FAILED  \] [0-9]+ test.*listed below/) bad[id] = $5
  if (text ~ /^\[  SKIPPED \] [0-9]+ test/) skips += $5
}
/ Test +#[0-9]+: / {
  match($0, /#[0-9]+:/)
  id = substr($0, RSTART + 1, RLENGTH - 1)
  programs++
  if ($0 ~ / Passed +[0-9.]+ sec/) {
    passed += (id in good) ? good[id] : 1
  } else {
    passed += good[id]
    failed += (bad[id] > 0) ? bad[id] : 1
    print $0
    for (i = 1; i <= lines[id]; i++) print said[id, i]
    printf "%s", running[id]
  }
}
/^ctest failed/ { broken++ }
/^end of folder/ {
  if (broken && !failed) failed = 1
  broken = 0
  delete said
  delete lines
  delete running
  delete good
  delete bad
}
/No tests were found/ { print "no tests were found in a folder"; failed++ }
END {
  if (!programs) { print "no test ran"; failed += !failed }
  if (skips) printf "%d skipped (what they need is not on this machine)\n", skips
  printf "%d passed, %d failed\n", passed, failed
  exit failed > 0
}
