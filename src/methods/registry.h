#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/layout.h"
#include "src/base/options.h"
#include "src/methods/method.h"

namespace zo {

/// The options of one method before it is made: fills the option table, checks itself, makes the
/// method.
class MethodConfig {
 public:
  virtual ~MethodConfig() = default;
  /// Adds the method's flags, with the present field values as defaults. Those for networks
  /// (Option::on_networks) are what lowered the training loss of ResNet-8 on CIFAR-10, batches of
  /// 128, most: in 12,000 to 180,000 queries for zo-sah; of the few step lengths tried, in about
  /// 1,000 queries each, for the others.
  virtual void describe(OptionTable& table) = 0;
  /// Checks that need more than one option or the size of the problem. Throws Error(Usage).
  virtual void check(const Layout& layout) const = 0;
  /// The option, as given on a command line, that makes the method look at the losses of single
  /// examples; "": it sees no more than the mean.
  virtual std::string needs_examples() const { return ""; }
  /// Options and their words that suit a run better than the defaults where it looks for its step length
  /// itself (MethodInfo::fixed_lengths), as no length lowers a loss along a direction that points uphill.
  virtual std::vector<std::pair<std::string, std::string>> for_trials(const Layout&) const {
    return {};
  }
  /// Method::steps_per_batch() of what make() makes: the plan needs it to tell steps from epochs.
  virtual std::int64_t steps_per_batch() const { return 1; }
  virtual std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const = 0;
};

/// Adds the options of `values` by add(table, values); what `networks` holds instead is their default
/// on networks.
template <class Options>
void add_preset(OptionTable& table,
                Options& values,
                Options networks,
                void (*add)(OptionTable&, Options&)) {
  OptionTable there;
  add(there, networks);
  add(table, values);
  table.set_network_defaults(there);
}

/// One line of the registry.
struct MethodInfo {
  std::string name;     // as --method takes it
  std::string summary;  // one sentence
  std::string formula;  // the update, in plain text
  std::string source;   // paper and section
  std::unique_ptr<MethodConfig> (*config)();
  // Queries between evaluations, and between checkpoints, where `train` is told no others: so many
  // that computing them takes longer than what they pause for.
  std::int64_t pause_every = kPauseEvery;
  // Whether a step is --lr times an estimate of the gradient, whatever its size: then no length suits
  // every function, and `minimize` finds one where it is told none.
  bool fixed_lengths = false;

  static constexpr std::int64_t kPauseEvery = 20000;
};

/// Every method, in the order of `zotrain methods`. To add one: its folder file pair and one line
/// here.
const std::vector<MethodInfo>& methods();
/// Throws Error(Usage) that names `origin` and lists what there is, and `others` that the caller knows.
const MethodInfo& find_method(const std::string& name,
                              const std::string& origin = "--method",
                              const std::vector<std::string>& others = {});

}  // namespace zo
