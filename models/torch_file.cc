#include "models/torch_file.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/export.h>
#include <torch/csrc/jit/serialization/pickler.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "models/unpickler.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

struct TypeMap {
  DType type;
  at::ScalarType scalar;
  const char* storage;
  std::size_t bytes;
};
constexpr std::array kTypes{TypeMap{DType::F32, at::kFloat, "FloatStorage", 4},
                            TypeMap{DType::F64, at::kDouble, "DoubleStorage", 8},
                            TypeMap{DType::I64, at::kLong, "LongStorage", 8}};

at::Tensor to_torch(const NamedTensor& tensor) {
  const auto type = std::find_if(
      kTypes.begin(), kTypes.end(), [&](const TypeMap& t) { return t.type == tensor.dtype; });
  at::Tensor copy = at::empty(tensor.shape, type->scalar);
  std::memcpy(copy.mutable_data_ptr(), tensor.data.data(), tensor.data.size());
  return copy;
}

/// Copies a strided window of `storage` into row-major bytes.
std::vector<std::uint8_t> gather(const PickledTensor& window,
                                 const std::uint8_t* storage,
                                 std::size_t width) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int64_t> at(window.shape.size(), 0);
  std::int64_t count = 1;
  for (const auto extent : window.shape) count *= extent;
  bytes.reserve(static_cast<std::size_t>(count) * width);
  for (std::int64_t element = 0; element < count; ++element) {
    std::int64_t position = window.offset;
    for (std::size_t i = 0; i < at.size(); ++i) position += at[i] * window.strides[i];
    const auto* source = storage + static_cast<std::size_t>(position) * width;
    bytes.insert(bytes.end(), source, source + width);
    for (std::size_t i = at.size(); i-- > 0 && ++at[i] == window.shape[i];) at[i] = 0;
  }
  return bytes;
}

NamedTensor read_tensor(caffe2::serialize::PyTorchStreamReader& archive,
                        const PickledTensor& window) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeMap& t) {
    return window.storage_type == t.storage;
  });
  if (type == kTypes.end()) {
    fail_run(
        "tensor {} is a {}, supported are float32, float64 and int64; convert it before saving",
        window.name,
        window.storage_type);
  }
  const auto [data, size] = archive.getRecord("data/" + window.storage_key);
  if (size != static_cast<std::size_t>(window.storage_size) * type->bytes) {
    fail_run("tensor {} has {} bytes of data, its description says {} elements",
             window.name,
             size,
             window.storage_size);
  }
  return {window.name,
          type->type,
          window.shape,
          gather(window, static_cast<const std::uint8_t*>(data.get()), type->bytes)};
}

TensorFile read_archive(const std::string& path) {
  caffe2::serialize::PyTorchStreamReader archive(path);
  const auto text = [&](const std::string& record) {
    const auto [data, size] = archive.getRecord(record);
    return std::string(static_cast<const char*>(data.get()), size);
  };
  if (archive.hasRecord("byteorder") && text("byteorder") != "little") {
    fail_run("it was written on a big-endian machine; save it on this kind of machine");
  }
  TensorFile file;
  for (const PickledTensor& window : unpickle_tensors(text("data.pkl"))) {
    file.tensors.push_back(read_tensor(archive, window));
  }
  return file;
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

TensorFile read_torch_file(const std::string& path) {
  read_file(path);
  try {
    return read_archive(path);
  } catch (const Error& error) {
    fail_usage("{}: cannot be used as weights: {}", path, error.what());
  } catch (const c10::Error&) {
    fail_usage("{}: not a whole file of torch.save (PyTorch 1.6 or later); write or copy it again",
               path);
  }
}

}  // namespace zo
