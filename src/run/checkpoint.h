#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/network.h"
#include "models/weights.h"
#include "src/base/state.h"
#include "src/minimize/loop.h"
#include "src/oracle/ledger.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// What a run remembers between steps, beside its method and its oracle.
struct LoopState : LoopPosition {
  std::vector<double> first, last;   // finite losses of the first and last kLossWindow steps
  std::int64_t evaluated_step = -1;  // of the newest evaluation of the test split; −1: none yet
  double test_loss = 0.0, test_accuracy = 0.0, best_test_accuracy = 0.0;
  static constexpr std::size_t kLossWindow = 5;
};

/// Everything that a run needs to go on bit for bit.
struct Snapshot {
  LoopState loop;
  QueryLedger ledger;
  Weights weights;                       // with the running statistics, for going on
  std::vector<double> evaluation_norms;  // those for evaluation and export
  std::int64_t statistics_batches = 0;   // which were retaken from so many batches; 0: running
  State method;
  std::map<std::string, std::string> options;           // name → value in force
  std::int64_t horizon_queries = 0, horizon_steps = 0;  // RunPlan's limits; 0: none
  std::int64_t metrics_bytes = 0;                       // length of metrics.jsonl at that moment
  std::string training_set;                             // Session's hash of it
};

/// Writes FOLDER/step-N with weights.safetensors (float32, for Python and `eval`),
/// method.safetensors (the method's state, the running statistics and, for float64, θ: exact),
/// state.json and MANIFEST (SHA-256 of the three, as `sha256sum -c` reads it). All is synced to
/// disk under another name before it gets its own, so a checkpoint is whole or absent. Then removes
/// all but the newest `keep`, and those of later steps, which belong to a continuation that was
/// given up. Throws Error(Run).
void save_checkpoint(const std::string& folder,
                     const Network& network,
                     const Snapshot& snapshot,
                     Precision precision,
                     std::int64_t keep);

/// Throws Error(Usage) with file and reason unless every file of the checkpoint matches its
/// checksum.
void verify_checkpoint(const std::string& checkpoint);

/// Removes all checkpoints of a folder and what was left of unfinished ones, and nothing else.
void remove_checkpoints(const std::string& folder);

/// Checkpoints of a folder, newest first, whether sound or not; links are none. Throws Error(Usage)
/// where the folder is there and may not be read.
std::vector<std::string> list_checkpoints(const std::string& folder);

/// The newest sound checkpoint of `folder`; each damaged one that is passed over costs one warning.
std::optional<std::string> newest_checkpoint(const std::string& folder);

/// Reads a checkpoint, verified before. Throws Error(Usage) with the file and the reason.
Snapshot load_checkpoint(const std::string& checkpoint, const Network& network);

/// The options stored in a checkpoint's state.json: which model and data it belongs to.
std::map<std::string, std::string> checkpoint_options(const std::string& checkpoint);

}  // namespace zo
