#pragma once
#include <gtest/gtest.h>

#include <cstdlib>

/// Ends a test that needs a GPU where there is none, for which `problem` is the reason and not empty:
/// skipped, or with ZO_REQUIRE_CUDA=1 in the environment failed.
#define ZO_NEED_CUDA(problem)                                           \
  if (const std::string& need = (problem); !need.empty()) {             \
    if (std::getenv("ZO_REQUIRE_CUDA") != nullptr) {                    \
      FAIL() << "ZO_REQUIRE_CUDA is set, and no CUDA device: " << need; \
    }                                                                   \
    GTEST_SKIP() << "no CUDA device: " << need;                         \
  }                                                                     \
  static_assert(true)
