#include <algorithm>

#include "src/base/error.h"
#include "src/methods/zo_sah.h"

namespace zo {
namespace {

/// What options start from, on functions and on networks.
struct Preset {
  ZoSahOptions functions, networks;
};

/// ZO-SAH as published, but for what kept it from climbing at first on networks and from going on:
/// coordinates drawn by layer, no buffer that coasts, lengths found by looking back, and eigenvalues
/// floored in the scale of past gradients. ResNet-8, batch 64, 12,000 queries: the highest mean of ten
/// steps was 0.50 above the first without them, 0 with (ten seeds each). Batch 128: 1.9, 1.8 and 1.7
/// after 26k, 48k and 143k queries; without the scale after 29k, 58k and not within 180k (one seed).
Preset published() {
  ZoSahOptions networks;
  networks.subspace = 128;
  networks.period = 5;
  networks.eps = 0.005;
  networks.radius = 0.02;
  networks.sampling = Sampling::Layer;
  networks.layer_power = 0.8;
  networks.kappa = 0.0;
  networks.kappa_rel = 1.0;
  networks.scaled = true;
  networks.step = StepRule::LookBack;
  networks.lr = 0.5;
  networks.first_lr = 0.25;
  networks.momentum = 0.9;
  networks.coast = false;
  networks.lr_schedule = ScheduleKind::Auto;
  return {{}, networks};
}

/// Beyond the paper. On functions what works best: curvature a coordinate, measured once, on few
/// coordinates a step that promise most. On networks a natural step in the whole subspace, from the
/// losses of single examples, of the length that looking back finds.
Preset extended() {
  ZoSahOptions functions;
  functions.subspace_share = 0.07;
  functions.sampling = Sampling::Guided;
  functions.hessian = CurvatureKind::Cached;
  functions.eps = 0.1;
  functions.kappa = 0.0;
  functions.kappa_rel = 0.02;
  functions.step = StepRule::Auto;
  ZoSahOptions networks = published().networks;
  networks.subspace = 250;
  networks.block = 0;
  networks.hessian = CurvatureKind::Fisher;
  networks.kappa = 0.01;
  networks.kappa_rel = 0.0;
  networks.scaled = false;
  networks.lr = 1.0;
  networks.first_lr = 0.0;
  return {functions, networks};
}

/// For those who pay in time: thousands of coordinates a step, drawn anew for each where a second buys
/// most, and lengths that a schedule takes to zero, as what looks best for one step is too short for
/// many (arXiv 1803.02021). The damping is the subspace over batches of 128, for batches of any size:
/// with less (--damping 0 at batch 256) trained networks ran away at this length.
Preset fast() {
  Preset preset = extended();
  ZoSahOptions& networks = preset.networks;
  networks.subspace = 10000;
  networks.period = 1;
  networks.sampling = Sampling::Gain;
  networks.layer_power = 1.0;
  networks.damping = 10000.0 / 128.0;
  networks.step = StepRule::Fixed;
  networks.lr = 1.6;
  return preset;
}

const Names<Basis>& basis_names() {
  static const Names<Basis> names = {{Basis::Plain, "plain"}, {Basis::Consistent, "consistent"}};
  return names;
}

const Names<BiasCorrection>& bias_correction_names() {
  static const Names<BiasCorrection> names = {
      {BiasCorrection::Auto, "auto"}, {BiasCorrection::On, "true"}, {BiasCorrection::Off, "false"}};
  return names;
}

void add_options(OptionTable& table, ZoSahOptions& o) {
  table.add("subspace",
            &o.subspace,
            Range::at_least(0),
            "m, coordinates probed in a period; 0: by --subspace-share");
  table.add("subspace-share",
            &o.subspace_share,
            Range::between(0, 1),
            "m as a share of all coordinates; 0: all up to 1000, else 500");
  table.add("period", &o.period, Range::at_least(1), "T, steps a subspace is kept (paper: 20)");
  table.add("block",
            &o.block,
            Range::at_least(0),
            "coordinates a Hessian block (paper: 2), at most 64 but for --hessian fisher, where 0 "
            "takes the subspace as one block");
  table.add("pairing",
            &o.pairing,
            pairing_names(),
            "who shares a block: sticky keeps pairs that proved coupled, learned matches by past "
            "secants, coded by displaced gradients measured once");
  table.add(
      "sampling",
      &o.sampling,
      sampling_names(),
      "how the coordinates are drawn; layer: by mean squared gradient of their tensor, gain: the "
      "same, with --hessian fisher by signal over noise, over what their losses take to compute, "
      "guided: by their promised decrease when they were probed last");
  table.add("layer-power",
            &o.layer_power,
            Range::between(0, 2),
            "power of the mean squared gradient in --sampling layer and gain; 0: uniform");
  table.add("cost-power",
            &o.cost_power,
            Range::between(0, 3),
            "power of the cost in --sampling gain; 0: as layer");
  table.add("hessian",
            &o.hessian,
            curvature_names(),
            "how blocks are estimated; literal is the paper's, cached measures the curvature of a "
            "coordinate once, fisher takes them from the losses of single examples at no query, "
            "none is the control without curvature");
  table.add("adaptive-order",
            &o.adaptive_order,
            "leave the curvature out while the spectrum is flat (spread below 2 twice; back from "
            "4 on)");
  table.add("basis",
            &o.basis,
            basis_names(),
            "polynomial basis of --hessian literal; consistent agrees with forward differences");
  table.add("bias-correction",
            &o.bias_correction,
            bias_correction_names(),
            "remove the difference quotient's bias by the estimated curvature; auto: on, except "
            "for literal");
  table.add("eps", &o.eps, Range::positive_up_to(1e6), "step of the gradient probes");
  table.add("radius", &o.radius, Range::at_least(0), "l, step of the Hessian probes; 0: as --eps");
  table.add("ridge",
            &o.ridge,
            Range::at_least(0),
            "weight of the previous block in a fit; 0: literal 1e-6, secant 1, rotating 1e-3");
  table.add("kappa", &o.kappa, Range::at_least(0), "eigenvalue floor (paper: 0.1)");
  table.add("kappa-rel",
            &o.kappa_rel,
            Range::at_least(0),
            "eigenvalue floor as a share of the median |eigenvalue|; the larger floor holds");
  table.add(
      "scaled",
      &o.scaled,
      "eigenvalues are floored in the scale of past gradients, whose fading means (--momentum) "
      "take the place of the gradient; --hessian fisher always does so");
  table.add("step",
            &o.step,
            step_rule_names(),
            "backtrack: the longest of --trials halved lengths that lowers the loss, one query "
            "each; auto: from consecutive base losses, no query; look-back: a share of --lr that "
            "follows how the last steps look from the next batch, two queries");
  table.add("trials", &o.trials, Range::between(1, 50), "lengths that --step backtrack asks for");
  table.add("look-every",
            &o.look_every,
            Range::at_least(1),
            "steps between the looks of --step look-back");
  table.add("lr", &o.lr, Range::positive(), "largest step length");
  table.add("first-lr",
            &o.first_lr,
            Range::at_least(0),
            "length that --step look-back starts from; 0, or above --lr: --lr");
  table.add("momentum", &o.momentum, Range{0.0, 1.0, false, true}, "momentum of the step");
  table.add("second-decay",
            &o.second_decay,
            Range{0.0, 1.0, false, true},
            "of --scaled and --hessian fisher: how slowly the scale of a coordinate forgets");
  table.add("damping",
            &o.damping,
            Range::at_least(0),
            "of --hessian fisher: added to its diagonal, which is about 1; 0: the coordinates of a "
            "block over the examples of a batch");
  table.add("trust",
            &o.trust,
            Range::positive(),
            "of --hessian fisher: squared length of a step in its own metric");
  table.add("scale-floor",
            &o.scale_floor,
            Range::at_least(0),
            "of --scaled and --hessian fisher: least scale of a coordinate, a share of the median");
  table.add("weight-decay", &o.weight_decay, Range::at_least(0), "decay of the probed coordinates");
  table.add("coast", &o.coast, "coordinates that leave the subspace keep their momentum");
  add_schedule(table, o.lr_schedule);
}

class ZoSahConfig final : public MethodConfig {
 public:
  explicit ZoSahConfig(const Preset& preset)
      : options_(preset.functions), networks_(preset.networks) {}

