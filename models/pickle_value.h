#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/unpickler.h"

/// What can lie on the stack of a pickle of tensors (unpickler.cc). A copy of a value shares what
/// is in it: an opcode of two bytes that recalls a long text must not copy it.
namespace zo::pickle {

struct Value;
using Items = std::vector<Value>;
using Entries = std::vector<std::pair<Value, Value>>;

struct Nothing {};
struct Mark {};
using Text = std::shared_ptr<const std::string>;
struct Global {
  Text name;  // "module name"
};
struct TupleContent {
  Items items;
  int depth = 0;  // of nested containers
};
using Tuple = std::shared_ptr<const TupleContent>;
struct DictContent {
  Entries entries;
  int depth = 0;
  bool finished = false;  // lies in another container, and so stays as it is
};
using Dict = std::shared_ptr<DictContent>;
struct Storage {
  std::shared_ptr<const PickledTensor> tensor;  // without a window
};
using Tensor = std::shared_ptr<const PickledTensor>;

struct Value {
  std::variant<Nothing, Mark, bool, std::int64_t, Text, Global, Tuple, Dict, Storage, Tensor> data;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
};

}  // namespace zo::pickle
