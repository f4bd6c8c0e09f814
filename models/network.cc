#include "models/network.h"

namespace zo {

std::int64_t multiply_adds(const Op& op) {
  switch (op.kind) {
    case OpKind::Conv3x3:
      return op.out.size() * op.in.channels * 9;
    case OpKind::Linear:
      return op.out.size() * op.in.size();
    default:
      return 0;
  }
}

}  // namespace zo
