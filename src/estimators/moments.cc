#include "src/estimators/moments.h"

#include <cmath>

#include "src/estimators/state_fields.h"

namespace zo {

Moments::Moments(double first_decay, double second_decay, std::int64_t dimension)
    : first_decay_(first_decay),
      second_decay_(second_decay),
      first_(dimension),
      second_(dimension),
      count_(dimension) {}

void Moments::fold(std::int64_t i, double g, double square) {
  first_[i] = first_decay_ * first_[i] + (1.0 - first_decay_) * g;
  second_[i] = second_decay_ * second_[i] + (1.0 - second_decay_) * square;
  ++count_[i];
}

double Moments::mean(std::int64_t i) const {
  return first_[i] / (1.0 - std::pow(first_decay_, static_cast<double>(count_[i])));
}

double Moments::square(std::int64_t i) const { return second_[i] / square_weight(i); }

double Moments::square_weight(std::int64_t i) const {
  return 1.0 - std::pow(second_decay_, static_cast<double>(count_[i]));
}

void Moments::save(State& state, const std::string& name) const {
  state[name + ".first"] = first_;
  state[name + ".second"] = second_;
  state[name + ".count"] = count_;
}

void Moments::load(const State& state, const std::string& name) {
  first_ = state_reals(state, name + ".first", first_.size());
  second_ = state_reals(state, name + ".second", second_.size());
  count_ = state_places(state, name + ".count", 0, kCountEnd, count_.size());
}

}  // namespace zo
