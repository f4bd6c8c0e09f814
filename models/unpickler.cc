#include "models/unpickler.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "models/pickle_value.h"
#include "src/base/error.h"

namespace zo {
namespace {

using namespace pickle;

// Files of tensors nest four deep; the bound keeps a hostile one from exhausting the stack.
constexpr int kMaxDepth = 16;
// A tensor takes about fifteen values. An opcode of a single byte makes a value of a hundred.
constexpr std::size_t kMaxValues = std::size_t{1} << 18;
// Bounds what one tensor takes: recalled values let a few bytes describe it.
constexpr std::size_t kMaxRank = 16;
constexpr std::size_t kMaxKey = 64;

const std::string kOrderedDict = "collections OrderedDict";
const std::string kTensor = "torch._utils _rebuild_tensor_v2";
const std::string kParameter = "torch._utils _rebuild_parameter";

class Machine {
 public:
  explicit Machine(std::string_view pickle) : rest_(pickle) {}

  Value run() {
    for (;;) {
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') return pop();
      step(code);
    }
  }

 private:
  // Opcodes of Python's pickle protocol 2 (Lib/pickletools.py).
  void step(unsigned char code) {
    switch (code) {
      case 0x80:  // PROTO
        if (number<std::uint8_t>() != 2) fail_run("its pickle protocol is not 2");
        return;
      case '(':
        return push(Mark{});
      case 'N':
        return push(Nothing{});
      case 0x88:
        return push(true);
      case 0x89:
        return push(false);
      case 'K':
        return push(std::int64_t{number<std::uint8_t>()});
      case 'M':
        return push(std::int64_t{number<std::uint16_t>()});
      case 'J':
        return push(std::int64_t{number<std::int32_t>()});
      case 0x8a:
        return push(long_integer());
      case 'X':
        return push(std::make_shared<const std::string>(take(number<std::uint32_t>())));
      case 'c': {
        const auto module = line();
        return push(Global{std::make_shared<const std::string>(module + " " + line())});
      }
      case ')':
        return push_tuple({});
      case 0x85:
      case 0x86:
      case 0x87:
        return push_tuple(pop_many(code - 0x84));
      case 't':
        return push_tuple(pop_to_mark());
      case '}':
        return push(std::make_shared<DictContent>());
      case 's':
        return set_items(pop_many(2));
      case 'u':
        return set_items(pop_to_mark());
      case 'q':
        memo_[number<std::uint8_t>()] = top();
        return;
      case 'r':
        memo_[number<std::uint32_t>()] = top();
        return;
      case 'h':
        return recall(number<std::uint8_t>());
      case 'j':
        return recall(number<std::uint32_t>());
      case 'Q':
        return push(storage(pop()));
      case 'R':
        return reduce();
      case 'b':  // BUILD: attributes of an OrderedDict, such as _metadata, are not tensors
        pop();
        if (!top().as<Dict>()) fail_run("it sets the attributes of something that is no dict");
        return;
      default:
        fail_run(
            "it uses pickle opcode {:#04x}, which files of tensors do not need; save "
            "model.state_dict()",
            code);
    }
  }

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) fail_run("its pickle is cut off");
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::int64_t long_integer() {
    const auto bytes = take(number<std::uint8_t>());
    if (bytes.size() > 8) fail_run("it holds an integer of {} bytes", bytes.size());
    // Two's complement of any width: the sign fills the bytes that are not there.
    std::int64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? -1 : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

  std::string line() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) fail_run("its pickle is cut off");
    std::string text(take(end));
    take(1);
    return text;
  }

  void push(decltype(Value::data) data) {
    if (++values_ > kMaxValues) fail_run("its pickle makes more than {} values", kMaxValues);
    stack_.push_back({std::move(data)});
  }

  Value& top() {
    if (stack_.empty()) fail_run("its pickle takes from an empty stack");
    return stack_.back();
  }

  Value pop() {
    Value value = std::move(top());
    stack_.pop_back();
    return value;
  }

  Items pop_many(std::size_t count) {
    if (count > stack_.size()) fail_run("its pickle takes from an empty stack");
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    Items items(std::make_move_iterator(first), std::make_move_iterator(stack_.end()));
    stack_.erase(first, stack_.end());
    return items;
  }

  Items pop_to_mark() {
    std::size_t count = 0;
    while (count < stack_.size() && !stack_[stack_.size() - 1 - count].as<Mark>()) ++count;
    Items items = pop_many(count);
    pop();
    return items;
  }

  /// The depth of a container that holds `item` from now on. What lies in a container is finished:
  /// otherwise a dict could be put into itself, or grow deeper than was counted.
  static int depth_around(const Value& item) {
    int depth = 0;
    if (const auto* tuple = item.as<Tuple>()) depth = (*tuple)->depth;
    if (const auto* dict = item.as<Dict>()) {
      depth = (*dict)->depth;
      (*dict)->finished = true;
    }
    if (depth == kMaxDepth) fail_run("it nests deeper than {}", kMaxDepth);
    return depth + 1;
  }

  void push_tuple(Items items) {
    TupleContent content{std::move(items)};
    for (const Value& item : content.items) {
      content.depth = std::max(content.depth, depth_around(item));
    }
    push(std::make_shared<const TupleContent>(std::move(content)));
  }

