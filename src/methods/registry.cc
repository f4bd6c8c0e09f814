#include "src/methods/registry.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/methods/deepzero.h"
#include "src/methods/sgd.h"
#include "src/methods/zo_sah.h"

namespace zo {

const std::vector<MethodInfo>& methods() {
  static const std::vector<MethodInfo> table = {
      {"zo-sah",
       "Newton steps on 2x2 blocks of a random coordinate subspace, Hessians from few or reused "
       "losses",
       "x <- x - lr * sum_j P_j^T |H_j|_kappa^-1 g_j",
       "arXiv 2507.06125",
       zo_sah_config},
      {"deepzero",
       "coordinate-wise gradient estimates under random sparse masks, fed to SGD with momentum",
       "g_i = (f(x + eps e_i) - f(x)) / eps on the mask, 0 elsewhere; SGD on all of x",
       "arXiv 2310.02025 (ICLR 2024) and its code",
       deepzero_config},
      {"sgd",
       "backpropagation: the upper bound in comparisons, no zeroth-order method",
       "buf <- momentum * buf + g + decay * x; x <- x - lr * buf",
       "torch.optim.SGD",
       sgd_config},
  };
  return table;
}

const MethodInfo& find_method(const std::string& name, const std::string& origin) {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  const std::string near = nearest(name, names);
  fail_usage("{}: unknown method '{}'{}; there are {}",
             origin,
             name,
             near.empty() ? "" : " (did you mean " + near + "?)",
             fmt::join(names, ", "));
}

}  // namespace zo
