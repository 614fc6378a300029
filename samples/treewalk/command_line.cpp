// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <vector>

#include "treewalk/detail/words.h"

namespace program {

namespace {

/// Says defaults in words, behind the description.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text;
    if (option->get_type_size() != 0 && !option->get_type_name().empty()) text += " " + option->get_type_name();
    if (option->get_expected_max() > 1) text += " ...";
    if (option->get_required()) text += " (needed)";
    return text;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const auto value = option->get_default_str();
    std::string text = option->get_description();
    if (!value.empty() && value != "[]" && value != "\"\"") text += " (default: " + value + ")";
    for (const auto* other : option->get_excludes()) text += "; not with " + other->get_name();
    return text;
  }
};

/// "" is what a variable of the shell that is not set leaves of a value: no file, folder or name is called so.
void refuse_empty(CLI::Option* option) {
  option->check([](const std::string& text) { return text.empty() ? "must not be empty" : std::string(); });
}

/// Whether options of that type take whole numbers.
template <class T>
constexpr bool kWhole = std::is_integral_v<T>;
template <class T>
constexpr bool kWhole<std::optional<T>> = kWhole<T>;
template <class T>
constexpr bool kWhole<std::vector<T>> = kWhole<T>;

/// Whole numbers in any form that number_in reads: CLI11 would take 010 for 8 and 1e3 for nothing.
void read_whole_numbers(CLI::Option* option) {
  constexpr double kExact = 1LL << 53;
  option->transform([](const std::string& text) {
    const auto value = number_in(text);
    if (!value || *value != std::floor(*value) || std::abs(*value) > kExact) return text;
    return std::to_string(static_cast<std::int64_t>(*value));
  });
  option->check([](const std::string& text) {
    const auto value = number_in(text);
    return value && *value != std::floor(*value)
               ? "must be a whole number, not '" + treewalk::detail::printable(text) + "'"
               : std::string();
  });
}

/// CLI11 would take the next word for the value of `--name=`, and "=x" for that of `-n=x`.
void check_equals(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word == "--") return;  // what follows are names
    if (word.size() > 2 && word[0] == '-' && word[1] != '-' && word[2] == '=')
      throw UsageError("'" + treewalk::detail::printable(word) + "': write " + word.substr(0, 2) +
                       " and the value without '='");
    if (word.size() > 3 && word.compare(0, 2, "--") == 0 && word.find('=') == word.size() - 1)
      throw UsageError(word + " lacks a value after '='");
  }
}

}  // namespace

std::optional<double> number_in(const std::string& word) {
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (end == word.c_str() || *end != 0) return std::nullopt;
  return value;
}

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::range(double low, double high) {
  option_->check([low, high](const std::string& text) {
    const auto value = number_in(text);
    if (value && low <= *value && *value <= high) return std::string();
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
  auto* option = app_->add_option(names, value, help)->type_name(unit)->group(group_)->capture_default_str();
  if (std::is_same_v<T, std::string> && unit != "REGEX") refuse_empty(option);
  if (kWhole<T>) read_whole_numbers(option);
  return Option(option);
}

template Option Command::positional(const std::string&, std::string&, const std::string&);
template Option Command::positional(const std::string&, std::vector<std::string>&, const std::string&);
template Option Command::option(const std::string&, std::string&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::vector<std::string>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::vector<int>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::uint64_t&, const std::string&, const std::string&);
template Option Command::option(const std::string&, int&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::int64_t&, const std::string&, const std::string&);
template Option Command::option(const std::string&, float&, const std::string&, const std::string&);
template Option Command::option(const std::string&, double&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::optional<int>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::optional<double>&, const std::string&, const std::string&);
template Option Command::option(const std::string&, std::optional<std::uint64_t>&, const std::string&,
                                const std::string&);

template <>
Option Command::option(const std::string& names, std::filesystem::path& value, const std::string& unit,
                       const std::string& help) {
  const auto set = [&value](const std::string& text) { value = text; };
  auto* option = app_->add_option_function<std::string>(names, set, help)->type_name(unit)->group(group_);
  refuse_empty(option);
  return Option(option);
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

void Command::footer(const std::string& text) {
  footer_ += (footer_.empty() ? "" : "\n\n") + text;
  app_->footer(footer_);
}

void Command::footer(std::function<std::string()> text) {
  app_->footer([text = std::move(text)] { return text() + "\n"; });
}

void Command::does(Task task) {
  app_->callback([this_task = task_, task = std::move(task)] { *this_task = task; });
}

CommandLine::CommandLine(const std::function<std::string()>& version)
    : app_(std::make_unique<CLI::App>("Learned segmentation and classification of point clouds.", "treewalk")) {
  app_->require_subcommand(1);
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->get_formatter()->column_width(34);
  app_->set_version_flag("-V,--version", version, "Print the version and exit");
  app_->footer("Each subcommand explains itself: treewalk SUBCOMMAND --help, or treewalk help SUBCOMMAND.");
}

CommandLine::~CommandLine() = default;

Command CommandLine::add(const std::string& name, const std::string& help) {
  return {app_->add_subcommand(name, help), &task_};
}

void CommandLine::check_subcommand(const std::string& word) const {
  std::vector<std::string> names;
  for (const auto* subcommand : app_->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(subcommand->get_name());
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  const auto there = " It has " + treewalk::detail::joined(names);
  if (word.empty()) throw UsageError("treewalk needs a subcommand." + there);
  throw UsageError("treewalk has no subcommand '" + treewalk::detail::printable(word) + "'" +
                   treewalk::detail::did_you_mean(word, names) + there);
}

Task CommandLine::parse(int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words[0] == "version") words[0] = "--version";
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.resize(std::min<std::size_t>(words.size(), 1));
    if (!words.empty()) check_subcommand(words[0]);
    words.push_back("--help");
  }
  if (words.empty() || words[0].empty() || words[0][0] != '-') check_subcommand(words.empty() ? "" : words[0]);
  check_equals(words);
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
    app_->parse(std::move(words));
    return task_;
  } catch (const CLI::Success& request) {  // help or version
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
