#include "src/base/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "src/base/error.h"

namespace zo {
namespace {

template <class T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end && !text.empty();
}

/// Whole numbers may be written 12000 or 12e3; anything that is not whole is refused.
std::int64_t parse_integer(const std::string& text) {
  std::int64_t value = 0;
  if (parse(text, value)) return value;
  constexpr double kLargest = 9e15;  // so far every whole number is a double
  double real = 0.0;
  if (!parse(text, real) || real != std::floor(real)) fail_usage("must be a whole number");
  if (std::abs(real) > kLargest) fail_usage("must lie within ±{:g}", kLargest);
  return static_cast<std::int64_t>(real);
}

/// Whether `text` is UTF-8 as Unicode has it: no overlong forms, no halves of UTF-16 pairs.
bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned lead = byte(i++);
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    std::uint32_t code = lead & (0x3fU >> more);
    if (lead < 0xc2 || lead > 0xf4) return false;
    for (int k = 0; k < more; ++k, ++i) {
      if ((byte(i) & 0xc0U) != 0x80U) return false;
      code = code << 6 | (byte(i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
    if (code < kLeast[static_cast<std::size_t>(more)] || code > 0x10ffff) return false;
    if (code >= 0xd800 && code < 0xe000) return false;
  }
  return true;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

bool Range::contains(double value) const {
  if (std::isnan(value)) return false;
  const bool above = low_open ? value > low : value >= low;
  const bool below = high_open ? value < high : value <= high;
  return above && below;
}

std::string Range::text() const {
  const bool from = std::isfinite(low), to = std::isfinite(high);
  if (from && to) {
    return fmt::format("in {}{}, {}{}", low_open ? '(' : '[', low, high, high_open ? ')' : ']');
  }
  if (from) return fmt::format("{} {}", low_open ? "greater than" : "at least", low);
  if (to) return fmt::format("{} {}", high_open ? "less than" : "at most", high);
  return "a number";
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

OptionTable::Option& OptionTable::append(std::string name, Type type, std::string help) {
  if (find(name) != nullptr) fail_run("option --{} is declared twice", name);
  Option option;
  option.name = std::move(name);
  option.type = type;
  option.help = std::move(help);
  option.group = group_;
  options_.push_back(std::move(option));
  return options_.back();
}

OptionTable::Option& OptionTable::add(std::string name,
                                      std::int64_t* field,
                                      Range range,
                                      std::string help) {
  Option& option = append(std::move(name), Type::Integer, std::move(help));
  option.range = range;
  option.assign = [field, range](const std::string& text) {
    const std::int64_t value = parse_integer(text);
    if (!range.contains(static_cast<double>(value))) fail_usage("must be {}", range.text());
    *field = value;
  };
  option.text = [field] { return fmt::format("{}", *field); };
  option.default_text = option.text();
  return option;
}

OptionTable::Option& OptionTable::add(std::string name,
                                      double* field,
                                      Range range,
                                      std::string help) {
  Option& option = append(std::move(name), Type::Real, std::move(help));
  option.range = range;
  option.assign = [field, range](const std::string& text) {
    double value = 0.0;
    if (!parse(text, value)) fail_usage("must be a number");
    if (!range.contains(value)) fail_usage("must be {}", range.text());
    *field = value;
  };
  option.text = [field] { return fmt::format("{}", *field); };
  option.default_text = option.text();
  return option;
}

OptionTable::Option& OptionTable::add(std::string name, std::string* field, std::string help) {
  Option& option = append(std::move(name), Type::Text, std::move(help));
  option.assign = [field](const std::string& text) {
    // Run folders keep options in files of that encoding.
    if (!is_utf8(text)) fail_usage("must be text in UTF-8; give the file or folder another name");
    *field = text;
  };
  option.text = [field] { return *field; };
  option.default_text = *field;
  return option;
}

OptionTable::Option& OptionTable::append_choice(std::string name,
                                                const std::vector<std::string>& choices,
                                                std::function<void(std::size_t)> assign,
                                                std::function<std::string()> text,
                                                std::string help) {
  Option& option = append(std::move(name), Type::Choice, std::move(help));
  option.choices = choices;
  option.assign = [assign = std::move(assign), choices](const std::string& word) {
    const auto at = std::find(choices.begin(), choices.end(), word);
    if (at == choices.end()) fail_usage("must be one of {}", fmt::join(choices, ", "));
    assign(static_cast<std::size_t>(at - choices.begin()));
  };
  option.text = std::move(text);
  option.default_text = option.text();
  return option;
}

OptionTable::Option& OptionTable::add(std::string name,
                                      std::string* field,
                                      const std::vector<std::string>& choices,
                                      std::string help) {
  const auto assign = [field, choices](std::size_t index) { *field = choices[index]; };
  return append_choice(
      std::move(name), choices, assign, [field] { return *field; }, std::move(help));
}

OptionTable::Option& OptionTable::add(std::string name, bool* field, std::string help) {
  Option& option = append(std::move(name), Type::Switch, std::move(help));
  option.assign = [field](const std::string& text) {
    if (text != "true" && text != "false") fail_usage("must be true or false");
    *field = text == "true";
  };
  option.text = [field] { return *field ? "true" : "false"; };
  option.default_text = option.text();
  return option;
}

const OptionTable::Option* OptionTable::find(const std::string& name) const {
  const auto at = std::find_if(
      options_.begin(), options_.end(), [&](const Option& option) { return option.name == name; });
  return at == options_.end() ? nullptr : &*at;
}

void OptionTable::set_network_defaults(const OptionTable& networks) {
  for (Option& option : options_) {
    const Option* other = networks.find(option.name);
    if (other == nullptr || other->default_text == option.default_text) continue;
    option.on_networks(other->default_text);
  }
}

void OptionTable::use_network_defaults() {
  for (Option& option : options_) {
    if (option.network_text.empty()) continue;
    option.assign(option.network_text);
    option.default_text = option.network_text;
  }
}

bool OptionTable::given(const std::string& name) const {
  const Option* option = find(name);
  return option != nullptr && !option->origin.empty();
}

void OptionTable::set(const std::string& name, const std::string& text, const std::string& origin) {
  const auto at = std::find_if(
      options_.begin(), options_.end(), [&](const Option& option) { return option.name == name; });
  if (at == options_.end()) {
    std::vector<std::string> names;
    for (const auto& option : options_) names.push_back(option.name);
    const std::string near = nearest(name, names);
    fail_usage("{}: unknown option{}", origin, near.empty() ? "" : "; did you mean " + near + "?");
  }
  try {
    at->assign(text);
  } catch (const Error& error) {
    fail_usage("{}: '{}' {}", origin, text, error.what());
  }
  at->origin = origin;
}

}  // namespace zo
