#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace zo {

/// Inclusive or open numeric range of an option; the message shows it as "[0, 1)".
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;

  bool contains(double value) const;
  std::string text() const;
  static Range any() { return {}; }
  static Range positive() { return {0.0, std::numeric_limits<double>::infinity(), true, true}; }
  static Range at_least(double low) { return {low}; }
  static Range between(double low, double high) { return {low, high}; }
};

/// One table maps field ↔ --flag ↔ config key ↔ help. Components add their fields; the command
/// line, the config file, the run folder's config.toml and `methods NAME` all read the same table.
/// The targets must outlive the table.
class OptionTable {
 public:
  enum class Type { Integer, Real, Text, Choice, Switch };
  struct Option {
    std::string name;  // without the dashes; also the key in config files
    std::string help;  // meaning, unit, source
    std::string group;
    Type type = Type::Text;
    Range range;
    std::vector<std::string> choices;
    std::function<void(const std::string&)> assign;
    std::function<std::string()> text;  // the value in force, as it would be typed
    std::string default_text;
    std::string origin;  // "" default, "--name" flag, or "FILE" config
  };

  /// Options added from now on belong to `group` (a heading of the help).
  void begin_group(std::string group) { group_ = std::move(group); }
  /// The field's present value is the default.
  void add(std::string name, std::int64_t* field, Range range, std::string help);
  void add(std::string name, double* field, Range range, std::string help);
  void add(std::string name, std::string* field, std::string help);
  void add(std::string name,
           std::string* field,
           std::vector<std::string> choices,
           std::string help);
  void add(std::string name, bool* field, std::string help);

  /// Sets an option from text. `origin` is what the message names: "--kappa" or "run.toml: kappa".
  /// Throws Error(Usage) for an unknown name (with the nearest known one), a value that does not
  /// parse, or one out of range or choice.
  void set(const std::string& name, const std::string& text, const std::string& origin);
  /// Replaces the default of an option that is there, for a command with better ones of its own.
  void set_default(const std::string& name, const std::string& text);
  const Option* find(const std::string& name) const;
  const std::vector<Option>& options() const { return options_; }
  /// True when the user gave the value, by flag or file.
  bool given(const std::string& name) const;

 private:
  Option& append(std::string name, Type type, std::string help);
  std::vector<Option> options_;
  std::string group_;
};

/// The candidate with the smallest edit distance to `word`, or "" when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace zo
