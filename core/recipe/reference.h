// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

namespace treewalk {

// The three forms of recipe_reference().
std::string reference_text(const std::string& key);
std::string reference_page();
std::string reference_schema();

}  // namespace treewalk
