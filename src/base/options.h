#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
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
  /// Above 0, and not beyond what makes sense, so that a slip of the finger is told.
  static Range positive_up_to(double high) { return {0.0, high, true, false}; }
  /// Of queries, steps and the like: products of a few of them with what a run multiplies them by stay
  /// within 64 bits.
  static Range count() { return {0.0, 1e12}; }
  static Range at_least(double low) { return {low}; }
  static Range between(double low, double high) { return {low, high}; }
};

/// The words for the values of an enum, in the order that help shows them.
template <class E>
using Names = std::vector<std::pair<E, std::string>>;

template <class E>
std::string name_of(E value, const Names<E>& names) {
  for (const auto& [known, word] : names) {
    if (known == value) return word;
  }
  return {};
}

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
    std::string network_text;     // default for networks where it differs, else ""
    bool free_on_resume = false;  // another value does not change what a run computes
    bool one_call = false;        // about this call only: no run folder keeps it
    std::string origin;           // "" default, "--name" flag, or "FILE" config

    /// What `add` returns is told these, in any order.
    Option& on_networks(std::string text) {
      network_text = std::move(text);
      return *this;
    }
    Option& may_change_on_resume() {
      free_on_resume = true;
      return *this;
    }
    Option& for_this_call_only() {
      one_call = free_on_resume = true;
      return *this;
    }
  };

  /// Options added from now on belong to `group` (a heading of the help).
  void begin_group(std::string group) { group_ = std::move(group); }
  /// The field's present value is the default. The reference holds until the next `add`.
  Option& add(std::string name, std::int64_t* field, Range range, std::string help);
  Option& add(std::string name, double* field, Range range, std::string help);
  Option& add(std::string name, std::string* field, std::string help);
  Option& add(std::string name,
              std::string* field,
              const std::vector<std::string>& choices,
              std::string help);
  Option& add(std::string name, bool* field, std::string help);
  /// One of `names`, which are the only place that ties the values of E to words.
  template <class E>
  requires std::is_enum_v<E> Option& add(const std::string& name,
                                         E* field,
                                         const Names<E>& names,
                                         const std::string& help) {
    std::vector<std::string> choices;
    for (const auto& [value, word] : names) choices.push_back(word);
    return append_choice(
        name,
        choices,
        [field, names](std::size_t index) { *field = names[index].first; },
        [field, names] { return name_of(*field, names); },
        help);
  }

  /// Sets an option from text. `origin` is what the message names: "--kappa" or "run.toml: kappa".
  /// Throws Error(Usage) for an unknown name (with the nearest known one), a value that does not
  /// parse, or one out of range or choice.
  void set(const std::string& name, const std::string& text, const std::string& origin);
  /// As Option::on_networks, for the options that start from another value in `networks`.
  void set_network_defaults(const OptionTable& networks);
  /// Puts the defaults for networks in force.
  void use_network_defaults();
  const Option* find(const std::string& name) const;
  const std::vector<Option>& options() const { return options_; }
  /// True when the user gave the value, by flag or file.
  bool given(const std::string& name) const;

 private:
  Option& append(std::string name, Type type, std::string help);
  Option& append_choice(std::string name,
                        const std::vector<std::string>& choices,
                        std::function<void(std::size_t)> assign,
                        std::function<std::string()> text,
                        std::string help);
  std::vector<Option> options_;
  std::string group_;
};

/// The candidate with the smallest edit distance to `word`, or "" when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace zo
