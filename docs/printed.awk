# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Every line of the first file must stand in the second one, in order. Numbers may differ by 1 % (another processor may
# round a sum in another way), those after ~ at will.
function is_number(word) { return word ~ /^[-+]?[0-9][0-9,]*(\.[0-9]+)?(e[-+]?[0-9]+)?[.,:;]?$/ }
function value(word) { gsub(/,/, "", word); return word + 0 }
function word_agrees(want, have) {
  if (want ~ /^~/) return is_number(have)
  if (want == have) return 1
  if (!is_number(want) || !is_number(have)) return 0
  want = value(want); have = value(have)
  return (want - have) ^ 2 <= (0.01 * want) ^ 2
}
function agrees(want, have,  wanted, had, words, i) {
  words = split(want, wanted)
  if (split(have, had) != words) return 0
  for (i = 1; i <= words; ++i) if (!word_agrees(wanted[i], had[i])) return 0
  return 1
}

FILENAME == ARGV[1] { expected[++lines] = $0; next }
at < lines && agrees(expected[at + 1], $0) { ++at }
END {
  if (at == lines) exit 0
  print "docs: " page " shows '" expected[at + 1] "', which was not printed, or not there" >"/dev/stderr"
  exit 1
}