  void set_items(Items items) {
    const auto* dict = top().as<Dict>();
    if (!dict || items.size() % 2 != 0) fail_run("it puts entries into something that is no dict");
    DictContent& content = **dict;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      for (const Value* item : {&items[i], &items[i + 1]}) {
        content.depth = std::max(content.depth, depth_around(*item));
      }
      if (content.finished) fail_run("it changes a dict that lies in another");
      content.entries.emplace_back(std::move(items[i]), std::move(items[i + 1]));
    }
  }

  void recall(std::uint32_t key) {
    const auto at = memo_.find(key);
    if (at == memo_.end()) fail_run("its pickle recalls what it never stored");
    push(at->second.data);
  }

  template <class T>
  static const T& item(const Items& items, std::size_t at, const char* what) {
    const T* value = at < items.size() ? items[at].as<T>() : nullptr;
    if (value == nullptr) fail_run("a tensor in it has no valid {}", what);
    return *value;
  }

  static std::vector<std::int64_t> integers(const Items& items, std::size_t at, const char* what) {
    std::vector<std::int64_t> numbers;
    const Items& tuple = item<Tuple>(items, at, what)->items;
    if (tuple.size() > kMaxRank) fail_run("a tensor in it has more than {} dimensions", kMaxRank);
    for (std::size_t i = 0; i < tuple.size(); ++i) {
      numbers.push_back(item<std::int64_t>(tuple, i, what));
    }
    return numbers;
  }

  /// ('storage', torch.FloatStorage, key, device, elements).
  static Storage storage(const Value& id) {
    const auto* tuple = id.as<Tuple>();
    if (tuple == nullptr) fail_run("it refers to something that is no storage");
    const Items& items = (*tuple)->items;
    const std::string& type = *item<Global>(items, 1, "storage type").name;
    const std::string& key = *item<Text>(items, 2, "storage key");
    if (type.size() > kMaxKey || key.size() > kMaxKey) {
      fail_run("a storage in it has a type or a key of more than {} letters", kMaxKey);
    }
    const std::string prefix = "torch ";
    PickledTensor tensor;
    tensor.storage_type = type.starts_with(prefix) ? type.substr(prefix.size()) : type;
    tensor.storage_key = key;
    tensor.storage_size = item<std::int64_t>(items, 4, "storage size");
    return {std::make_shared<const PickledTensor>(std::move(tensor))};
  }

  void reduce() {
    const Value arguments = pop();
    const Value callee = pop();
    const auto* tuple = arguments.as<Tuple>();
    const auto* global = callee.as<Global>();
    if (tuple == nullptr || global == nullptr) fail_run("it calls something that has no name");
    const Items& items = (*tuple)->items;
    const std::string& name = *global->name;
    if (name == kOrderedDict && items.empty()) {
      push(std::make_shared<DictContent>());
    } else if (name == kTensor) {
      push(std::make_shared<const PickledTensor>(window(items)));
    } else if (name == kParameter) {
      push(item<Tensor>(items, 0, "parameter"));
    } else {
      fail_run("it asks to run {}, which is never done; save a plain state_dict of tensors", name);
    }
  }

  /// (storage, offset, shape, strides, …), checked to lie inside the storage.
  static PickledTensor window(const Items& items) {
    constexpr std::size_t kMetadata = 6;
    const auto* metadata = items.size() > kMetadata ? items[kMetadata].as<Dict>() : nullptr;
    if (metadata != nullptr && !(*metadata)->entries.empty()) {
      fail_run(
          "a tensor in it is a negative or conjugate view; save "
          "tensor.resolve_neg().resolve_conj()");
    }
    PickledTensor tensor = *item<Storage>(items, 0, "storage").tensor;
    tensor.offset = item<std::int64_t>(items, 1, "offset");
    tensor.shape = integers(items, 2, "shape");
    tensor.strides = integers(items, 3, "strides");
    const std::int64_t size = tensor.storage_size;
    bool inside =
        tensor.offset >= 0 && tensor.offset <= size && tensor.shape.size() == tensor.strides.size();
    std::int64_t elements = 1, last = tensor.offset;
    for (std::size_t i = 0; inside && i < tensor.shape.size(); ++i) {
      const auto extent = tensor.shape[i], stride = tensor.strides[i];
      // Repeated elements (stride 0) are left out: no weight file has them, and they could ask for
      // any amount of memory.
      inside = extent >= 0 && stride >= 0 && (extent == 0 || elements <= size / extent) &&
               (extent <= 1 || stride <= (size - last) / (extent - 1));
      if (!inside) break;
      elements *= extent;
      last += extent > 0 ? (extent - 1) * stride : 0;
    }
    inside = inside && (elements == 0 || last < size);
    if (!inside) fail_run("a tensor in it reaches outside its storage of {} elements", size);
    return tensor;
  }

  std::string_view rest_;
  Items stack_;
  std::size_t values_ = 0;  // made so far
  std::map<std::uint32_t, Value> memo_;
};

}  // namespace

std::vector<PickledTensor> unpickle_tensors(std::string_view pickle) {
  const Value root = Machine(pickle).run();
  const auto* dict = root.as<Dict>();
  if (dict == nullptr) fail_run("it holds no dict of tensors; save model.state_dict()");
  std::vector<PickledTensor> tensors;
  std::set<std::string_view> names;
  for (const auto& [key, value] : (*dict)->entries) {
    const auto* text = key.as<Text>();
    if (text == nullptr) fail_run("a key of its dict is no text");
    const std::string& name = **text;
    const auto* tensor = value.as<Tensor>();
    if (tensor == nullptr) {
      fail_run("its entry {} is no tensor; save model.state_dict() alone", name);
    }
    if (!names.insert(name).second) fail_run("it has two entries {}; save each once", name);
    tensors.push_back(**tensor);
    tensors.back().name = name;
  }
  return tensors;
}

}  // namespace zo
