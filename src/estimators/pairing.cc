#include "src/estimators/pairing.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

constexpr double kStays = 0.3, kHopeless = 0.1;  // methods.md 1.11(c)(i)

/// Entry i of code row n.
double code(std::int64_t n, std::int64_t i) {
  return n == 0 || ((i >> (n - 1)) & 1) != 0 ? 1.0 : -1.0;
}

std::int64_t code_rows(std::int64_t d) {
  std::int64_t bits = 0;
  while ((std::int64_t{1} << bits) < d) ++bits;
  return bits + 1;
}

}  // namespace

const Names<PairingKind>& pairing_names() {
  static const Names<PairingKind> names = {{PairingKind::Random, "random"},
                                           {PairingKind::Sticky, "sticky"},
                                           {PairingKind::Learned, "learned"},
                                           {PairingKind::Coded, "coded"},
                                           {PairingKind::SameFilter, "same-filter"}};
  return names;
}

std::vector<std::int64_t> greedy_matching(std::span<const double> weight, std::int64_t n) {
  std::vector<std::tuple<double, std::int64_t, std::int64_t>> edges;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t l = i + 1; l < n; ++l) edges.emplace_back(-weight[i * n + l], i, l);
  }
  std::sort(edges.begin(), edges.end());
  std::vector<std::int64_t> partner(n, -1);
  for (const auto& [negative, i, l] : edges) {
    if (partner[i] >= 0 || partner[l] >= 0) continue;
    partner[i] = l;
    partner[l] = i;
  }
  return partner;
}

Pairing::Pairing(PairingKind kind, const Layout& layout)
    : kind_(kind), dimension_(layout.dimension()) {
  if (kind_ == PairingKind::Random) return;
  partner_.assign(dimension_, -1);
  if (kind_ == PairingKind::Learned) {
    products_.assign(dimension_ * dimension_, 0.0);
    squares_.assign(dimension_, 0.0);
  }
  if (kind_ != PairingKind::SameFilter) return;
  for (const Segment& segment : layout.segments) {
    const std::int64_t filters = segment.shape.size() < 2 ? 1 : segment.shape[0];
    const std::int64_t size = segment.size / filters;
    for (std::int64_t i = 0; i < segment.size; ++i) {
      const std::int64_t mate = (i % size) ^ 1;
      if (mate < size) partner_[segment.offset + i] = segment.offset + i - i % size + mate;
    }
  }
}

bool Pairing::tested(std::int64_t a, std::int64_t b) const {
  const std::int64_t key = std::min(a, b) * dimension_ + std::max(a, b);
  return std::binary_search(tested_.begin(), tested_.end(), key);
}

/// Matching of the drawn coordinates on |Â_il| / √|Â_ii Â_ll|, Â = sym(products / squares).
std::vector<std::int64_t> Pairing::learned_partners(const std::vector<std::int64_t>& drawn) const {
  const auto n = static_cast<std::int64_t>(drawn.size());
  const auto entry = [&](std::int64_t i, std::int64_t l) {
    return squares_[l] > 0.0 ? products_[i * dimension_ + l] / squares_[l] : 0.0;
  };
  std::vector<double> weight(n * n, 0.0);
  for (std::int64_t a = 0; a < n; ++a) {
    for (std::int64_t b = a + 1; b < n; ++b) {
      const std::int64_t i = drawn[a], l = drawn[b];
      const double scale = std::sqrt(std::abs(entry(i, i) * entry(l, l)));
      const double coupling = 0.5 * std::abs(entry(i, l) + entry(l, i));
      if (scale > 0.0) weight[a * n + b] = coupling / scale;
    }
  }
  std::vector<std::int64_t> partner(dimension_, -1);
  const std::vector<std::int64_t> slots = greedy_matching(weight, n);
  for (std::int64_t a = 0; a < n; ++a) {
    if (slots[a] >= 0) partner[drawn[a]] = drawn[slots[a]];
  }
  return partner;
}

std::vector<std::int64_t> Pairing::arrange(const std::vector<std::int64_t>& drawn) const {
  if (kind_ == PairingKind::Random) return drawn;
  const std::vector<std::int64_t> partner =
      kind_ == PairingKind::Learned ? learned_partners(drawn) : partner_;
  std::vector<std::int64_t> order, loose;
  std::vector<bool> placed(dimension_, false);
  for (const std::int64_t i : drawn) {
    if (order.size() + loose.size() == drawn.size()) break;
    if (placed[i]) continue;
    placed[i] = true;
    const std::int64_t mate = partner[i];
    if (mate < 0 || placed[mate] || order.size() + loose.size() + 2 > drawn.size()) {
      loose.push_back(i);
      continue;
    }
    placed[mate] = true;
    order.insert(order.end(), {i, mate});
  }
  while (!loose.empty()) {  // each with the first that was not tested with it in vain
    const std::int64_t i = loose.front();
    loose.erase(loose.begin());
    order.push_back(i);
    if (loose.empty()) break;
    auto mate = std::find_if(
        loose.begin(), loose.end(), [&](std::int64_t other) { return !tested(i, other); });
    if (mate == loose.end()) mate = loose.begin();
    order.push_back(*mate);
    loose.erase(mate);
  }
  return order;
}

