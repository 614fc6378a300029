// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <cstdlib>

namespace program {

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::range(double low, double high) {
  option_->check([low, high](const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end != text.c_str() && *end == 0 && low <= value && value <= high) return std::string();
    char sentence[160];
    std::snprintf(sentence, sizeof sentence, "must be a number from %.10g to %.10g, not '%.60s'", low, high,
                  text.c_str());
    return std::string(sentence);
  });
  return *this;
}

// The help texts say in words what is right, so CLI11's own description of the check is left out.
Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values).description(""));
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::once_each() {
  option_->allow_extra_args(false);
  return *this;
}

Option& Option::separated(char by) {
  option_->delimiter(by);
  return *this;
}

template <class T>
Option Command::positional(const std::string& name, T& value, const std::string& help) {
  return Option(app_->add_option(name, value, help)->type_name(""));
}

template <class T>
Option Command::option(const std::string& names, T& value, const std::string& unit, const std::string& help) {
  return Option(app_->add_option(names, value, help)->type_name(unit)->group(group_)->capture_default_str());
}

template Option Command::positional(const std::string&, std::string&, const std::string&);
template Option Command::positional(const std::string&, std::vector<std::string>&, const std::string&);
template Option Command::option(const std::string&, std::string&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::vector<std::string>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::uint64_t&, const std::string&, const std::string&);
template Option Command::option(const std::string&, int&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::int64_t&, const std::string&, const std::string&);
template Option Command::option(const std::string&, float&, const std::string&, const std::string&);
template Option Command::option(const std::string&, double&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::optional<int>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::optional<std::uint64_t>&, const std::string&,
                                const std::string&);

template <>
Option Command::option(const std::string& names, std::filesystem::path& value, const std::string& unit,
                       const std::string& help) {
  const auto set = [&value](const std::string& text) { value = text; };
  return Option(app_->add_option_function<std::string>(names, set, help)->type_name(unit)->group(group_));
}

Option Command::choice(const std::string& names, bool& value, const std::array<std::string, 2>& words,
                       const std::string& unit, const std::string& help) {
  const auto set = [&value, words](const std::string& word) { value = word == words[1]; };
  auto* option = app_->add_option_function<std::string>(names, set, help)->type_name(unit)->group(group_);
  return Option(option->default_str(words[value])).one_of({words[0], words[1]});
}

void Command::flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value, help)->group(group_);
}

void Command::footer(const std::string& text) { app_->footer(text); }

void Command::does(Task task) {
  app_->callback([this_task = task_, task = std::move(task)] { *this_task = task; });
}

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>("Learned segmentation and classification of point clouds.", "treewalk")) {
  app_->require_subcommand(1);
  app_->get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Command CommandLine::add(const std::string& name, const std::string& help) {
  return {app_->add_subcommand(name, help), &task_};
}

Task CommandLine::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return task_;
  } catch (const CLI::CallForHelp& request) {
    app_->exit(request);
    return {};
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
}

std::string CommandLine::hint() const {
  const auto chosen = app_->get_subcommands();
  return " (see treewalk " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help)";
}

}  // namespace program
