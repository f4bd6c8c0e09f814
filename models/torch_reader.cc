#include <algorithm>
#include <array>
#include <utility>

#include "models/torch_file.h"
#include "models/unpickler.h"
#include "models/zip_archive.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

struct StorageType {
  DType type;
  const char* name;
  std::size_t bytes;
};
constexpr std::array kTypes{StorageType{DType::F32, "FloatStorage", 4},
                            StorageType{DType::F64, "DoubleStorage", 8},
                            StorageType{DType::I64, "LongStorage", 8}};

// Tensors may share a storage, as tied weights do, but a few bytes of description each must not
// copy a large storage a thousand times.
constexpr std::size_t kMostCopies = 4;

/// Copies a strided window of `storage` into row-major bytes.
std::vector<std::uint8_t> gather(const PickledTensor& window,
                                 std::string_view storage,
                                 std::size_t width) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int64_t> at(window.shape.size(), 0);
  const std::int64_t count = window.elements();
  bytes.reserve(static_cast<std::size_t>(count) * width);
  for (std::int64_t element = 0; element < count; ++element) {
    std::int64_t position = window.offset;
    for (std::size_t i = 0; i < at.size(); ++i) position += at[i] * window.strides[i];
    const auto* source = storage.data() + static_cast<std::size_t>(position) * width;
    bytes.insert(bytes.end(), source, source + width);
    for (std::size_t i = at.size(); i-- > 0 && ++at[i] == window.shape[i];) at[i] = 0;
  }
  return bytes;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : archive_(bytes), room_(kMostCopies * bytes.size()) {}

  TensorFile read() {
    const auto order = archive_.find("byteorder");
    if (order && *order != "little") {
      fail_run("it was written on a big-endian machine; save it on this kind of machine");
    }
    TensorFile file;
    for (const PickledTensor& window : unpickle_tensors(record("data.pkl"))) {
      file.tensors.push_back(read_tensor(window));
    }
    return file;
  }

 private:
  std::string_view record(const std::string& name) const {
    const auto found = archive_.find(name);
    if (!found) fail_run("it has no record {}; save it with torch.save", name);
    return *found;
  }

  NamedTensor read_tensor(const PickledTensor& window) {
    const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const StorageType& t) {
      return window.storage_type == t.name;
    });
    if (type == kTypes.end()) {
      fail_run(
          "tensor {} is a {}, supported are float32, float64 and int64; convert it before saving",
          window.name,
          window.storage_type);
    }
    const auto data = record("data/" + window.storage_key);
    if (data.size() % type->bytes != 0 ||
        data.size() / type->bytes != static_cast<std::size_t>(window.storage_size)) {
      fail_run("tensor {} has {} bytes of data, its description says {} elements",
               window.name,
               data.size(),
               window.storage_size);
    }
    // The window lies inside its storage and repeats nothing, so this cannot overflow.
    const std::size_t size = static_cast<std::size_t>(window.elements()) * type->bytes;
    if (size > room_) {
      fail_run("its tensors take more than {} times the bytes of the file; save each once",
               kMostCopies);
    }
    room_ -= size;
    return {window.name, type->type, window.shape, gather(window, data, type->bytes)};
  }

  ZipArchive archive_;
  std::size_t room_;  // bytes that further tensors may take
};

}  // namespace

TensorFile read_torch_file(const std::string& path) {
  const std::string bytes = read_file(path);
  try {
    return Reader(bytes).read();
  } catch (const Error& error) {
    fail_usage("{}: cannot be used as weights: {}", path, error.what());
  }
}

}  // namespace zo
