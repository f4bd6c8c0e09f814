#include "src/estimators/cge.h"

#include <cmath>
#include <limits>
#include <string>

#include "src/estimators/state_fields.h"

namespace zo {

bool Record::good(std::int64_t s) const { return std::isfinite(difference[s]) && step[s] != 0.0; }

std::int64_t Record::dropped() const {
  std::int64_t count = 0;
  for (std::size_t s = 0; s < difference.size(); ++s) {
    count += good(static_cast<std::int64_t>(s)) ? 0 : 1;
  }
  return count;
}

void Record::save(State& state, const std::string& prefix) const {
  state[prefix + ".base"] = std::vector<double>{base};
  state[prefix + ".pattern"] = std::vector<std::int64_t>{static_cast<std::int64_t>(pattern)};
  state[prefix + ".x"] = x;
  state[prefix + ".step"] = step;
  state[prefix + ".difference"] = difference;
}

Record Record::load(const State& state, const std::string& prefix) {
  Record record;
  record.base = state_reals(state, prefix + ".base", 1)[0];
  record.pattern = static_cast<Pattern>(state_places(state, prefix + ".pattern", 0, 3, 1)[0]);
  record.x = state_reals(state, prefix + ".x");
  record.step = state_reals(state, prefix + ".step", record.x.size());
  record.difference = state_reals(state, prefix + ".difference", record.x.size());
  return record;
}

Record plan_record(const LossOracle& oracle,
                   std::span<const std::int64_t> coordinates,
                   double eps,
                   Pattern pattern,
                   std::vector<Probe>& probes) {
  Record record;
  record.pattern = pattern;
  record.x = oracle.values(coordinates);
  const double wanted = pattern == Pattern::Backward ? -eps : eps;
  for (std::size_t s = 0; s < coordinates.size(); ++s) {
    record.step.push_back(oracle.reached(coordinates[s], record.x[s], wanted) - record.x[s]);
    const Edit edit{coordinates[s], wanted};
    if (pattern == Pattern::Stair && s % 2 == 1) {
      probes.push_back(pair_probe({coordinates[s - 1], wanted}, edit));
    } else {
      probes.push_back(coordinate_probe(edit.index, edit.delta));
    }
  }
  return record;
}

void fill_record(Record& record, double base, std::span<const double> losses) {
  record.base = base;
  record.difference.clear();
  for (const double loss : losses) {
    record.difference.push_back(std::isfinite(loss) ? loss - base
                                                    : std::numeric_limits<double>::quiet_NaN());
  }
}

CoordinateGradient cge(LossOracle& oracle, std::span<const std::int64_t> coordinates, double eps) {
  std::vector<Probe> probes;
  Record record = plan_record(oracle, coordinates, eps, Pattern::Forward, probes);
  const double base = oracle.base();
  fill_record(record, base, oracle.evaluate(probes));
  CoordinateGradient result;
  for (std::size_t s = 0; s < coordinates.size(); ++s) {
    const bool good = record.good(static_cast<std::int64_t>(s));
    result.gradient.push_back(good ? record.difference[s] / record.step[s] : 0.0);
  }
  result.dropped = record.dropped();
  return result;
}

}  // namespace zo
