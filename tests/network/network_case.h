#pragma once
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/registry.h"
#include "models/weights.h"
#include "src/base/philox.h"
#include "src/network/network_oracle.h"

namespace zo::testing {

/// tests/reference/networks.json, made by make_networks.py with PyTorch in float64.
inline const nlohmann::json& golden() {
  static const auto file = [] {
    std::ifstream stream("tests/reference/networks.json");
    if (!stream) throw std::runtime_error("run from the root: no tests/reference/networks.json");
    return nlohmann::json::parse(stream);
  }();
  return file;
}

// Steps of the Test streams, as in tests/reference/network_case.py.
enum Stream : std::uint64_t {
  kNoise = 1,
  kVector = 2,
  kScales = 3,
  kPictures = 100,
  kLabels = 200
};

/// How many probes a comparison of oracles draws: `usual`, or ZO_TEST_PROBES where somebody has
/// more time.
inline int probe_count(int usual) {
  const char* wanted = std::getenv("ZO_TEST_PROBES");
  return wanted == nullptr ? usual : std::atoi(wanted);
}

inline Network cifar_network(const std::string& name) {
  return make_network(name, {3, 32, 32}, 10);
}

/// The start weights plus noise, so that no scale is 1 and no shift 0.
inline Weights noisy_weights(const Network& network, std::uint64_t seed) {
  Weights weights = initial_weights(network, seed);
  const Philox noise(seed, Purpose::Test, kNoise);
  for (std::size_t i = 0; i < weights.theta.size(); ++i) {
    weights.theta[i] = static_cast<float>(weights.theta[i] + 0.05 * noise.normal(i));
  }
  return weights;
}

/// Normal pixels and uniform labels: batch `number` of `rows` CIFAR-sized pictures.
inline BatchFunction drawn_batches(std::uint64_t seed, std::int64_t rows) {
  return [=](std::int64_t number) {
    const Philox pixels(seed, Purpose::Test, kPictures + number);
    const Philox labels(seed, Purpose::Test, kLabels + number);
    Batch batch{.number = number, .rows = rows, .images = {}, .labels = {}};
    for (std::int64_t i = 0; i < rows * 3072; ++i) {
      batch.images.push_back(static_cast<float>(pixels.normal(i)));
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      batch.labels.push_back(static_cast<std::int32_t>(labels.below(i, 10)));
    }
    return batch;
  };
}

/// scale · D(seed).
inline DenseProbe drawn_direction(double scale, std::uint64_t seed, Law law = Law::Gaussian) {
  DenseProbe probe;
  probe.scale = scale;
  probe.seed = seed;
  probe.law = law;
  return probe;
}

/// scale · v.
inline DenseProbe explicit_direction(double scale, std::vector<double> vector) {
  DenseProbe probe;
  probe.scale = scale;
  probe.vector = std::make_shared<const std::vector<double>>(std::move(vector));
  return probe;
}

/// Reads a probe of the golden file.
inline Probe probe_of(const nlohmann::json& entry, std::uint64_t seed, std::int64_t dimension) {
  if (entry.contains("edits")) {
    std::vector<Edit> edits;
    for (const auto& edit : entry["edits"]) edits.push_back({edit[0], edit[1]});
    return SparseProbe(edits);
  }
  std::vector<double> values(dimension);
  if (entry.contains("vector")) {
    const Philox stream(seed, Purpose::Test, kVector);
    for (std::int64_t i = 0; i < dimension; ++i) values[i] = stream.normal(i);
    return explicit_direction(entry["scale"], std::move(values));
  }
  auto probe = drawn_direction(
      entry["scale"], entry["seed"], entry["law"] == "gaussian" ? Law::Gaussian : Law::Rademacher);
  if (entry.contains("weighted")) {
    const Philox stream(seed, Purpose::Test, kScales);
    for (std::int64_t i = 0; i < dimension; ++i) values[i] = 1.0 + stream.uniform(i);
    probe.weights = std::make_shared<const std::vector<double>>(std::move(values));
  }
  return probe;
}

/// One network of the golden file with its probes.
struct GoldenCase {
  explicit GoldenCase(const std::string& name) : network(cifar_network(name)) {
    for (const auto& entry : golden()["networks"]) {
      if (entry["model"] == name) expected = entry;
    }
    seed = golden()["seed"];
    weights = noisy_weights(network, seed);
    for (const auto& entry : expected["probes"]) {
      probes.push_back(probe_of(entry, seed, network.layout.dimension()));
    }
    batches = drawn_batches(seed, golden()["rows"]);
  }

  Network network;
  nlohmann::json expected;
  std::uint64_t seed = 0;
  Weights weights;
  std::vector<Probe> probes;
  BatchFunction batches;
};

}  // namespace zo::testing
