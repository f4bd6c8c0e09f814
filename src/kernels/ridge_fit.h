#pragma once
#include <cmath>

#include "src/base/hd.h"

namespace zo {

/// Least squares for N unknowns with a ridge that does not depend on units: minimises
/// ‖Φz − y‖² + Σ_c ρ_c S_c² (z_c − prior_c)², S_c = norm of column c of Φ. Rows are folded into the
/// normal equations one at a time, which are solved after scaling every column to norm one; all
/// loops have constant bounds and unroll. An unknown that no row mentions keeps its prior.
template <class Real, int N>
class RidgeFit {
 public:
  ZO_HD RidgeFit() {
    for (int i = 0; i < N; ++i) {
      right_[i] = Real(0);
      for (int j = 0; j < N; ++j) normal_[i][j] = Real(0);
    }
  }

  /// Adds the equation row · z = value.
  ZO_HD void add(const Real (&row)[N], Real value) {
    for (int i = 0; i < N; ++i) {
      right_[i] += row[i] * value;
      for (int j = 0; j <= i; ++j) normal_[i][j] += row[i] * row[j];
    }
  }

  /// Writes the minimiser to `z`. False, with `z` unspecified, when the scaled system is singular
  /// or not finite (only possible where ρ is too small to hold an undetermined direction).
  ZO_HD bool solve(const Real (&ridge)[N], const Real (&prior)[N], Real (&z)[N]) const {
    Real scale[N], factor[N][N], pivot[N], t[N];
    for (int i = 0; i < N; ++i) scale[i] = std::sqrt(normal_[i][i]);
    for (int i = 0; i < N; ++i) {
      const bool known = scale[i] > Real(0);
      t[i] = known ? right_[i] / scale[i] + ridge[i] * scale[i] * prior[i] : Real(0);
      for (int j = 0; j < i; ++j) {
        const Real s = scale[i] * scale[j];
        factor[i][j] = s > Real(0) ? normal_[i][j] / s : Real(0);
      }
      pivot[i] = known ? Real(1) + ridge[i] : Real(1);
    }
    // LDLᵀ of the scaled matrix; factor holds L, pivot holds D.
    for (int i = 0; i < N; ++i) {
      for (int j = 0; j < i; ++j) {
        Real sum = factor[i][j];
        for (int k = 0; k < j; ++k) sum -= factor[i][k] * factor[j][k] * pivot[k];
        factor[i][j] = sum / pivot[j];
      }
      for (int k = 0; k < i; ++k) pivot[i] -= factor[i][k] * factor[i][k] * pivot[k];
      if (!(pivot[i] > Real(0))) return false;
    }
    for (int i = 0; i < N; ++i) {
      for (int k = 0; k < i; ++k) t[i] -= factor[i][k] * t[k];
    }
    for (int i = N - 1; i >= 0; --i) {
      t[i] /= pivot[i];
      for (int k = i + 1; k < N; ++k) t[i] -= factor[k][i] * t[k];
    }
    bool finite = true;
    for (int i = 0; i < N; ++i) {
      z[i] = scale[i] > Real(0) ? t[i] / scale[i] : prior[i];
      finite = finite && std::isfinite(z[i]);
    }
    return finite;
  }

 private:
  Real normal_[N][N];  // lower triangle of ΦᵀΦ
  Real right_[N];      // Φᵀy
};

}  // namespace zo
