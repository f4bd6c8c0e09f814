#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace zo {

enum class DType { F32, F64, I64 };

/// One tensor of a safetensors file; `data` holds the little-endian bytes, row-major.
struct NamedTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> data;

  static NamedTensor from_f32(std::string name,
                              std::vector<std::int64_t> shape,
                              const std::vector<double>&);
  static NamedTensor from_f64(std::string name, const std::vector<double>&);
  static NamedTensor from_i64(std::string name, const std::vector<std::int64_t>&);
  std::vector<double> as_doubles() const;         // F32 or F64
  std::vector<std::int64_t> as_integers() const;  // I64
};

struct TensorFile {
  std::vector<NamedTensor> tensors;             // in file order
  std::map<std::string, std::string> metadata;  // "__metadata__"
  const NamedTensor* find(const std::string& name) const;
};

/// The safetensors format: u64 header length, JSON header, raw data. Writing is atomic (temporary
/// file, fsync, rename). Reading checks every length and offset; throws Error(Usage) with the file.
void write_safetensors(const std::string& path, const TensorFile& file);
TensorFile read_safetensors(const std::string& path);

}  // namespace zo