  void describe(OptionTable& table) override {
    add_preset(table, options_, networks_, add_options);
  }

  void check(const Layout& layout) const override {
    const ZoSahOptions& o = options_;
    if (o.subspace > layout.dimension()) {
      fail_usage(
          "--subspace {}: there are only {} coordinates; give at most that, or 0 for the default",
          o.subspace,
          layout.dimension());
    }
    check_block();
    if (o.pairing != PairingKind::Random && o.block != 2) {
      fail_usage("--pairing {}: makes pairs, and --block is {}; give --block 2 or --pairing random",
                 name_of(o.pairing, pairing_names()),
                 o.block);
    }
    make_curvature({.kind = o.hessian})->check(use(layout));
    check_pairing(layout);
    if (o.step == StepRule::Auto && o.momentum > 0.0) {
      fail_usage(
          "--momentum {}: moves coordinates whose slope is not known, which --step auto needs; "
          "give --momentum 0 or another --step",
          o.momentum);
    }
    if (o.kappa == 0.0 && o.kappa_rel == 0.0) {
      fail_usage(
          "--kappa 0: the floor of the eigenvalues must be positive; give --kappa or --kappa-rel");
    }
  }

  std::string needs_examples() const override {
    return options_.hessian == CurvatureKind::Fisher ? "--hessian fisher" : "";
  }
  std::int64_t steps_per_batch() const override { return ZoSah::steps_per_batch_of(options_); }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<ZoSah>(options_, layout, plan);
  }

