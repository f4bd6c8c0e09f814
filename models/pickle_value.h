#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/unpickler.h"

/// What can lie on the stack of a pickle of tensors (unpickler.cc).
namespace zo::pickle {

struct Value;
using Items = std::vector<Value>;

struct Nothing {};
struct Mark {};
struct Global {
  std::string name;  // "module name"
};
struct Tuple {
  std::shared_ptr<const Items> items;
};
struct Dict {
  std::shared_ptr<std::vector<std::pair<Value, Value>>> entries;
};

struct Value {
  std::variant<Nothing, Mark, bool, std::int64_t, std::string, Global, Tuple, Dict, PickledTensor>
      data;
  int depth = 0;  // of nested containers

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
};

}  // namespace zo::pickle
