#include "models/unpickler.h"

#include <gtest/gtest.h>

#include "src/base/error.h"

namespace zo {
namespace {

const std::string kStart = "\x80\x02";

std::string text(const std::string& value) {
  std::string bytes = "X";
  bytes += static_cast<char>(value.size());
  return bytes.append(3, '\0').append(value);
}

std::string integer(int value) { return {'K', static_cast<char>(value)}; }

/// The call that rebuilds a float32 tensor [2, 3] in a storage of `size` elements.
std::string tensor(int size = 6, int offset = 0, int row_stride = 3) {
  std::string bytes = "ctorch._utils\n_rebuild_tensor_v2\n((";
  bytes += text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + integer(size);
  bytes += "tQ" + integer(offset) + integer(2) + integer(3) + '\x86';
  bytes += integer(row_stride) + integer(1) + "\x86\x89";
  return bytes + "ccollections\nOrderedDict\n)RtR";
}

std::string dict(const std::string& entries) { return kStart + "}(" + entries + "u."; }

std::string refusal(const std::string& pickle) {
  try {
    unpickle_tensors(pickle);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Unpickler, ReadsNameTypeShapeAndWindow) {
  const auto tensors = unpickle_tensors(dict(text("w") + tensor(9, 2, 4)));
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].name, "w");
  EXPECT_EQ(tensors[0].storage_type, "FloatStorage");
  EXPECT_EQ(tensors[0].storage_key, "0");
  EXPECT_EQ(tensors[0].storage_size, 9);
  EXPECT_EQ(tensors[0].offset, 2);
  EXPECT_EQ(tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tensors[0].strides, (std::vector<std::int64_t>{4, 1}));
}

TEST(Unpickler, WindowsMustLieInsideTheirStorage) {
  EXPECT_EQ(refusal(dict(text("w") + tensor(6))), "");
  EXPECT_NE(refusal(dict(text("w") + tensor(5))), "");
  EXPECT_NE(refusal(dict(text("w") + tensor(6, 1))), "");
  EXPECT_NE(refusal(dict(text("w") + tensor(6, 0, 4))), "");
}

TEST(Unpickler, EveryTruncationIsRefused) {
  const std::string whole = dict(text("w") + tensor());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
}

TEST(Unpickler, CodeIsNeverRunButNamed) {
  const std::string call = kStart + "cos\nsystem\n" + text("true") + "\x85R.";
  EXPECT_NE(refusal(call).find("os system"), std::string::npos);
  // Opcodes that import by other ways: INST, OBJ, NEWOBJ, STACK_GLOBAL, EXT1.
  for (const std::string code : {"i", "o", "\x81", "\x93", "\x82"}) {
    EXPECT_NE(refusal(kStart + code).find("opcode"), std::string::npos) << code;
  }
}

TEST(Unpickler, AnythingButTensorsUnderNamesIsRefused) {
  EXPECT_NE(refusal(kStart + "N.").find("no dict"), std::string::npos);
  EXPECT_NE(refusal(dict(text("epoch") + integer(3))).find("epoch"), std::string::npos);
  EXPECT_NE(refusal(dict(text("state_dict") + "}")).find("state_dict"), std::string::npos);
  EXPECT_NE(refusal(dict(integer(1) + tensor())).find("key"), std::string::npos);
}

TEST(Unpickler, DeepNestsAndWildStacksAreRefused) {
  EXPECT_NE(refusal(kStart + ")" + std::string(100000, '\x85') + ".").find("nests"),
            std::string::npos);
  for (const std::string pickle : {"s", "t", "Q", "R", "b", "q1", "h9", "u"}) {
    EXPECT_NE(refusal(kStart + pickle), "") << pickle;
  }
}

}  // namespace
}  // namespace zo
