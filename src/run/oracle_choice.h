#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "src/base/options.h"
#include "src/dist/shared_oracle.h"
#include "src/network/network_oracle.h"

namespace zo {

/// Who computes lists of probes together; nobody but this process by default.
struct SharedBy {
  const Communicator* ranks = nullptr;
  RankTimes* times = nullptr;
};

/// How the losses of a network are computed: the options of the verbs that ask for losses.
struct OracleChoice {
  std::string name = "delta", differences = "full", dtype = "float32", bn = "batch";
  std::int64_t check = 0, threads = 0, wave_mib = 0;

  /// Adds --oracle, --check-oracle and those of describe_arithmetic() to `table`.
  void describe(OptionTable& table);
  /// Adds --differences, --dtype, --bn and --threads.
  void describe_arithmetic(OptionTable& table);
  Precision precision() const;
  /// --threads, or all cores for 0.
  int thread_count() const;
  /// What is carried between layers and multiplied there, and in which precision, on `device`.
  std::string differences_text(Device device) const;
  /// Throws Error(Usage) for combinations that mean nothing.
  std::unique_ptr<NetworkOracle> make(const Network& network,
                                      const Weights& weights,
                                      const BatchFunction& batches,
                                      Device device = {},
                                      SharedBy shared = {}) const;
};

}  // namespace zo
