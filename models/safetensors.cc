#include "models/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/json_nesting.h"

namespace zo {
namespace {

struct TypeName {
  DType type;
  const char* name;
  std::size_t bytes;
};
constexpr std::array kTypes{
    TypeName{DType::F32, "F32", 4}, TypeName{DType::F64, "F64", 8}, TypeName{DType::I64, "I64", 8}};

constexpr std::uint64_t kLargestExtent = std::numeric_limits<std::int64_t>::max();

const TypeName& describe(DType type) {
  return *std::find_if(
      kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.type == type; });
}

template <class Stored, class Value>
std::vector<std::uint8_t> bytes_of(const std::vector<Value>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<Stored>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(Stored), &value, sizeof(Stored));
  }
  return bytes;
}

template <class Stored, class Value>
std::vector<Value> values_of(const std::vector<std::uint8_t>& bytes) {
  std::vector<Value> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored value;
    std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<Value>(value);
  }
  return values;
}

/// Cuts a file into tensors; every number in the header is checked before it is used.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), bytes_(read_file(path)) {}

  TensorFile read() {
    const auto header = parse_header();
    TensorFile file;
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        file.metadata = read_metadata(entry);
      } else {
        spans_.push_back(read_entry(name, entry));
      }
    }
    std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t expected = 0;
    for (Span& span : spans_) {
      if (span.begin != expected) {
        refuse("tensor {} starts at byte {} of the data, expected {}",
               span.tensor.name,
               span.begin,
               expected);
      }
      expected = span.end;
      const char* data = bytes_.data() + data_;
      span.tensor.data.assign(data + span.begin, data + span.end);
      file.tensors.push_back(std::move(span.tensor));
    }
    if (data_ + expected != bytes_.size()) {
      refuse("{} bytes of data, the header describes {}", bytes_.size() - data_, expected);
    }
    return file;
  }

 private:
  struct Span {
    NamedTensor tensor;
    std::uint64_t begin = 0, end = 0;
  };

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail_usage("{}: not a valid safetensors file: {}; write or copy it again",
               path_,
               fmt::format(format, std::forward<Args>(args)...));
  }

  nlohmann::json parse_header() {
    std::uint64_t length = 0;
    if (bytes_.size() < sizeof length) refuse("{} bytes are too few", bytes_.size());
    std::memcpy(&length, bytes_.data(), sizeof length);
    if (length > bytes_.size() - sizeof length) {
      refuse("the header takes {} bytes, the file has {}", length, bytes_.size());
    }
    data_ = sizeof length + length;
    if (json_nests_deeper({bytes_.data() + sizeof length, length})) {
      refuse("its header nests deeper than {} lists and objects", kMaxJsonNesting);
    }
    auto header = nlohmann::json::parse(
        bytes_.begin() + sizeof length, bytes_.begin() + data_, nullptr, false);
    if (!header.is_object()) refuse("its header is not a JSON object");
    return header;
  }

  std::map<std::string, std::string> read_metadata(const nlohmann::json& entry) const {
    std::map<std::string, std::string> metadata;
    if (!entry.is_object()) refuse("__metadata__ is not an object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) refuse("__metadata__ entry {} is not a text", key);
      metadata[key] = value.get<std::string>();
    }
    return metadata;
  }

  Span read_entry(const std::string& name, const nlohmann::json& entry) const {
    const auto field = [&](const char* key) {
      return entry.is_object() ? entry.value(key, nlohmann::json()) : nlohmann::json();
    };
    const auto type_name = field("dtype"), shape = field("shape"), offsets = field("data_offsets");
    const auto unsigned_list = [](const nlohmann::json& list) {
      return list.is_array() && std::all_of(list.begin(), list.end(), [](const auto& number) {
               return number.is_number_unsigned() &&
                      number.template get<std::uint64_t>() <= kLargestExtent;
             });
    };
    if (!type_name.is_string() || !unsigned_list(shape) || !unsigned_list(offsets) ||
        offsets.size() != 2) {
      refuse("tensor {} lacks dtype, shape or data_offsets", name);
    }
    const auto type = std::find_if(
        kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return type_name == t.name; });
    if (type == kTypes.end()) {
      fail_usage(
          "{}: tensor {} has dtype {}, supported are F32, F64 and I64; convert it before saving",
          path_,
          name,
          type_name.get<std::string>());
    }
    Span span{.tensor = {name, type->type, shape.get<std::vector<std::int64_t>>(), {}},
              .begin = offsets[0],
              .end = offsets[1]};
    const std::uint64_t available = bytes_.size() - data_;
    std::uint64_t size = type->bytes;
    for (const auto& extent : shape) {
      const auto n = extent.get<std::uint64_t>();
      if (n != 0 && size > available / n) refuse("tensor {} is larger than the file", name);
      size *= n;
    }
    if (span.begin > span.end || span.end > available || span.end - span.begin != size) {
      refuse("tensor {} needs {} bytes, its offsets {} to {} of {} do not fit",
             name,
             size,
             span.begin,
             span.end,
             available);
    }
    return span;
  }

  std::string path_, bytes_;
  std::size_t data_ = 0;  // where the data begin
  std::vector<Span> spans_;
};

}  // namespace

NamedTensor NamedTensor::from_f32(std::string name,
                                  std::vector<std::int64_t> shape,
                                  const std::vector<double>& values) {
  return {std::move(name), DType::F32, std::move(shape), bytes_of<float>(values)};
}

NamedTensor NamedTensor::from_f64(std::string name, const std::vector<double>& values) {
  return {std::move(name),
          DType::F64,
          {static_cast<std::int64_t>(values.size())},
          bytes_of<double>(values)};
}

NamedTensor NamedTensor::from_i64(std::string name, const std::vector<std::int64_t>& values) {
  return {std::move(name),
          DType::I64,
          {static_cast<std::int64_t>(values.size())},
          bytes_of<std::int64_t>(values)};
}

std::vector<double> NamedTensor::as_doubles() const {
  if (dtype == DType::F32) return values_of<float, double>(data);
  if (dtype == DType::F64) return values_of<double, double>(data);
  fail_usage("tensor {}: holds integers, expected floating-point numbers", name);
}

std::vector<std::int64_t> NamedTensor::as_integers() const {
  if (dtype == DType::I64) return values_of<std::int64_t, std::int64_t>(data);
  fail_usage("tensor {}: holds floating-point numbers, expected int64", name);
}

const NamedTensor* TensorFile::find(const std::string& name) const {
  const auto at = std::find_if(
      tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
  return at == tensors.end() ? nullptr : &*at;
}

void write_safetensors(const std::string& path, const TensorFile& file) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : file.tensors) {
    header[tensor.name] = {{"dtype", describe(tensor.dtype).name},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.data.size()}}};
    offset += tensor.data.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data begin at a multiple of 8
  const std::uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += text;
  for (const NamedTensor& tensor : file.tensors)
    bytes.append(tensor.data.begin(), tensor.data.end());
  write_file_atomically(path, bytes);
}

TensorFile read_safetensors(const std::string& path) { return Reader(path).read(); }

}  // namespace zo
