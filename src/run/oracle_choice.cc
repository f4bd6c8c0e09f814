#include "src/run/oracle_choice.h"

#include "src/base/error.h"
#include "src/base/threads.h"
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/delta/oracle.h"
#include "src/network/checked_oracle.h"

namespace zo {

void OracleChoice::describe(OptionTable& table) {
  table
      .add("oracle",
           &name,
           {"delta", "reference"},
           "delta: only what a probe changes; reference: whole forward passes")
      .may_change_on_resume();
  table.add("check-oracle",
            &check,
            Range::at_least(0),
            "probes of every list that the reference computes too; the run stops when they differ");
  describe_arithmetic(table);
}

void OracleChoice::describe_arithmetic(OptionTable& table) {
  table.add("differences",
            &differences,
            {"full", "bf16"},
            "what --oracle delta keeps of a change between layers: full = as --dtype; bf16 halves "
            "it and multiplies "
            "in bf16 where that is faster, to some 0.1 to 0.5 %");
  table.add("dtype",
            &dtype,
            {"float32", "float64"},
            "storage and forward pass; losses are always summed in float64");
  table.add("wave-mib",
            &wave_mib,
            Range::between(0, 1 << 16),
            "on a GPU: MiB that the probes computed at one go take at a layer; 0 = half of its L2 "
            "cache. Losses depend on it by rounding");
  table.add("bn",
            &bn,
            {"batch", "eval"},
            "statistics of BatchNorm in losses: of the batch, or the running ones");
  table
      .add("threads",
           &threads,
           Range::between(0, 1024),
           "0 = all cores; the results do not depend on it")
      .may_change_on_resume();
}

Precision OracleChoice::precision() const {
  return dtype == "float64" ? Precision::Float64 : Precision::Float32;
}

int OracleChoice::thread_count() const {
  return threads == 0 ? available_threads() : static_cast<int>(threads);
}

std::string OracleChoice::differences_text(Device device) const {
  if (name == "reference") return "whole forward passes";
  if (differences == "full") return "differences in " + dtype;
  if (device.is_cuda()) return "differences stored and multiplied in bf16";
  const auto& kernels = *delta_kernels<float, Bf16>();
  if (kernels.bf16_first) return "differences stored and multiplied in bf16 (AMX)";
  if (kernels.conv(Product::Bf16).keep != nullptr) {
    return "differences stored in bf16, multiplied in float32 and behind strides in bf16";
  }
  return "differences stored in bf16, multiplied in float32";
}

std::unique_ptr<NetworkOracle> OracleChoice::make(const Network& network,
                                                  const Weights& weights,
                                                  const BatchFunction& batches,
                                                  Device device,
                                                  SharedBy shared) const {
  if (name == "reference" && (check > 0 || differences == "bf16")) {
    fail_usage("--{}: is for --oracle delta; leave it out with --oracle reference",
               check > 0 ? "check-oracle" : "differences bf16");
  }
  OracleConfig config;
  config.precision = precision();
  config.bn = bn == "eval" ? BnMode::Running : BnMode::Batch;
  config.threads = thread_count();
  config.differences = differences == "bf16" ? Differences::Bf16 : Differences::Full;
  config.device = device;
  config.wave_bytes = wave_mib << 20;
  auto fast = name == "reference" ? make_reference_oracle(network, weights, batches, config)
                                  : make_delta_oracle(network, weights, batches, config);
  if (shared.ranks != nullptr && shared.ranks->size() > 1) {
    fast = make_shared_oracle(std::move(fast), *shared.ranks, *shared.times);
  }
  if (check == 0) return fast;
  auto truth = make_reference_oracle(network, weights, batches, config);
  return make_checked_oracle(std::move(fast), std::move(truth), check);
}

}  // namespace zo
