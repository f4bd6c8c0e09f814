#include "data/libsvm.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

constexpr std::string_view kBlank = " \t\r";

/// One line being read; every complaint names file and line.
class Line {
 public:
  Line(const std::string& path, std::int64_t number, std::string_view text)
      : path_(path), number_(number), rest_(text) {}

  /// The next word, or "" at the end.
  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlank), rest_.size()));
    const std::string_view found = rest_.substr(0, rest_.find_first_of(kBlank));
    rest_.remove_prefix(found.size());
    return found;
  }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("{}: line {}: {}; correct the file or shorten it with --rows",
               path_,
               number_,
               fmt::format(format, std::forward<Args>(args)...));
  }

  double number(std::string_view text, const char* what) const {
    double value = 0.0;
    const std::string_view digits = text.substr(text.substr(0, 1) == "+" ? 1 : 0);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = end == digits.data() + digits.size() && !digits.empty();
    if (!whole || error == std::errc::invalid_argument) {
      fail("{} '{}' is not a number", what, text);
    }
    if (error == std::errc::result_out_of_range || !std::isfinite(value)) {
      fail("{} '{}' is not a finite number in double precision", what, text);
    }
    return value;
  }

 private:
  const std::string& path_;
  std::int64_t number_;
  std::string_view rest_;
};

void read_features(Line& line, SparseExamples& examples) {
  std::int32_t before = 0;
  for (std::string_view word = line.word(); !word.empty(); word = line.word()) {
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos) line.fail("'{}' is not of the form index:value", word);
    std::int32_t index = 0;
    const std::string_view digits = word.substr(0, colon);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      line.fail("index '{}' is not a whole number below 2^31", digits);
    }
    if (index < 1) line.fail("index {} is below 1, where features are counted from 1", index);
    if (index <= before) line.fail("index {} follows {}, but must rise", index, before);
    before = index;
    examples.column.push_back(index - 1);
    examples.value.push_back(line.number(word.substr(colon + 1), "value"));
    examples.columns = std::max(examples.columns, std::int64_t{index});
  }
  examples.row_start.push_back(static_cast<std::int64_t>(examples.column.size()));
}

/// Collects the two labels of a file in the order met.
struct Classes {
  std::vector<double> labels;

  void meet(const Line& line, double label) {
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) return;
    if (labels.size() == 2) {
      line.fail("label {} is a third class beside {} and {}, two are needed",
                label,
                labels[0],
                labels[1]);
    }
    labels.push_back(label);
  }
};

}  // namespace

SparseExamples read_libsvm(const std::string& path, std::int64_t max_rows) {
  if (std::filesystem::exists(path)) require_regular_file(path);
  std::ifstream in(path);
  if (!in) fail_usage("--data {}: {}; give a file in LIBSVM format", path, std::strerror(errno));
  SparseExamples examples;
  examples.row_start.push_back(0);
  Classes classes;
  std::int64_t number = 0;
  for (std::string text; std::getline(in, text);) {
    if (max_rows > 0 && examples.rows() == max_rows) break;
    Line line(path, ++number, text);
    const std::string_view label = line.word();
    if (label.empty()) continue;
    examples.label.push_back(line.number(label, "label"));
    classes.meet(line, examples.label.back());
    read_features(line, examples);
  }
  if (in.bad()) fail_usage("--data {}: cannot be read to its end; check its disk", path);
  if (classes.labels.size() != 2) {
    fail_usage(
        "--data {}: {} rows with {} class{}, but two classes are needed; {}",
        path,
        examples.rows(),
        classes.labels.size(),
        classes.labels.size() == 1 ? "" : "es",
        max_rows > 0 && examples.rows() == max_rows ? "read more --rows" : "give another file");
  }
  if (examples.columns == 0) fail_usage("--data {}: no row has a feature; give another file", path);
  // A few bytes must not claim gigabytes: every coordinate of x is a number in memory.
  constexpr std::int64_t kColumns = 1000000;
  const auto values = static_cast<std::int64_t>(examples.value.size());
  if (examples.columns > std::max(kColumns, 16 * values)) {
    fail_usage(
        "--data {}: feature {} is far beyond what {} values need; number features from 1 without "
        "gaps",
        path,
        examples.columns,
        values);
  }
  const double upper = std::max(classes.labels[0], classes.labels[1]);
  for (double& label : examples.label) label = label == upper ? 1.0 : -1.0;
  return examples;
}

}  // namespace zo
