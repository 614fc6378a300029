# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Takes `page` apart, as docs/check.sh --help says: programs and files into `folder`; into `parts` the commands
# (commands.sh), outputs (expected.txt), lines for ROS (ros.txt) and the number of blocks that are checked (blocks.txt).
function fail(message) {
  print "docs: " page ", line " FNR ": " message >"/dev/stderr"
  failed = 1
  exit 1
}
function end_program(  name) {
  name = folder "/" program ".cpp"
  if (program != "") printf "%s\nint main() {\n%s}\n", above, inside >name
  program = above = inside = ""
}
function file_named(name,  path) {
  path = folder "/" name
  if (name ~ /\//) system("mkdir -p '" substr(path, 1, match(path, /\/[^\/]*$/) - 1) "'")
  return path
}
# A line of the block that is open.
function take(line) {
  if (target != "") print line >target
  else if (is_above) above = above line "\n"
  else inside = inside "  " line "\n"
}

BEGIN {
  printf "" >(parts "/commands.sh")
  printf "" >(parts "/expected.txt")
  printf "" >(parts "/ros.txt")
}

/^<!-- file .* -->$/ { mark = "file"; name = $3; next }
/^<!-- program .* -->$/ { end_program(); program = $3; next }
/^<!-- ros -->$/ { mark = "ros"; next }
/^<!-- (folder build\/[a-z_]+|figures: [a-z0-9-]+) -->$/ { next }
/^<!--/ && !open { fail("an unknown mark: " $0) }

/^ +```/ { fail("a block starts and ends at the margin") }
/^```/ && !open {
  language = substr($0, 4)
  open = first = 1
  target = ""
  is_above = 0
  if (mark == "file") target = file_named(name)
  else if (mark == "ros" && language == "sh") target = parts "/ros.txt"
  else if (language == "bash") target = parts "/commands.sh"
  else if (language == "text") target = parts "/expected.txt"
  else if (language == "") target = "/dev/null"
  else if (language != "cpp" || program == "") fail("nothing checks a block of '" language "'")
  if (target != "/dev/null") ++blocks
  mark = ""
  next
}
/^```/ { open = 0; next }
open {
  if (first) is_above = /^#/
  first = 0
  take($0)
}
END {
  if (failed) exit 1
  if (open) fail("a block does not end")
  if (mark != "") fail("a mark without a block")
  end_program()
  print blocks + 0 >(parts "/blocks.txt")
}
