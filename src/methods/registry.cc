#include "src/methods/registry.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/methods/cge.h"
#include "src/methods/deepzero.h"
#include "src/methods/hizoo.h"
#include "src/methods/mezo.h"
#include "src/methods/rspg.h"
#include "src/methods/sgd.h"
#include "src/methods/spsa.h"
#include "src/methods/zo_sah.h"
#include "src/methods/zoar.h"
#include "src/methods/zoha.h"
#include "src/methods/zovh.h"

namespace zo {

const std::vector<MethodInfo>& methods() {
  static const std::vector<MethodInfo> table = {
      {"zo-sah",
       "Newton steps on 2x2 blocks of a random coordinate subspace, Hessians from few or reused "
       "losses",
       "x <- x - lr * sum_j P_j^T |H_j|_kappa^-1 g_j",
       "arXiv 2507.06125",
       zo_sah_config},
      {"zo-sah-plus",
       "ZO-SAH beyond the paper: on functions coordinates drawn where the decrease is, curvature "
       "kept and step lengths from losses asked anyway; on networks natural steps in the whole "
       "subspace from the losses of single examples, coordinates drawn by layer",
       "x <- x - t * sum_j P_j^T |H_j|_kappa^-1 g_j; on networks x <- x - t * D^-1 (F + lambda "
       "I)^-1 D^-1 g, F = mean_n g_n g_n^T / D^2",
       "extends arXiv 2507.06125",
       zo_sah_plus_config},
      {"zo-sah-fast",
       "zo-sah-plus for those who pay in time: on networks more coordinates a step, drawn by "
       "signal over noise and by what their losses take to compute",
       "x <- x - t * D^-1 (F + lambda I)^-1 D^-1 g, F = mean_n g_n g_n^T / D^2, lambda = m over "
       "the examples; on functions as zo-sah-plus",
       "extends arXiv 2507.06125",
       zo_sah_fast_config,
       2000000},
      {"deepzero",
       "coordinate-wise gradient estimates under random sparse masks, fed to SGD with momentum",
       "g_i = (f(x + eps e_i) - f(x)) / eps on the mask, 0 elsewhere; SGD on all of x",
       "arXiv 2310.02025 (ICLR 2024) and its code",
       deepzero_config,
       MethodInfo::kPauseEvery,
       true},
      {"cge",
       "coordinate-wise gradient estimates, dense or on a random subset, fed to SGD, momentum, "
       "Adam or the root of pairs",
       "g_i = (f(x + eps e_i) - f(x)) / eps on the subset; x <- x - lr * rule(g)",
       "the first-order control; Adam: arXiv 1412.6980",
       cge_config},
      {"cge-adam",
       "cge at its best on networks: Adam on coordinates drawn by layer, cosine schedule; the "
       "coordinate-wise control",
       "g_i = (f(x + eps e_i) - f(x)) / eps on the subset; x_i <- x_i - lr * M_i / (sqrt(V_i) + e)",
       "Adam: arXiv 1412.6980",
       cge_adam_config},
      {"rspg",
       "mini-batches of two-point Gaussian gradient estimates with a proximal step",
       "x <- prox(x - lr * mean_i (f(x + eps u_i) - f(x)) / eps * u_i)",
       "Ghadimi, Lan, Zhang, Math. Program. 155 (2016)",
       rspg_config,
       MethodInfo::kPauseEvery,
       true},
      {"zoha",
       "Gaussian directions in the metric of a sampled, diagonal or power-iterated Hessian",
       "x <- x - lr * mean_i (f(x + eps r_i) - f(x)) / eps * r_i, r_i = H^(-1/2) u_i",
       "arXiv 1812.11377",
       zoha_config,
       MethodInfo::kPauseEvery,
       true},
      {"hizoo",
       "two-point estimates scaled by a moving average of the diagonal curvature",
       "h <- (1-a) h + a |f+ + f- - 2f| / (2 eps^2) * h z^2; x <- x - lr * (f+ - f-) / (2 eps) * z "
       "/ sqrt(h)",
       "arXiv 2402.15173 and its code",
       hizoo_config,
       MethodInfo::kPauseEvery,
       true},
      {"mezo",
       "two-point estimates along Gaussian directions known by their seeds",
       "x <- x - lr * mean_i (f(x + eps z_i) - f(x - eps z_i)) / (2 eps) * z_i",
       "arXiv 2305.17333",
       mezo_config,
       MethodInfo::kPauseEvery,
       true},
      {"spsa",
       "two-point estimates along random signs with decaying gains",
       "x <- x - a_k (f(x + c_k D) - f(x - c_k D)) / (2 c_k) * D, D_i = +-1",
       "Spall, IEEE TAC 37 (1992)",
       spsa_config,
       MethodInfo::kPauseEvery,
       true},
      {"zoar",
       "one-sided estimates with an averaged baseline and reuse of the last steps' queries",
       "x <- x - lr * sum_k (y_k - mean y) / (eps (n - 1)) * u_k over the last n queries",
       "arXiv 2605.30960",
       zoar_config,
       MethodInfo::kPauseEvery,
       true},
      {"zovh",
       "ZoAR's gradient multiplied by a regularised inverse of the Hessian from the same queries",
       "x <- x - lr * p, p ~ (H + lambda I)^-1 g, H = sum_k (y_k - mean y) / (eps^2 (n - 1)) * u_k "
       "u_k^T",
       "arXiv 2605.30960",
       zovh_config,
       MethodInfo::kPauseEvery,
       true},
      {"sgd",
       "backpropagation: the upper bound in comparisons, no zeroth-order method",
       "buf <- momentum * buf + g + decay * x; x <- x - lr * buf",
       "torch.optim.SGD",
       sgd_config},
  };
  return table;
}

const MethodInfo& find_method(const std::string& name,
                              const std::string& origin,
                              const std::vector<std::string>& others) {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  names.insert(names.end(), others.begin(), others.end());
  const std::string near = nearest(name, names);
  fail_usage("{}: unknown method '{}'{}; there are {}",
             origin,
             name,
             near.empty() ? "" : " (did you mean " + near + "?)",
             fmt::join(names, ", "));
}

}  // namespace zo
