#pragma once
#include <cstdint>

namespace zo {

/// sum[i·stride + j] += Σ_r a[r, i]·b[r, j] for i, j < columns: aᵀb of two tall matrices [rows, columns],
/// row-major, in the widest vectors that this processor has. What is added to an entry does not depend on
/// the others.
void add_row_products(const double* a,
                      const double* b,
                      std::int64_t rows,
                      std::int64_t columns,
                      double* sum,
                      std::int64_t stride);

}  // namespace zo
