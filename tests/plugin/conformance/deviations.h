// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Where PCL's own filters break a rule of the suite. A rule that is named here must fail, and in the way that is
// claimed.
#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace treewalk::test {

struct Deviation {
  std::string subject;
  std::string rule;
  std::set<std::string> shown;  ///< the last lines of the failures' messages: each of these, and no other
  std::string why;
};

/// The table, for PCL 1.13. What a rule of the suite cannot show, or would not survive, is in pcl_filters_test.cpp.
const std::vector<Deviation>& deviations();

/// Base of all conformance fixtures. Where the table names the rule for the subject, its failures are caught and
/// expected; in all other cases the rules are ordinary tests.
class Conformance : public testing::Test {
 protected:
  explicit Conformance(std::string subject) : subject_(std::move(subject)) {}
  void SetUp() override;
  void TearDown() override;

 private:
  std::string subject_;
  const Deviation* deviation_ = nullptr;
  testing::TestPartResultArray failures_;
  std::unique_ptr<testing::ScopedFakeTestPartResultReporter> reporter_;
};

}  // namespace treewalk::test
