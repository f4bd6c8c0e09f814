#include "src/estimators/preconditioner.h"

#include <algorithm>
#include <cmath>

#include "src/estimators/state_fields.h"
#include "src/kernels/quad2x2.h"

namespace zo {

GradientMoments::GradientMoments(PreconditionerOptions options, std::int64_t dimension)
    : options_(options),
      moments_(options.first_decay,
               options.second_decay,
               options.kind == Preconditioner::None ? 0 : dimension) {
  if (options_.kind != Preconditioner::Pair) return;
  cross_.assign(dimension, 0.0);
  partner_.assign(dimension, -1);
}

void GradientMoments::solve_pair(std::int64_t a, std::int64_t b, double* out) const {
  const double weight = std::sqrt(moments_.square_weight(a) * moments_.square_weight(b));
  Eigen2<double> e =
      eigen2(Sym2<double>{moments_.square(a), cross_[a] / weight, moments_.square(b)});
  e.plus = std::sqrt(std::max(e.plus, 0.0)) + options_.floor;
  e.minus = std::sqrt(std::max(e.minus, 0.0)) + options_.floor;
  const Newton2<double> w = newton2(e, moments_.mean(a), moments_.mean(b), options_.floor);
  out[0] = w.w1;
  out[1] = w.w2;
}

std::vector<double> GradientMoments::direction(std::span<const std::int64_t> at,
                                               std::span<const double> g) {
  for (std::size_t s = 0; s < at.size(); ++s) moments_.fold(at[s], g[s], g[s] * g[s]);
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
    v[s] = moments_.mean(at[s]) / (std::sqrt(moments_.square(at[s])) + options_.floor);
  }
  return v;
}

void GradientMoments::save(State& state) const {
  moments_.save(state, "moments");
  state["moments.cross"] = cross_;
  state["moments.partner"] = partner_;
}

void GradientMoments::load(const State& state) {
  moments_.load(state, "moments");
  cross_ = state_reals(state, "moments.cross", cross_.size());
  partner_ = state_integers(state, "moments.partner", partner_.size());
}

}  // namespace zo
