#include <algorithm>

#include "src/base/error.h"
#include "src/methods/zo_sah.h"

namespace zo {
namespace {

class ZoSahConfig final : public MethodConfig {
 public:
  explicit ZoSahConfig(const ZoSahOptions& options) : options_(options) {}

  void describe(OptionTable& table) override {
    ZoSahOptions& o = options_;
    table.add("subspace",
              &o.subspace,
              Range::at_least(0),
              "m, coordinates probed in a period; 0: by --subspace-share");
    table.add("subspace-share",
              &o.subspace_share,
              Range::between(0, 1),
              "m as a share of all coordinates; 0: all up to 1000, else 500");
    table.add("period", &o.period, Range::at_least(1), "T, steps a subspace is kept (paper: 20)");
    table.add("block", &o.block, Range::between(1, 64), "coordinates a Hessian block (paper: 2)");
    table.add("pairing",
              &o.pairing,
              pairing_names(),
              "who shares a block: sticky keeps pairs that proved coupled, learned matches by past "
              "secants, coded by displaced gradients measured once");
    table.add("sampling",
              &o.sampling,
              sampling_names(),
              "how the coordinates are drawn; layer: by mean squared gradient of their tensor, "
              "guided: by their promised decrease when they were probed last");
    table.add("layer-power",
              &o.layer_power,
              Range::between(0, 2),
              "power of the mean squared gradient in --sampling layer; 0: uniform");
    table.add(
        "hessian",
        &o.hessian,
        {"literal", "secant", "rotating", "lazy", "cached", "none"},
        "how blocks are estimated; literal is the paper's, cached measures the curvature of a "
        "coordinate once, none is the control without curvature");
    table.add("adaptive-order",
              &o.adaptive_order,
              "leave the curvature out while the spectrum is flat (spread below 2 twice; back from "
              "4 on)");
    table.add("basis",
              &o.basis,
              {"plain", "consistent"},
              "polynomial basis of --hessian literal; consistent agrees with forward differences");
    table.add("bias-correction",
              &o.bias_correction,
              {"auto", "true", "false"},
              "remove the difference quotient's bias by the estimated curvature; auto: on, except "
              "for literal");
    table.add("eps", &o.eps, Range::positive(), "step of the gradient probes");
    table.add(
        "radius", &o.radius, Range::at_least(0), "l, step of the Hessian probes; 0: as --eps");
    table.add("ridge",
              &o.ridge,
              Range::at_least(0),
              "weight of the previous block in a fit; 0: literal 1e-6, secant 1, rotating 1e-3");
    table.add("kappa", &o.kappa, Range::at_least(0), "eigenvalue floor (paper: 0.1)");
    table.add("kappa-rel",
              &o.kappa_rel,
              Range::at_least(0),
              "eigenvalue floor as a share of the median |eigenvalue|; the larger floor holds");
    table.add("preconditioner",
              &o.preconditioner,
              preconditioner_names(),
              "from past gradients, at no query: Adam's root a coordinate, or the 2x2 root of a "
              "pair's averaged outer product; needs --hessian none");
    table.add("second-decay",
              &o.second_decay,
              Range{0.0, 1.0, false, true},
              "β₂, how slowly the preconditioner forgets");
    table.add("step",
              &o.step,
              step_rule_names(),
              "backtrack: the longest of --trials halved lengths that lowers the loss, one query "
              "each; auto: from consecutive base losses, no query");
    table.add("trials", &o.trials, Range::between(1, 50), "lengths that --step backtrack asks for");
    table.add("lr", &o.lr, Range::positive(), "largest step length");
    table.add("momentum",
              &o.momentum,
              Range{0.0, 1.0, false, true},
              "momentum of the step, or β₁ of --preconditioner");
    table.add(
        "weight-decay", &o.weight_decay, Range::at_least(0), "decay of the probed coordinates");
    table.add("coast", &o.coast, "coordinates that leave the subspace keep their momentum");
    table.add("lr-schedule", &o.lr_schedule, schedule_kinds(), "over --max-steps or --max-queries");
  }

