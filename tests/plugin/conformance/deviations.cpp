// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/conformance/deviations.h"

namespace treewalk::test {
namespace {

std::set<const Deviation*> met;

// A row that no test meets is a claim about nothing.
class EveryRowIsMet : public testing::Environment {
  void TearDown() override {
    if (testing::GTEST_FLAG(filter) != "*") return;
    for (const Deviation& row : deviations())
      EXPECT_EQ(met.count(&row), 1u) << "no test of " << row.subject << " is called " << row.rule;
  }
};
const auto* const every_row_is_met = testing::AddGlobalTestEnvironment(new EveryRowIsMet);

}  // namespace

void Conformance::SetUp() {
  const std::string rule = testing::UnitTest::GetInstance()->current_test_info()->name();
  for (const Deviation& row : deviations())
    if (row.subject == subject_ && row.rule == rule) deviation_ = &row;
  if (deviation_ == nullptr) return;
  met.insert(deviation_);
  reporter_ = std::make_unique<testing::ScopedFakeTestPartResultReporter>(
      testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures_);
}

void Conformance::TearDown() {
  reporter_.reset();
  if (deviation_ == nullptr) return;
  std::set<std::string> shown;
  for (int i = 0; i < failures_.size(); ++i) {
    const std::string message = failures_.GetTestPartResult(i).message();
    shown.insert(message.substr(message.rfind('\n') + 1));
  }
  EXPECT_EQ(shown, deviation_->shown) << subject_
                                      << " does otherwise than the table of deviations says: " << deviation_->why;
}

const std::vector<Deviation>& deviations() {
  const char *pass = "PassThrough", *radius = "RadiusOutlierRemoval";
  const char *pass_blob = "PassThrough<PCLPointCloud2>", *radius_blob = "RadiusOutlierRemoval<PCLPointCloud2>";
  const char* inherited =
      "is_dense is the input's although all points that are left are finite, or false where "
      "keep_organized finds nothing to overwrite";
  const char* order = "indices come back in the order in which they were given";
  const char* reads_output = "filter(indices) goes through the vector that it is given, not through the indices";
  const char* ignores = "filter(cloud) does not look at the indices";
  const char* limits = "filter(cloud) keeps a point at a limit in both polarities";
  const char* organised = "with keep_organized, filter(cloud) lists the kept points as removed";
  const char* counts =
      "filter(cloud) counts the point itself as one of its neighbours, filter(indices) does not; it does "
      "not look at negative";
  static const std::vector<Deviation> table{
      {pass, "IndicesComeBackAscending", {"order"}, order},
      {pass, "DenseMeansThatEveryPointIsFinite", {"dense"}, inherited},
      {radius, "IndicesComeBackAscending", {"order"}, order},
      {radius, "DenseMeansThatEveryPointIsFinite", {"dense"}, inherited},

      {pass_blob, "KeepsTheChosenPointsAndRemovesTheOthers", {"kept", "removed"}, reads_output},
      {pass_blob, "NegativeKeepsTheComplement", {"kept", "removed"}, reads_output},
      {pass_blob, "NonFinitePointsAreRemovedInBothPolarities", {"kept", "removed", "cloud"}, reads_output},
      {pass_blob, "RemovedIndicesOnlyOnDemand", {"kept"}, reads_output},
      {pass_blob, "AllPointsMayBeKept", {"kept"}, reads_output},
      {pass_blob, "RunsAgainWithTheSameResult", {"removed after a cloud"}, reads_output},
      {pass_blob, "OptionsMayChangeBetweenRuns", {"kept", "removed"}, reads_output},
      {pass_blob, "OwnIndicesFollowTheSizeOfTheCloud", {"kept", "removed"}, reads_output},
      {pass_blob, "IndicesComeBackAscending", {"order"}, reads_output},
      {pass_blob, "RemovedAndKeptAreTheGivenIndices", {"kept", "removed", "cloud", "removed after a cloud"}, ignores},
      {pass_blob, "GivenIndicesStayInForceForTheNextCloud", {"kept", "removed", "cloud"}, ignores},
      {pass_blob, "NoIndicesGiveNoPoints", {"cloud"}, ignores},
      {pass_blob, "CloudHoldsTheKeptPointsWithAllTheirFields", {"cloud"}, limits},
      {pass_blob, "KeepOrganizedTurnsRemovedIndicesOn", {"removed after a cloud"}, organised},
      {pass_blob,
       "KeepOrganizedOverwritesCoordinatesOfRemovedPointsAlone",
       {"kept", "cloud", "removed after a cloud"},
       organised},
      {pass_blob, "DenseMeansThatEveryPointIsFinite", {"dense"}, inherited},

      {radius_blob, "CloudHoldsTheKeptPointsWithAllTheirFields", {"cloud"}, counts},
      {radius_blob, "NonFinitePointsAreRemovedInBothPolarities", {"cloud"}, counts},
      {radius_blob, "RemovedAndKeptAreTheGivenIndices", {"cloud", "removed after a cloud"}, counts},
      {radius_blob, "GivenIndicesStayInForceForTheNextCloud", {"cloud"}, counts},
      {radius_blob, "RemovedIndicesOnlyOnDemand", {"cloud"}, counts},
      {radius_blob, "AllPointsMayBeKept", {"cloud"}, counts},
      {radius_blob, "RunsAgainWithTheSameResult", {"removed after a cloud"}, counts},
      {radius_blob,
       "KeepOrganizedOverwritesCoordinatesOfRemovedPointsAlone",
       {"cloud", "removed after a cloud"},
       counts},
      {radius_blob, "KeepOrganizedTurnsRemovedIndicesOn", {"removed after a cloud"}, counts},
      {radius_blob, "IndicesComeBackAscending", {"order"}, order},
      {radius_blob, "DenseMeansThatEveryPointIsFinite", {"dense"}, inherited},
  };
  return table;
}

}  // namespace treewalk::test
