// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/dataset.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// Labels of clouds that other programs have made.
namespace program {

/// The label of points that have none.
constexpr std::uint32_t no_label = 4294967295u;

constexpr const char* label_field_help =
    "field with the true labels; where there is no field label, one like scalar_Classification is taken";

/// The field of that name with a cloud's labels, or nullptr. "label" is also the field that is like it.
const treewalk::Field* find_labels(const treewalk::CloudView& cloud, const std::string& name);

/// A label that stands for the one that was read.
using LabelChange = std::function<std::uint32_t(double)>;

using CloudOfEntry = std::function<treewalk::Cloud(const treewalk::DataEntry&)>;
/// The data, but that their clouds are what `read` gives.
std::shared_ptr<const treewalk::DataSet> read_by(std::shared_ptr<const treewalk::DataSet> data, CloudOfEntry read);

/// The data with the labels of `field`, as find_labels finds it, changed if there is a change.
std::shared_ptr<const treewalk::DataSet> with_labels(std::shared_ptr<const treewalk::DataSet> data,
                                                     const std::string& field, const LabelChange& change = {});

}  // namespace program
