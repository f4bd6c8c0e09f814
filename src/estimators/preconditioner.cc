#include "src/estimators/preconditioner.h"

#include <algorithm>
#include <cmath>

#include "src/estimators/state_fields.h"
#include "src/kernels/quad2x2.h"

namespace zo {

GradientMoments::GradientMoments(PreconditionerOptions options, std::int64_t dimension)
    : options_(options) {
  if (options_.kind == Preconditioner::None) return;
  first_.assign(dimension, 0.0);
  second_.assign(dimension, 0.0);
  count_.assign(dimension, 0);
  if (options_.kind == Preconditioner::Diagonal) return;
  cross_.assign(dimension, 0.0);
  partner_.assign(dimension, -1);
}

void GradientMoments::fold(std::int64_t i, double g) {
  first_[i] = options_.first_decay * first_[i] + (1.0 - options_.first_decay) * g;
  second_[i] = options_.second_decay * second_[i] + (1.0 - options_.second_decay) * g * g;
  ++count_[i];
}

double GradientMoments::mean(std::int64_t i) const {
  return first_[i] / (1.0 - std::pow(options_.first_decay, static_cast<double>(count_[i])));
}

double GradientMoments::second_weight(std::int64_t i) const {
  return 1.0 - std::pow(options_.second_decay, static_cast<double>(count_[i]));
}

void GradientMoments::solve_pair(std::int64_t a, std::int64_t b, double* out) const {
  const double wa = second_weight(a), wb = second_weight(b);
  Eigen2<double> e =
      eigen2(Sym2<double>{second_[a] / wa, cross_[a] / std::sqrt(wa * wb), second_[b] / wb});
  e.plus = std::sqrt(std::max(e.plus, 0.0)) + options_.floor;
  e.minus = std::sqrt(std::max(e.minus, 0.0)) + options_.floor;
  const Newton2<double> w = newton2(e, mean(a), mean(b), options_.floor);
  out[0] = w.w1;
  out[1] = w.w2;
}

std::vector<double> GradientMoments::direction(std::span<const std::int64_t> at,
                                               std::span<const double> g) {
  for (std::size_t s = 0; s < at.size(); ++s) fold(at[s], g[s]);
  std::vector<double> v(at.size());
  std::size_t s = 0;
  if (options_.kind == Preconditioner::Pair) {
    for (; s + 1 < at.size(); s += 2) {
      const std::int64_t a = at[s], b = at[s + 1];
      if (partner_[a] != b || partner_[b] != a) {
        partner_[a] = b;
        partner_[b] = a;
        cross_[a] = 0.0;
      }
      cross_[a] =
          options_.second_decay * cross_[a] + (1.0 - options_.second_decay) * g[s] * g[s + 1];
      cross_[b] = cross_[a];
      solve_pair(a, b, &v[s]);
    }
  }
  for (; s < at.size(); ++s) {
    const double root = std::sqrt(second_[at[s]] / second_weight(at[s]));
    v[s] = mean(at[s]) / (root + options_.floor);
  }
  return v;
}

void GradientMoments::save(State& state) const {
  state["moments.first"] = first_;
  state["moments.second"] = second_;
  state["moments.cross"] = cross_;
  state["moments.count"] = count_;
  state["moments.partner"] = partner_;
}

void GradientMoments::load(const State& state) {
  first_ = state_reals(state, "moments.first", first_.size());
  second_ = state_reals(state, "moments.second", second_.size());
  cross_ = state_reals(state, "moments.cross", cross_.size());
  count_ = state_integers(state, "moments.count", count_.size());
  partner_ = state_integers(state, "moments.partner", partner_.size());
}

}  // namespace zo
