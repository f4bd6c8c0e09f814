#include "models/weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include "models/safetensors.h"
#include "models/torch_file.h"
#include "src/base/error.h"
#include "src/base/options.h"

namespace zo {
namespace {

struct Format {
  std::string_view ending;
  void (*write)(const std::string&, const TensorFile&);
  TensorFile (*read)(const std::string&);
};
constexpr std::array kFormats{Format{".safetensors", write_safetensors, read_safetensors},
                              Format{".pt", write_torch_file, read_torch_file},
                              Format{".pth", write_torch_file, read_torch_file}};

const Format& format_of(const std::string& path) {
  const auto format = std::find_if(
      kFormats.begin(), kFormats.end(), [&](const Format& f) { return path.ends_with(f.ending); });
  if (format == kFormats.end()) {
    fail_usage("{}: a weight file ends in .safetensors, .pt or .pth", path);
  }
  return *format;
}

/// Calls `visit(name, first)` for the two tensors of a norm that hold running statistics.
void for_each_statistic(const Norm& norm,
                        const std::function<void(std::string name, std::int64_t first)>& visit) {
  visit(norm.name + ".running_mean", norm.offset);
  visit(norm.name + ".running_var", norm.offset + norm.channels);
}

std::string counter_name(const Norm& norm) { return norm.name + ".num_batches_tracked"; }

std::vector<double> part(const std::vector<double>& all, std::int64_t first, std::int64_t size) {
  return {all.begin() + first, all.begin() + first + size};
}

/// Takes the tensors of one network out of a file and complains about everything else.
class Loader {
 public:
  Loader(const std::string& path, const Network& network, TensorFile file)
      : path_(path), network_(network), file_(std::move(file)) {
    for (const Segment& segment : network.layout.segments) expected_.push_back(segment.name);
    for (const Norm& norm : network.norms) {
      for_each_statistic(
          norm, [&](std::string name, std::int64_t) { expected_.push_back(std::move(name)); });
      expected_.push_back(counter_name(norm));
    }
  }

  Weights load() {
    Weights weights;
    weights.theta.resize(network_.layout.dimension());
    weights.norms.resize(network_.norm_size());
    for (const Segment& segment : network_.layout.segments) {
      if (file_.find(segment.name) == nullptr) refuse_missing(segment.name);
      read(segment.name, segment.shape, &weights.theta[segment.offset]);
    }
    for (const Norm& norm : network_.norms) {
      std::fill_n(weights.norms.begin() + norm.offset + norm.channels, norm.channels, 1.0);
      for_each_statistic(norm, [&](const std::string& name, std::int64_t first) {
        if (file_.find(name) != nullptr) read(name, {norm.channels}, &weights.norms[first]);
      });
      check_variances(norm, weights.norms);
      weights.batches_tracked = std::max(weights.batches_tracked, read_counter(norm));
    }
    refuse_unexpected();
    return weights;
  }

 private:
  void read(const std::string& name, const std::vector<std::int64_t>& shape, double* out) {
    const NamedTensor& tensor = *file_.find(name);
    if (tensor.shape != shape) {
      fail_usage(
          "{}: tensor {} has shape [{}], {} needs [{}]; choose the --model and --data it was "
          "trained with",
          path_,
          name,
          fmt::join(tensor.shape, ", "),
          network_.name,
          fmt::join(shape, ", "));
    }
    if (tensor.dtype == DType::I64) {
      fail_usage("{}: tensor {} holds integers, expected float32 or float64", path_, name);
    }
    const auto values = tensor.as_doubles();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(static_cast<float>(values[i]))) {
        fail_usage("{}: tensor {} has the value {} at index {}, expected finite float32 numbers",
                   path_,
                   name,
                   values[i],
                   i);
      }
    }
    std::copy(values.begin(), values.end(), out);
  }

  void check_variances(const Norm& norm, const std::vector<double>& norms) const {
    const double* first = &norms[norm.offset + norm.channels];
    const double* least = std::min_element(first, first + norm.channels);
    if (*least < 0.0) {
      fail_usage(
          "{}: tensor {}.running_var has the value {} at index {}, a variance is not negative",
          path_,
          norm.name,
          *least,
          least - first);
    }
  }

  std::int64_t read_counter(const Norm& norm) {
    const NamedTensor* counter = file_.find(counter_name(norm));
    if (counter == nullptr) return 0;
    if (counter->dtype != DType::I64 || counter->data.size() != sizeof(std::int64_t) ||
        counter->as_integers()[0] < 0) {
      fail_usage("{}: tensor {} is not one integer of 0 or more", path_, counter->name);
    }
    return counter->as_integers()[0];
  }

  /// What to do about `name`: of another shape, the name most like it is no misspelling.
  static std::string hint(const std::string& near, bool same_shape) {
    return near.empty() || !same_shape ? "; choose the --model it was trained with"
                                       : fmt::format("; the nearest name is {}, rename it", near);
  }

  /// Whether `tensor` of the file has the shape of the network's `name`; that of statistics is not asked.
  bool may_be(const std::string& tensor, const std::string& name) const {
    const NamedTensor* held = file_.find(tensor);
    const Segment* needed = network_.layout.find(name);
    return held != nullptr && (needed == nullptr || held->shape == needed->shape);
  }

  bool is_expected(const std::string& name) const {
    return std::find(expected_.begin(), expected_.end(), name) != expected_.end();
  }

  [[noreturn]] void refuse_missing(const std::string& name) const {
    std::vector<std::string> strangers;
    for (const NamedTensor& tensor : file_.tensors) {
      if (!is_expected(tensor.name)) strangers.push_back(tensor.name);
    }
    // A wrapper such as DataParallel puts a prefix before every name, too far for a misspelling.
    const auto wrapped =
        std::find_if(strangers.begin(), strangers.end(), [&](const auto& stranger) {
          return stranger.ends_with("." + name);
        });
    const std::string near = wrapped != strangers.end() ? *wrapped : nearest(name, strangers);
    fail_usage(
        "{}: lacks tensor {} of {}{}", path_, name, network_.name, hint(near, may_be(near, name)));
  }

  void refuse_unexpected() const {
    for (const NamedTensor& tensor : file_.tensors) {
      if (is_expected(tensor.name)) continue;
      const std::string near = nearest(tensor.name, expected_);
      fail_usage("{}: tensor {} is none of {}{}",
                 path_,
                 tensor.name,
                 network_.name,
                 hint(near, may_be(tensor.name, near)));
    }
  }

  const std::string& path_;
  const Network& network_;
  TensorFile file_;
  std::vector<std::string> expected_;
};

}  // namespace

void save_weights(const std::string& path, const Network& network, const Weights& weights) {
  const Format& format = format_of(path);
  TensorFile file;
  file.metadata = {{"format", "pt"}, {"model", network.name}};
  for (const Segment& segment : network.layout.segments) {
    file.tensors.push_back(NamedTensor::from_f32(
        segment.name, segment.shape, part(weights.theta, segment.offset, segment.size)));
  }
  for (const Norm& norm : network.norms) {
    for_each_statistic(norm, [&](std::string name, std::int64_t first) {
      file.tensors.push_back(NamedTensor::from_f32(
          std::move(name), {norm.channels}, part(weights.norms, first, norm.channels)));
    });
    file.tensors.push_back(NamedTensor::from_i64(counter_name(norm), {weights.batches_tracked}));
    file.tensors.back().shape.clear();  // a scalar, as PyTorch keeps it
  }
  format.write(path, file);
}

Weights load_weights(const std::string& path, const Network& network) {
  return Loader(path, network, format_of(path).read(path)).load();
}

}  // namespace zo
