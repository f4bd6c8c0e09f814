#include "src/estimators/curvature/curvature.h"

#include <algorithm>

#include "src/estimators/curvature/cached.h"
#include "src/estimators/curvature/lazy.h"
#include "src/estimators/curvature/literal.h"
#include "src/estimators/curvature/none.h"
#include "src/estimators/curvature/rotating.h"
#include "src/estimators/curvature/secant.h"

namespace zo {
namespace {

struct Kind {
  CurvatureKind kind;
  std::string name;
  std::unique_ptr<Curvature> (*make)(const CurvatureOptions&);
};

/// To add a kind: its file pair, its value in CurvatureKind and one line here.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {CurvatureKind::Literal, "literal", make_literal},
      {CurvatureKind::Secant, "secant", make_secant},
      {CurvatureKind::Rotating, "rotating", make_rotating},
      {CurvatureKind::Lazy, "lazy", make_lazy},
      {CurvatureKind::Cached, "cached", make_cached},
      {CurvatureKind::Fisher, "fisher", make_fisher},
      {CurvatureKind::None, "none", make_none},
  };
  return table;
}

}  // namespace

const Names<CurvatureKind>& curvature_names() {
  static const Names<CurvatureKind> names = [] {
    Names<CurvatureKind> all;
    for (const Kind& kind : kinds()) all.emplace_back(kind.kind, kind.name);
    return all;
  }();
  return names;
}

std::unique_ptr<Curvature> make_curvature(const CurvatureOptions& options) {
  const auto at = std::find_if(
      kinds().begin(), kinds().end(), [&](const Kind& kind) { return kind.kind == options.kind; });
  return at->make(options);
}

}  // namespace zo
