#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace zo {

/// θ in its storage type T: float or double. Sums are taken in double and rounded once.
template <class T>
class Theta {
 public:
  explicit Theta(const std::vector<double>& values) : stored_(values.size()) { assign(values); }

  const std::vector<T>& stored() const { return stored_; }
  double value(std::int64_t index) const { return static_cast<double>(stored_[index]); }
  std::vector<double> values() const { return {stored_.begin(), stored_.end()}; }
  /// What θ_index really changes by when delta is added and the sum rounded.
  double step(std::int64_t index, double delta) const {
    const double before = value(index);
    return static_cast<double>(static_cast<T>(before + delta)) - before;
  }
  /// θ ← θ + change (length d).
  void move(const std::vector<double>& change) {
    for (std::size_t i = 0; i < change.size(); ++i) {
      stored_[i] = static_cast<T>(static_cast<double>(stored_[i]) + change[i]);
    }
  }
  /// Replaces θ.
  void assign(const std::vector<double>& values) {
    std::transform(values.begin(), values.end(), stored_.begin(), [](double value) {
      return static_cast<T>(value);
    });
  }

 private:
  std::vector<T> stored_;
};

}  // namespace zo
