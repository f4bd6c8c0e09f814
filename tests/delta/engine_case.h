#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "models/builder.h"
#include "src/delta/oracle.h"
#include "src/delta/stacked/oracle.h"
#include "src/network/cuda_device.h"
#include "tests/delta/probe_draw.h"
#include "tests/emulated_cuda/tables.h"

/// The delta oracle on one of its engines, beside the plain truth.
namespace zo::testing {

/// What no network of the registry has: a shortcut from behind a pooling, and a linear layer behind
/// pixels.
inline Network pooled_network() {
  NetworkBuilder net("pooled", {3, 32, 32}, 10);
  net.conv3x3("conv0", 5, 2, true);
  net.relu("relu0");
  net.conv3x3("conv1", 4, 1, true);
  net.batch_norm("bn1");
  net.relu("relu1");
  const int source = net.max_pool2("pool1");
  net.conv3x3("conv2", 6, 1, false);
  net.relu("relu2");
  net.conv3x3("conv3", 4, 1, true);
  net.residual("add", source, 1);
  net.relu("relu3");
  net.max_pool2("pool2");
  net.flatten("flatten");
  net.linear("fc1", 12);
  net.relu("relu4");
  net.linear("fc2", 10);
  return net.take();
}

/// Nor has any: shortcuts that begin inside others, and both poolings behind one another.
inline Network woven_network() {
  NetworkBuilder net("woven", {3, 32, 32}, 10);
  net.conv3x3("stem", 3, 2, false);
  net.relu("relu");
  net.conv3x3("conv0", 4, 1, true);
  const int first = net.relu("relu0");
  net.conv3x3("conv1", 4, 1, false);
  net.batch_norm("bn1");
  net.residual("add1", first, 1);
  const int second = net.relu("relu1");
  net.conv3x3("conv2", 4, 1, true);
  net.residual("add2", second, 1);
  net.relu("relu2");
  net.conv3x3("conv3", 4, 1, true);
  net.residual("add3", first, 1);
  net.relu("relu3");
  net.max_pool2("max");
  net.global_pool("mean");
  net.linear("fc", 10);
  return net.take();
}

/// Nor has any: a convolution under the mean over all pixels that adds what it reads, and a shortcut
/// from behind that mean.
inline Network short_network() {
  NetworkBuilder net("short", {3, 32, 32}, 10);
  net.conv3x3("conv0", 8, 2, true);
  net.batch_norm("bn0");
  const int read = net.relu("relu0");
  net.conv3x3("conv1", 8, 1, false);
  net.batch_norm("bn1");
  net.residual("add1", read, 1);
  net.relu("relu1");
  const int mean = net.global_pool("mean");
  net.linear("fc1", 8);
  net.residual("add2", mean, 1);
  net.relu("relu2");
  net.linear("fc2", 10);
  return net.take();
}

/// Stacked tensors run on the CPU too, to be tested there: with loops, or with the GPU's own kernels.
enum class Engine { Cpu, StackedOnCpu, StackedEmulated, StackedOnCuda };
constexpr Engine kEngines[] = {
    Engine::Cpu, Engine::StackedOnCpu, Engine::StackedEmulated, Engine::StackedOnCuda};

inline std::string engine_name(Engine engine) {
  const std::map<Engine, std::string> names = {{Engine::Cpu, "Cpu"},
                                               {Engine::StackedOnCpu, "Stacked"},
                                               {Engine::StackedEmulated, "Emulated"},
                                               {Engine::StackedOnCuda, "Cuda"}};
  return names.at(engine);
}

inline const StackedTables& tables_of(Engine engine) {
  return engine == Engine::StackedOnCuda     ? cuda_stacked_tables()
         : engine == Engine::StackedEmulated ? emulated_stacked_tables()
                                             : cpu_stacked_tables();
}

class EngineCase {
 public:
  EngineCase(Engine engine, const std::string& name) : engine_(engine) {
    network = name == "pooled"  ? pooled_network()
              : name == "woven" ? woven_network()
              : name == "short" ? short_network()
                                : cifar_network(name);
    static std::map<std::string, Weights> known;
    if (!known.contains(name)) known[name] = settled_weights(network);
    weights = known[name];
  }

  static std::unique_ptr<NetworkOracle> make(Engine engine,
                                             const Network& network,
                                             const Weights& weights,
                                             BatchFunction batches,
                                             OracleConfig config) {
    if (engine == Engine::Cpu) return make_delta_oracle(network, weights, batches, config);
    config.device = engine == Engine::StackedOnCuda ? Device{0} : Device{};
    return make_stacked_oracle(network, weights, batches, config, tables_of(engine));
  }
  /// Why the engine cannot run here, or "". To be asked before LibTorch's first operation.
  static std::string problem(Engine engine) {
    const std::string& problem = cuda_problem();
    return engine == Engine::StackedOnCuda ? problem : "";
  }

  std::unique_ptr<NetworkOracle> delta(OracleConfig config, std::int64_t batch) const {
    // Two places in a wave that enters at the first stage of a ResNet, more behind: waves are cut,
    // filled and left with empty places.
    config.wave_bytes = 2 * rows() * 16 * 1024 * 4;
    auto oracle = make(engine_, network, weights, drawn_batches(1, rows()), config);
    oracle->begin_batch(batch);
    return oracle;
  }
  /// The plain truth, on the CPU whatever the engine.
  std::unique_ptr<NetworkOracle> truth(OracleConfig config, std::int64_t batch) const {
    auto oracle = make_reference_oracle(network, weights, drawn_batches(1, rows()), config);
    oracle->begin_batch(batch);
    return oracle;
  }
  /// How many probes to draw: stacked tensors are made for another device.
  int count(int usual) const { return probe_count(engine_ == Engine::Cpu ? usual : usual / 4); }

  Network network;
  Weights weights;

 private:
  /// For the CPU engine a number that fills no vector width.
  std::int64_t rows() const { return engine_ == Engine::Cpu ? kRows : 7; }

  Engine engine_;
};

}  // namespace zo::testing