 private:
  CurvatureUse use(const Layout& layout) const {
    const ZoSahOptions& o = options_;
    return {.block = o.block,
            .subspace = o.subspace,
            .dimension = layout.dimension(),
            .pairing = o.pairing == PairingKind::Random ? "" : name_of(o.pairing, pairing_names()),
            .reads_couplings = o.pairing == PairingKind::Sticky || o.pairing == PairingKind::Coded,
            .adaptive_order = o.adaptive_order};
  }
  void check_block() const {
    const ZoSahOptions& o = options_;
    constexpr std::int64_t kMost = 64;  // blocks that ask probes for every pair of coordinates
    if (o.hessian == CurvatureKind::Fisher || (o.block >= 1 && o.block <= kMost)) return;
    fail_usage("--block {}: must be in [1, {}] with --hessian {}; give that or --hessian fisher",
               o.block,
               kMost,
               name_of(o.hessian, curvature_names()));
  }
  void check_pairing(const Layout& layout) const {
    const ZoSahOptions& o = options_;
    const bool needs_matrix = o.pairing == PairingKind::Learned || o.pairing == PairingKind::Coded;
    if (needs_matrix && layout.dimension() > Pairing::kMostLearned) {
      fail_usage(
          "--pairing {}: keeps the couplings of all {} coordinates, made for at most {}; give "
          "--pairing sticky or same-filter",
          name_of(o.pairing, pairing_names()),
          layout.dimension(),
          Pairing::kMostLearned);
    }
    if (o.pairing == PairingKind::Learned && o.period == 1) {
      fail_usage(
          "--pairing learned: compares gradients of one subspace, and --period 1 keeps none; give "
          "--period 2 or more");
    }
    const bool whole = o.subspace == layout.dimension() ||
                       (o.subspace == 0 && o.subspace_share == 0.0 && layout.dimension() <= 1000);
    if (o.pairing == PairingKind::Coded && !whole) {
      fail_usage(
          "--pairing coded: measures the couplings of all {} coordinates at once; give --subspace "
          "{} or --pairing sticky",
          layout.dimension(),
          layout.dimension());
    }
  }

  ZoSahOptions options_, networks_;
};

}  // namespace

std::unique_ptr<MethodConfig> zo_sah_config() { return std::make_unique<ZoSahConfig>(published()); }

std::unique_ptr<MethodConfig> zo_sah_plus_config() {
  return std::make_unique<ZoSahConfig>(extended());
}

std::unique_ptr<MethodConfig> zo_sah_fast_config() { return std::make_unique<ZoSahConfig>(fast()); }

}  // namespace zo
