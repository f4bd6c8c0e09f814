#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/base/symmetric_matrix.h"

namespace zo {

/// Where a problem is least, as far as known in closed form or found beforehand.
struct Optimum {
  double value = 0.0;
  std::vector<double> x;
};

/// A function of d numbers with its exact derivatives, in double. Methods see `value` only;
/// gradient and Hessian are the truth that estimates and tests are measured against. All members
/// may be called by several threads.
class Problem {
 public:
  virtual ~Problem() = default;
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  /// As --problem takes it.
  const std::string& name() const { return name_; }
  std::int64_t dimension() const { return dimension_; }
  /// The customary starting point.
  virtual std::vector<double> start() const = 0;
  /// f(x); `x` has length d.
  virtual double value(std::span<const double> x) const = 0;
  /// Of how many examples f is the mean; 0: it is no mean.
  virtual std::int64_t examples() const { return 0; }
  /// The value of each at x, examples() of them; only where there are any.
  virtual void example_values(std::span<const double> /*x*/, std::span<double> /*values*/) const {}
  /// ∇f(x), length d.
  virtual std::vector<double> gradient(std::span<const double> x) const = 0;
  /// ∇²f(x).
  virtual std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const = 0;
  /// Nothing when no global minimum is known. May take long (logistic runs Newton's method).
  virtual std::optional<Optimum> optimum() const = 0;

 protected:
  Problem(std::string name, std::int64_t dimension)
      : name_(std::move(name)), dimension_(dimension) {}

 private:
  std::string name_;
  std::int64_t dimension_;
};

}  // namespace zo
