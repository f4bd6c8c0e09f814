#pragma once
#include <memory>
#include <optional>
#include <string>

#include "data/batches.h"
#include "data/dataset.h"
#include "models/network.h"
#include "src/dist/agreement.h"
#include "src/dist/shared_oracle.h"
#include "src/methods/method.h"
#include "src/network/network_oracle.h"
#include "src/run/checkpoint.h"
#include "src/run/device.h"
#include "src/run/options.h"

namespace zo {

/// Everything a run computes with, made from its options and, for --resume, from a checkpoint.
struct Session {
  const Communicator* ranks = &one_process();
  RankTimes rank_times;
  int threads = 1;
  ChosenDevice device;
  DataSplits data;
  BitHash training_set;  // of its pictures and labels
  Network network;
  std::unique_ptr<BatchSource> batches;
  std::unique_ptr<NetworkOracle> oracle;
  RunPlan limits;  // how far this call may go
  RunPlan plan;    // what the method is laid out for
  std::unique_ptr<Method> method;
  bool sees_examples = false;  // it looks at the losses of single examples, not at means alone
  LoopState loop;
  std::int64_t metrics_bytes = 0;

  /// Steps that the method is laid out for; 0: no limit.
  std::int64_t steps_laid_out() const { return steps_within(plan); }
  /// Steps that the limits of `length` allow; 0: it has none.
  std::int64_t steps_within(const RunPlan& length) const;
  /// Batch number of step k, and how many pictures the steps 0 … k have seen.
  std::int64_t batch_of(std::int64_t k) const { return k / method->steps_per_batch(); }
  std::int64_t samples_seen(std::int64_t k, std::int64_t batch_size) const;
};

/// Loads and checks all of it; writes nothing. `checkpoint`: the folder to go on from, or none.
/// `ranks` must outlive the session.
/// Sets options.data to the set that `auto` found. Throws Error(Usage) with flag or file and
/// reason.
std::unique_ptr<Session> open_session(TrainCommand& command,
                                      const std::optional<std::string>& checkpoint,
                                      const Communicator& ranks);

/// The limits of `plan` as the flags that lay schedules out for them; "" where it has none.
std::string horizon_flags(const RunPlan& plan);

/// name → value of every option in force.
std::map<std::string, std::string> option_values(const OptionTable& table);

}  // namespace zo