  void check(const Layout& layout) const override {
    const ZoSahOptions& o = options_;
    if (o.subspace > layout.dimension()) {
      fail_usage(
          "--subspace {}: there are only {} coordinates; give at most that, or 0 for the default",
          o.subspace,
          layout.dimension());
    }
    check_blocks(layout);
    check_pairing(layout);
    if (o.adaptive_order && o.hessian != "lazy") {
      fail_usage(
          "--adaptive-order: leaves out the probes of exact blocks, and --hessian is {}; give "
          "--hessian lazy",
          o.hessian);
    }
    if (o.preconditioner != "none" && o.hessian != "none") {
      fail_usage(
          "--preconditioner {}: takes the place of the curvature, and --hessian is {}; give "
          "--hessian none or --preconditioner none",
          o.preconditioner,
          o.hessian);
    }
    if (o.preconditioner == "pair" && o.block != 2) {
      fail_usage(
          "--block {}: --preconditioner pair is the root of a pair; give --block 2 or "
          "--preconditioner diagonal",
          o.block);
    }
    if (o.step == "auto" && o.momentum > 0.0 && o.preconditioner == "none") {
      fail_usage(
          "--momentum {}: moves coordinates whose slope is not known, which --step auto needs; "
          "give "
          "--momentum 0 or another --step",
          o.momentum);
    }
    if (o.kappa == 0.0 && o.kappa_rel == 0.0) {
      fail_usage(
          "--kappa 0: the floor of the eigenvalues must be positive; give --kappa or --kappa-rel");
    }
    if (o.block != 2 && o.hessian != "lazy" && o.hessian != "none") {
      fail_usage(
          "--block {}: --hessian {} fits pairs, whose 3 unknowns the probes of two steps "
          "determine; "
          "larger blocks have more unknowns than equations. Give --block 2 or --hessian lazy",
          o.block,
          o.hessian);
    }
  }

  std::int64_t steps_per_batch() const override { return ZoSah::steps_per_batch_of(options_); }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<ZoSah>(options_, layout, plan);
  }

 private:
  /// Only the whole space may leave a remainder, which becomes a smaller block.
  void check_blocks(const Layout& layout) const {
    const ZoSahOptions& o = options_;
    const bool blocks =
        o.preconditioner == "pair" || (o.hessian != "none" && o.hessian != "cached");
    if (!blocks || o.subspace == 0 || o.subspace == layout.dimension()) return;
    if (o.block > o.subspace) {
      fail_usage(
          "--block {}: is larger than --subspace {}; give at most that", o.block, o.subspace);
    }
    const std::int64_t rest = o.subspace % o.block;
    if (rest == 0) return;
    fail_usage("--subspace {}: cannot be cut into blocks of {}; give {} or {}",
               o.subspace,
               o.block,
               o.subspace - rest,
               std::min(o.subspace - rest + o.block, layout.dimension()));
  }
  void check_pairing(const Layout& layout) const {
    const ZoSahOptions& o = options_;
    if (o.pairing == "random") return;
    if (o.block != 2) {
      fail_usage("--pairing {}: makes pairs, and --block is {}; give --block 2 or --pairing random",
                 o.pairing,
                 o.block);
    }
    if (o.hessian == "cached") {
      fail_usage(
          "--pairing {}: --hessian cached knows no couplings; give --hessian lazy or --pairing "
          "random",
          o.pairing);
    }
    const bool needs_blocks = o.pairing == "sticky" || o.pairing == "coded";
    if (needs_blocks && (o.hessian == "none" || o.hessian == "literal")) {
      fail_usage(
          "--pairing {}: reads exact blocks, and --hessian {} has none; give --hessian lazy, "
          "secant or rotating",
          o.pairing,
          o.hessian);
    }
    const bool needs_matrix = o.pairing == "learned" || o.pairing == "coded";
    if (needs_matrix && layout.dimension() > Pairing::kMostLearned) {
      fail_usage(
          "--pairing {}: keeps the couplings of all {} coordinates, made for at most {}; give "
          "--pairing sticky or same-filter",
          o.pairing,
          layout.dimension(),
          Pairing::kMostLearned);
    }
    if (o.pairing == "learned" && o.period == 1) {
      fail_usage(
          "--pairing learned: compares gradients of one subspace, and --period 1 keeps none; give "
          "--period 2 or more");
    }
    const bool whole = o.subspace == layout.dimension() ||
                       (o.subspace == 0 && o.subspace_share == 0.0 && layout.dimension() <= 1000);
    if (o.pairing == "coded" && !whole) {
      fail_usage(
          "--pairing coded: measures the couplings of all {} coordinates at once; give --subspace "
          "{} or --pairing sticky",
          layout.dimension(),
          layout.dimension());
    }
  }

  ZoSahOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> zo_sah_config() {
  return std::make_unique<ZoSahConfig>(ZoSahOptions{});
}

/// On functions: curvature a coordinate, measured once, on few coordinates a step that promise
/// most.
std::unique_ptr<MethodConfig> zo_sah_plus_config() {
  ZoSahOptions options;
  options.subspace_share = 0.07;
  options.sampling = "guided";
  options.hessian = "cached";
  options.eps = 0.1;
  options.kappa = 0.0;
  options.kappa_rel = 0.02;
  options.step = "auto";
  return std::make_unique<ZoSahConfig>(options);
}

}  // namespace zo
