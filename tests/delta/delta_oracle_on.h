#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/cuda/require_cuda.h"
#include "tests/delta/engine_case.h"

namespace zo::testing {

/// Every engine is held against whole forward passes, in both precisions and both ways of BatchNorm.
class DeltaOracleOn
    : public ::testing::TestWithParam<std::tuple<Engine, std::string, Precision, BnMode>> {
 protected:
  void SetUp() override {
    const auto& [engine, name, precision, bn] = GetParam();
    ZO_NEED_CUDA(EngineCase::problem(engine));
    case_.emplace(engine, name);
    config_ = {.precision = precision, .bn = bn, .threads = 2};
    exact_ = precision == Precision::Float64;
    bound_ = exact_ ? 1e-11 : 1e-6;
  }
  std::unique_ptr<NetworkOracle> delta(std::int64_t batch = 0) const {
    return case_->delta(config_, batch);
  }
  std::unique_ptr<NetworkOracle> truth(std::int64_t batch = 0) const {
    return case_->truth(config_, batch);
  }
  const Network& network() const { return case_->network; }

  std::optional<EngineCase> case_;
  OracleConfig config_;
  bool exact_ = false;
  double bound_ = 0.0;  // of a loss, in nats
};

inline std::string case_name(const ::testing::TestParamInfo<DeltaOracleOn::ParamType>& info) {
  const auto& [engine, name, precision, bn] = info.param;
  return testing::engine_name(engine) + "_" + name +
         (precision == Precision::Float32 ? "_float32" : "_float64") +
         (bn == BnMode::Batch ? "_batch" : "_running");
}

/// What DeltaOracleOn is instantiated with. ResNet-20 takes two thirds of the time of all, and each
/// precision and each way of BatchNorm once: ResNet-8, of the same units, takes all four.
inline auto every_engine() {
  std::vector<DeltaOracleOn::ParamType> cases;
  for (const Engine engine : {Engine::Cpu, Engine::StackedOnCpu, Engine::StackedOnCuda}) {
    for (const char* name : {"resnet8", "resnet20", "cnn", "mlp", "pooled", "woven", "short"}) {
      for (const Precision precision : {Precision::Float32, Precision::Float64}) {
        for (const BnMode bn : {BnMode::Batch, BnMode::Running}) {
          const bool usual = (precision == Precision::Float32) == (bn == BnMode::Batch);
          if (name != std::string("resnet20") || usual) {
            cases.emplace_back(engine, name, precision, bn);
          }
        }
      }
    }
  }
  return ::testing::ValuesIn(cases);
}
/// And with the GPU's kernels on the emulated one: what is small; with ZO_TEST_EMULATED=all in the
/// environment everything, which takes ten minutes.
inline auto emulated_engine() {
  const bool all = std::getenv("ZO_TEST_EMULATED") != nullptr;
  using Names = std::vector<std::string>;
  return ::testing::Combine(
      ::testing::Values(Engine::StackedEmulated),
      ::testing::ValuesIn(
          all ? Names{"resnet8", "resnet20", "cnn", "mlp", "pooled", "woven", "short"}
              : Names{"cnn", "woven", "short"}),
      ::testing::ValuesIn(all ? std::vector{Precision::Float32, Precision::Float64}
                              : std::vector{Precision::Float32}),
      ::testing::ValuesIn(all ? std::vector{BnMode::Batch, BnMode::Running}
                              : std::vector{BnMode::Batch}));
}

}  // namespace zo::testing
