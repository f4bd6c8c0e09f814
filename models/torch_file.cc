#include "models/torch_file.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/export.h>
#include <torch/csrc/jit/serialization/pickler.h>

#include <cstring>

#include "src/base/atomic_file.h"

namespace zo {
namespace {

at::Tensor to_torch(const NamedTensor& tensor) {
  const auto type = tensor.dtype == DType::F32   ? at::kFloat
                    : tensor.dtype == DType::F64 ? at::kDouble
                                                 : at::kLong;
  at::Tensor copy = at::empty(tensor.shape, type);
  std::memcpy(copy.mutable_data_ptr(), tensor.data.data(), tensor.data.size());
  return copy;
}

}  // namespace

void write_torch_file(const std::string& path, const TensorFile& file) {
  c10::Dict<std::string, at::Tensor> dict;
  for (const NamedTensor& tensor : file.tensors) dict.insert(tensor.name, to_torch(tensor));
  std::string pickle;
  // Tagged aggregates would make torch.load look up a type restorer that its safe mode refuses.
  torch::jit::Pickler pickler(
      [&](const char* bytes, std::size_t size) { pickle.append(bytes, size); },
      nullptr,
      nullptr,
      nullptr,
      nullptr,
      /*tag_aggregates=*/false);
  pickler.protocol();
  pickler.pushIValue(dict);
  pickler.stop();

  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter archive([&](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  torch::jit::writeArchiveAndTensors(
      "data", pickle.data(), pickle.size(), pickler.tensorData(), archive);
  archive.writeEndOfFile();
  write_file_atomically(path, bytes);
}

}  // namespace zo