void Pairing::see_blocks(const Subspace& subspace, std::span<const double> packed, double kappa) {
  if (kind_ != PairingKind::Sticky) return;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    if (subspace.length(j) < 2) continue;
    const double* h = packed.data() + j * subspace.packed();
    const double scale = std::sqrt(std::max(std::abs(h[packed_index(0, 0)]), kappa)) *
                         std::sqrt(std::max(std::abs(h[packed_index(1, 1)]), kappa));
    const double coupling = std::abs(h[packed_index(1, 0)]) / scale;
    const std::int64_t a = subspace.coordinates[subspace.first(j)];
    const std::int64_t b = subspace.coordinates[subspace.first(j) + 1];
    for (const std::int64_t i : {a, b}) {  // who was theirs before is free again
      if (partner_[i] >= 0) partner_[partner_[i]] = -1;
      partner_[i] = -1;
    }
    if (coupling >= kStays) {
      partner_[a] = b;
      partner_[b] = a;
    } else if (coupling < kHopeless && !tested(a, b)) {
      const std::int64_t key = std::min(a, b) * dimension_ + std::max(a, b);
      tested_.insert(std::upper_bound(tested_.begin(), tested_.end(), key), key);
    }
  }
}

void Pairing::see_secant(std::span<const std::int64_t> at,
                         std::span<const double> s,
                         std::span<const double> y) {
  if (kind_ != PairingKind::Learned) return;
  for (std::size_t l = 0; l < at.size(); ++l) {
    squares_[at[l]] += s[l] * s[l];
    for (std::size_t i = 0; i < at.size(); ++i) {
      products_[at[i] * dimension_ + at[l]] += y[i] * s[l];
    }
  }
}

std::int64_t Pairing::measure_queries() const {
  return kind_ == PairingKind::Coded ? (dimension_ + 1) * code_rows(dimension_) : 0;
}

void Pairing::measure(LossOracle& oracle,
                      std::span<const double> g,
                      std::span<const double> diagonal,
                      double eps,
                      double delta) {
  const std::int64_t d = dimension_;
  std::vector<double> score(d * d, 0.0);
  for (std::int64_t n = 0; n < code_rows(d); ++n) {
    std::vector<double> displaced(d);
    for (std::int64_t i = 0; i < d; ++i) displaced[i] = delta * code(n, i);
    std::vector<Probe> probes;
    for (std::int64_t i = -1; i < d; ++i) {
      auto vector = std::make_shared<std::vector<double>>(displaced);
      if (i >= 0) (*vector)[i] += eps;
      DenseProbe probe;
      probe.scale = 1.0;
      probe.vector = std::move(vector);
      probes.emplace_back(std::move(probe));
    }
    const std::vector<double> losses = oracle.evaluate(probes);
    for (std::int64_t i = 0; i < d; ++i) {
      const double y = ((losses[i + 1] - losses[0]) / eps - g[i]) / delta;
      const double c = y - code(n, i) * diagonal[i];
      if (!std::isfinite(c)) continue;
      for (std::int64_t l = 0; l < d; ++l) score[i * d + l] += c * code(n, l);
    }
  }
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t l = i + 1; l < d; ++l) {
      score[i * d + l] = std::abs(score[i * d + l]) + std::abs(score[l * d + i]);
    }
  }
  partner_ = greedy_matching(score, d);
  measured_ = true;
}

void Pairing::save(State& state) const {
  state["pairing.partner"] = partner_;
  state["pairing.tested"] = tested_;
  state["pairing.products"] = products_;
  state["pairing.squares"] = squares_;
  state["pairing.measured"] = std::vector<std::int64_t>{measured_ ? 1 : 0};
}

void Pairing::load(const State& state) {
  const auto size = static_cast<std::int64_t>(partner_.size());
  partner_ = state_places(state, "pairing.partner", -1, size, partner_.size());
  tested_ = state_integers(state, "pairing.tested");
  products_ = state_reals(state, "pairing.products", products_.size());
  squares_ = state_reals(state, "pairing.squares", squares_.size());
  measured_ = state_integers(state, "pairing.measured", 1)[0] != 0;
}

}  // namespace zo
