#pragma once
#include <string>

#include "models/safetensors.h"

namespace zo {

/// Writes the tensors as a plain dict in PyTorch's zip format, which torch.load(weights_only=True)
/// opens. Atomic: a temporary file, then rename. Throws Error(Run).
void write_torch_file(const std::string& path, const TensorFile& file);

/// Reads a dict or OrderedDict of tensors as torch.save writes it (float32, float64, int64). Runs
/// no code from the file: anything but tensors under names is refused. Takes time and memory in
/// proportion to the file's size, whatever the file says. Throws Error(Usage) with the file and the
/// reason.
TensorFile read_torch_file(const std::string& path);

}  // namespace zo
