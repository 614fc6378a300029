# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Takes a page apart, as docs/check.sh --help says: programs and files into `folder`, commands into commands.sh, outputs
# into expected.txt, lines for ROS into ros.txt, the number of blocks into blocks.txt, and all
# else into prose.txt.
function fail(message) {
  print "docs: line " FNR ": " message >"/dev/stderr"
  failed = 1
  exit 1
}
function end_program(  name) {
  name = folder "/" program ".cpp"
  if (program != "") printf "%s\nint main() {\n%s}\n", above, inside >name
  program = above = inside = ""
}
# A line of the block that is open.
function take(line) {
  if (target != "") print line >target
  else if (is_above) above = above line "\n"
  else inside = inside "  " line "\n"
}

/^<!-- file .* -->$/ { mark = "file"; name = $3; next }
/^<!-- program .* -->$/ { end_program(); program = $3; next }
/^<!-- ros -->$/ { mark = "ros"; next }
/^<!--/ && !open { fail("an unknown mark: " $0) }

/^```/ && !open {
  language = substr($0, 4)
  open = first = 1
  ++blocks
  target = ""
  is_above = 0
  if (mark == "file") target = folder "/" name
  else if (mark == "ros" && language == "sh") target = folder "/ros.txt"
  else if (language == "bash") target = folder "/commands.sh"
  else if (language == "text") target = folder "/expected.txt"
  else if (language != "cpp" || program == "") fail("nothing checks a block of '" language "'")
  mark = ""
  next
}
/^```/ { open = 0; next }
open {
  if (first) is_above = /^#/
  first = 0
  take($0)
  next
}
{ print >(folder "/prose.txt") }
END {
  if (failed) exit 1
  if (open) fail("a block does not end")
  if (mark != "") fail("a mark without a block")
  end_program()
  print blocks >(folder "/blocks.txt")
}
