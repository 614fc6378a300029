// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/cloud.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/error_of.h"

namespace treewalk {
namespace {

Cloud two_points() {
  Cloud cloud;
  cloud.fields = {{"x", 0, Scalar::float32, 1}, {"code", 5, Scalar::int16, 2}};  // one byte of padding, unaligned
  cloud.stride = 9;
  cloud.width = 2;
  cloud.data.resize(18);
  for (int i = 0; i < 2; ++i) {
    const float x = 0.5f + static_cast<float>(i);
    const std::int16_t code[2] = {static_cast<std::int16_t>(-i), 300};
    std::memcpy(&cloud.data[9 * i], &x, 4);
    std::memcpy(&cloud.data[9 * i + 5], code, 4);
  }
  return cloud;
}

TEST(Cloud, ReadsUnalignedFieldsAndSaysWhichAreMissing) {
  const Cloud cloud = two_points();
  const CloudView view = cloud.view();
  ASSERT_NE(view.find("code"), nullptr);
  EXPECT_EQ(view.find("y"), nullptr);
  EXPECT_EQ(view.value(1, *view.find("x")), 1.5);
  EXPECT_EQ(view.value(1, *view.find("code"), 0), -1);
  EXPECT_EQ(view.value(1, *view.find("code"), 1), 300);
}

TEST(Cloud, FieldsThatMustBeThereAreThereOrNamed) {
  Cloud cloud = two_points();
  const auto complaint = [&](const char* name, const char* need = "") {
    return error_of([&] { cloud.view().at(name, need); });
  };
  EXPECT_EQ(complaint("code"), "");
  EXPECT_EQ(complaint("y"), "the cloud has no field 'y'; it has x, code");
  EXPECT_EQ(complaint("y", "which this test needs"),
            "the cloud has no field 'y', which this test needs; it has x, code");
  cloud.fields[1].count = 3;
  EXPECT_EQ(complaint("code"), "the field 'code' reaches beyond the point record of 9 bytes");
  cloud.fields[1].count = ~std::size_t{0} / 2 + 2;  // whose bytes, in 64 bits, are two
  EXPECT_NE(complaint("code"), "");
  cloud.fields = {{"x", 20, Scalar::int8, 1}};
  EXPECT_NE(complaint("x"), "");
  cloud.fields = {};
  EXPECT_EQ(complaint("x"), "the cloud has no field 'x'; it has no fields");
}

TEST(Cloud, SetFieldAppendsThenOverwritesAndKeepsTheOthers) {
  Cloud cloud = two_points();
  cloud.set_field("label", std::vector<std::uint32_t>{7, 4000000000u});
  EXPECT_EQ(cloud.stride, 13u);
  EXPECT_EQ(cloud.view().value(1, *cloud.view().find("label")), 4000000000.0);
  EXPECT_EQ(cloud.view().value(1, *cloud.view().find("x")), 1.5);
  cloud.set_field("label", std::vector<std::uint32_t>{8, 9});
  EXPECT_EQ(cloud.stride, 13u);
  EXPECT_EQ(cloud.view().value(0, *cloud.view().find("label")), 8);
}

TEST(Cloud, SetFieldRefusesAnotherTypeOrLength) {
  Cloud cloud = two_points();
  EXPECT_THROW(cloud.set_field("x", std::vector<std::uint32_t>{7, 8}), Error);
  EXPECT_THROW(cloud.set_field("label", std::vector<std::uint32_t>{7}), Error);
}

TEST(Cloud, RemoveFieldClosesTheGap) {
  Cloud cloud = two_points();
  cloud.remove_field("none");
  cloud.remove_field("x");
  EXPECT_EQ(cloud.stride, 5u);
  EXPECT_EQ(cloud.data.size(), 10u);
  EXPECT_EQ(cloud.view().find("x"), nullptr);
  EXPECT_EQ(cloud.view().value(1, *cloud.view().find("code"), 1), 300);
}

TEST(Cloud, EveryScalarTypeHasItsSize) {
  const std::pair<Scalar, std::size_t> sizes[] = {
      {Scalar::int8, 1},   {Scalar::uint8, 1},   {Scalar::int16, 2},   {Scalar::uint16, 2}, {Scalar::int32, 4},
      {Scalar::uint32, 4}, {Scalar::float32, 4}, {Scalar::float64, 8}, {Scalar::int64, 8},  {Scalar::uint64, 8}};
  for (const auto& [type, size] : sizes) EXPECT_EQ(size_of(type), size);
}

TEST(Cloud, ATypeThatIsNoneIsAnErrorThatNamesIt) {
  try {
    size_of(static_cast<Scalar>(77));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown scalar type 77");
  }
}

}  // namespace
}  // namespace treewalk
