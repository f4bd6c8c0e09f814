#include "src/estimators/state_fields.h"

#include "src/base/error.h"

namespace zo {
namespace {

template <class Vector>
const Vector& field(const State& state, const std::string& name, std::size_t size) {
  const auto at = state.find(name);
  const Vector* values = at == state.end() ? nullptr : std::get_if<Vector>(&at->second);
  if (values == nullptr)
    fail_run("the saved state of the method has no entry '{}' of the right type", name);
  if (size != kAnySize && values->size() != size) {
    fail_run(
        "the saved state of the method has {} values in '{}', expected {}: it was written with "
        "other options",
        values->size(),
        name,
        size);
  }
  return *values;
}

}  // namespace

const std::vector<double>& state_reals(const State& state,
                                       const std::string& name,
                                       std::size_t size) {
  return field<std::vector<double>>(state, name, size);
}

const std::vector<std::int64_t>& state_integers(const State& state,
                                                const std::string& name,
                                                std::size_t size) {
  return field<std::vector<std::int64_t>>(state, name, size);
}

const std::vector<std::int64_t>& state_places(const State& state,
                                              const std::string& name,
                                              std::int64_t low,
                                              std::int64_t end,
                                              std::size_t size) {
  const auto& values = state_integers(state, name, size);
  for (const std::int64_t value : values) {
    if (value >= low && value < end) continue;
    fail_run("the saved state of the method has {} in '{}', which must be from {} to {}",
             value,
             name,
             low,
             end - 1);
  }
  return values;
}

}  // namespace zo
