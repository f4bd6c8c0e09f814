// Fits a damped oscillation to measurements by values alone: first one value at a time, then many
// at once.
#include <zotrain/minimize.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

namespace {

constexpr int kMeasurements = 40;

double signal(std::span<const double> x, double time) {
  return x[0] * std::exp(-x[1] * time) * std::cos(x[2] * time);
}

/// Mean squared deviation from a signal of amplitude 2, decay 0.5 and frequency 3.
double misfit(std::span<const double> x) {
  static constexpr double kTruth[] = {2.0, 0.5, 3.0};
  double sum = 0.0;
  for (int i = 0; i < kMeasurements; ++i) {
    const double time = 0.1 * i, deviation = signal(x, time) - signal(kTruth, time);
    sum += deviation * deviation;
  }
  return sum / kMeasurements;
}

/// A stand-in for a simulator that takes a whole batch of points.
std::vector<double> misfits(std::span<const double> points, std::size_t count) {
  const std::size_t d = points.size() / count;
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(misfit(points.subspan(i * d, d)));
  return values;
}

void print(const char* title, const zo::MinimizeResult& result) {
  std::printf("%s: %.1e at (%.3f, %.3f, %.3f) after %lld queries, stopped by %s\n",
              title,
              result.best,
              result.x[0],
              result.x[1],
              result.x[2],
              static_cast<long long>(result.queries),
              result.stop_reason.c_str());
}

}  // namespace

int main() {
  try {
    const std::vector<double> start{1.5, 0.3, 2.7};
    zo::MinimizeSettings settings;
    settings.method = "zo-sah";
    settings.options = {{"period", "1"}, {"lr", "0.3"}, {"eps", "1e-4"}, {"kappa", "0.01"}};
    settings.max_calls = 5000;
    settings.target = 1e-6;
    print("one by one", zo::minimize(misfit, start, settings));
    print("in batches", zo::minimize(misfits, start, settings));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
