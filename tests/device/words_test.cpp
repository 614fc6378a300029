// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/detail/words.h"

#include <gtest/gtest.h>

namespace treewalk::detail {
namespace {

TEST(Words, NearestWordCountsEdits) {
  EXPECT_EQ(nearest_word("widht", {"levels", "widths", "blocks"}), "widths");
  EXPECT_EQ(nearest_word("anything", {}), "");
  EXPECT_EQ(nearest_word("b", {"a", "c"}), "a") << "the first of several";
  EXPECT_EQ(nearest_word(std::string(1 << 20, 'x'), {"a", "xx"}), "xx") << "a long word takes no more time";
}

TEST(Words, EditDistanceCountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("abc", "abxc"), 1u);
  EXPECT_EQ(edit_distance("abc", "ac"), 1u);
  EXPECT_EQ(edit_distance("abc", "axc"), 1u);
  EXPECT_EQ(edit_distance("abc", "acb"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Words, ListsAreJoinedAsPeopleReadThem) {
  EXPECT_EQ(quoted_list({"a", "b", "c"}), "\"a\", \"b\" or \"c\"");
  EXPECT_EQ(quoted_list({"a", "b"}, "and"), "\"a\" and \"b\"");
  EXPECT_EQ(quoted_list({"a"}), "\"a\"");
  EXPECT_EQ(quoted_list({}), "");
  EXPECT_EQ(joined({"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(joined({"", "b"}, "-"), "-b");
  EXPECT_EQ(joined({}), "");
}

TEST(Words, PrintableTextIsOneLineWithoutControlCharacters) {
  EXPECT_EQ(printable("a\nb\tc\r\n"), "a b c");
  EXPECT_EQ(printable("\x1b[2J \x7f"), "?[2J ?");
  EXPECT_EQ(printable("gr\xc3\xbcn"), "gr\xc3\xbcn");
}

}  // namespace
}  // namespace treewalk::detail
