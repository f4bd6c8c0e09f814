#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "tests/cuda/require_cuda.h"
#include "tests/delta/engine_case.h"

namespace zo {
namespace {

using testing::Engine;
using testing::EngineCase;
using testing::ProbeDraw;

class DifferencesOn : public ::testing::TestWithParam<std::tuple<Engine, std::string, BnMode>> {};

TEST_P(DifferencesOn, KeepTheirLeadingDigitsInFloat32AndBf16) {
  // Forward passes in float32 lose the difference of two losses to the rounding of each; carried
  // differences do not.
  const auto& [engine, name, bn] = GetParam();
  ZO_NEED_CUDA(EngineCase::problem(engine));
  const EngineCase each(engine, name);
  const int usual = name == "resnet20" ? 80 : 160;  // each a forward pass in float64
  const auto probes = ProbeDraw(each.network.layout, 4).small_probes(each.count(usual));
  const auto differences = [&](NetworkOracle& oracle) {
    auto losses = oracle.evaluate(probes);
    for (double& loss : losses) loss -= oracle.base();
    return losses;
  };
  const auto exact = differences(*each.truth({.precision = Precision::Float64, .bn = bn}, 0));
  const auto error = [&](const OracleConfig& config) {
    const auto values = differences(*each.delta(config, 0));
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      difference += (values[i] - exact[i]) * (values[i] - exact[i]);
      norm += exact[i] * exact[i];
    }
    return std::sqrt(difference / norm);
  };
  const double error32 = error({.bn = bn, .threads = 2});
  const double error16 = error({.bn = bn, .threads = 2, .differences = Differences::Bf16});
  RecordProperty("float32", std::to_string(error32));
  RecordProperty("bf16", std::to_string(error16));
  // Every layer rounds its weights, the change in front of and the one behind its activation, each
  // by at most u = 2^-9 for bf16 and 2^-24 for float32, hence by u/√3 in the mean square.
  // Independent errors add up in squares; float32 sums hundreds of products a value on top.
  const auto layers =
      std::count_if(each.network.ops.begin(), each.network.ops.end(), [](const Op& op) {
        return op.kind == OpKind::Conv3x3 || op.kind == OpKind::Linear;
      });
  const double roundings = std::sqrt(3.0 * static_cast<double>(layers));
  EXPECT_LE(error32, 1e-4);
  EXPECT_LE(error16, roundings * std::ldexp(1.0, -9) / std::sqrt(3.0));
  EXPECT_GT(error16, error32) << "bf16 was not in force";
}

std::string case_name(const ::testing::TestParamInfo<DifferencesOn::ParamType>& info) {
  return testing::engine_name(std::get<0>(info.param)) + "_" + std::get<1>(info.param) +
         (std::get<2>(info.param) == BnMode::Batch ? "_batch" : "_running");
}

INSTANTIATE_TEST_SUITE_P(
    Engines,
    DifferencesOn,
    ::testing::Combine(::testing::Values(Engine::Cpu, Engine::StackedOnCpu, Engine::StackedOnCuda),
                       ::testing::Values("resnet8", "resnet20", "cnn", "mlp", "pooled"),
                       ::testing::Values(BnMode::Batch, BnMode::Running)),
    case_name);
INSTANTIATE_TEST_SUITE_P(Emulated,
                         DifferencesOn,
                         ::testing::Combine(::testing::Values(Engine::StackedEmulated),
                                            ::testing::Values("cnn", "pooled"),
                                            ::testing::Values(BnMode::Batch)),
                         case_name);

}  // namespace
}  // namespace zo
