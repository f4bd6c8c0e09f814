#pragma once
#include "data/dataset.h"
#include "src/base/philox.h"

namespace zo {

/// `size` pictures of noise with labels that follow no rule.
inline Dataset noise_pictures(std::int64_t size, const std::string& split) {
  Dataset data;
  data.name = "noise";
  data.split = split;
  data.classes = 10;
  data.mean = {0.5F, 0.5F, 0.5F};
  data.stddev = {0.25F, 0.25F, 0.25F};
  const Philox draw(5, Purpose::Test);
  for (std::int64_t i = 0; i < size * data.pixels(); ++i) {
    data.images.push_back(static_cast<std::uint8_t>(draw.below(i, 256)));
  }
  const Philox label(6, Purpose::Test);
  for (std::int64_t i = 0; i < size; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(label.below(i, 10)));
  }
  return data;
}

}  // namespace zo
