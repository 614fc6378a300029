// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// Subcommands and their options. CLI11 stays behind this header: it takes long to compile.
namespace program {

/// A command line that cannot be obeyed: exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The number that a word is as a whole, as strtod reads it; none for anything else.
std::optional<double> number_in(const std::string& word);

/// The work that a command line asks for.
using Task = std::function<void()>;

/// Refines an option that was just added.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option& required();
  Option& range(double low, double high);
  Option& one_of(const std::vector<std::string>& values);
  Option& excludes(const Option& other);
  Option& once_each();         ///< a list takes one value each time it is named
  Option& separated(char by);  ///< a list may also be one word with this between its values

 private:
  CLI::Option* option_;
};

/// One subcommand. Values are std::string, paths, int, std::int64_t, std::uint64_t, float, double, lists of strings, or
/// optional numbers; what they hold beforehand is shown as the default. A string or path that is given is not empty,
/// but where its unit is REGEX.
class Command {
 public:
  Command(CLI::App* app, Task* task) : app_(app), task_(task) {}
  /// Options that follow are listed under this heading in the help text.
  void group(const std::string& heading) { group_ = heading; }
  template <class T>
  Option positional(const std::string& name, T& value, const std::string& help);
  /// names: "-o,--output"; unit: what the help text shows for the value.
  template <class T>
  Option option(const std::string& names, T& value, const std::string& unit, const std::string& help);
  /// One of two words for false and true.
  Option choice(const std::string& names, bool& value, const std::array<std::string, 2>& words, const std::string& unit,
                const std::string& help);
  void flag(const std::string& names, bool& value, const std::string& help);
  /// Paragraphs below the options, in the order of the calls.
  void footer(const std::string& text);
  /// A paragraph before the others, made when the help text is printed.
  void footer(std::function<std::string()> text);
  /// A command line that can be typed as it stands, but for its files.
  void example(const std::string& command) { footer("Example:\n  " + command); }
  /// What to do when this subcommand was chosen.
  void does(Task task);

 private:
  CLI::App* app_;
  Task* task_;
  std::string group_ = "Options", footer_;
};

class CommandLine {
 public:
  /// version(): what --version prints.
  explicit CommandLine(const std::function<std::string()>& version);
  ~CommandLine();
  Command add(const std::string& name, const std::string& help);
  /// The chosen subcommand's work; prints the help text or the version and gives no work when that was asked for, by
  /// --help or by "help SUBCOMMAND". Throws UsageError, with a hint where to read more.
  Task parse(int argc, char** argv);
  /// " (see treewalk segment --help)", for errors found later.
  std::string hint() const;

 private:
  void check_subcommand(const std::string& word) const;

  std::unique_ptr<CLI::App> app_;
  Task task_;
};

}  // namespace program
