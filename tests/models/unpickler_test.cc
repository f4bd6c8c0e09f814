#include "models/unpickler.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include "src/base/error.h"
#include "tests/models/pickle_text.h"

namespace zo::testing {
namespace {

std::string refusal(const std::string& pickle) {
  try {
    unpickle_tensors(pickle);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Unpickler, ReadsNameTypeShapeAndWindow) {
  const auto tensors = unpickle_tensors(pickled_dict(pickled_text("w") + pickled_tensor(9, 2, 4)));
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
  EXPECT_EQ(refusal(pickled_dict(pickled_text("w") + pickled_tensor(6))), "");
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + pickled_tensor(5))), "");
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + pickled_tensor(6, 1))), "");
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + pickled_tensor(6, 0, 4))), "");
}

TEST(Unpickler, EveryTruncationIsRefused) {
  const std::string whole = pickled_dict(pickled_text("w") + pickled_tensor());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
}

TEST(Unpickler, CodeIsNeverRunButNamed) {
  const std::string call = kPickleStart + "cos\nsystem\n" + pickled_text("true") + "\x85R.";
  EXPECT_NE(refusal(call).find("os system"), std::string::npos);
  // Opcodes that import by other ways: INST, OBJ, NEWOBJ, STACK_GLOBAL, EXT1.
  for (const std::string code : {"i", "o", "\x81", "\x93", "\x82"}) {
    EXPECT_NE(refusal(kPickleStart + code).find("opcode"), std::string::npos) << code;
  }
}

TEST(Unpickler, AnythingButTensorsUnderNamesIsRefused) {
  EXPECT_NE(refusal(kPickleStart + "N.").find("no dict"), std::string::npos);
  EXPECT_NE(refusal(pickled_dict(pickled_text("epoch") + pickled_integer(3))).find("epoch"),
            std::string::npos);
  EXPECT_NE(refusal(pickled_dict(pickled_text("state_dict") + "}")).find("state_dict"),
            std::string::npos);
  EXPECT_NE(refusal(pickled_dict(pickled_integer(1) + pickled_tensor())).find("key"),
            std::string::npos);
}

TEST(Unpickler, DeepNestsAndWildStacksAreRefused) {
  EXPECT_NE(refusal(kPickleStart + ")" + std::string(100000, '\x85') + ".").find("nests"),
            std::string::npos);
  for (const std::string pickle : {"s", "t", "Q", "R", "b", "q1", "h9", "u"}) {
    EXPECT_NE(refusal(kPickleStart + pickle), "") << pickle;
  }
}

TEST(Unpickler, AStorageWithoutAWindowIsNoTensor) {
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + pickled_storage(0))).find("w is no tensor"),
            std::string::npos);
  const std::string twice =
      pickled_call(pickled_tensor(), 0, pickled_integer(1) + '\x85', pickled_integer(1) + '\x85');
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + twice)).find("no valid storage"),
            std::string::npos);
}

TEST(Unpickler, AnEmptyWindowAlsoLiesInsideItsStorage) {
  const auto empty = [](int offset) {
    return pickled_dict(pickled_text("w") + pickled_call(pickled_storage(6),
                                                         offset,
                                                         pickled_integer(0) + '\x85',
                                                         pickled_integer(1) + '\x85'));
  };
  EXPECT_EQ(refusal(empty(6)), "");
  EXPECT_NE(refusal(empty(7)).find("outside"), std::string::npos);
}

TEST(Unpickler, WindowsOfGreatNumbersDoNotOverflow) {
  const std::string most = std::string("\x8a\x08") + std::string(7, '\xff') + '\x7f';  // 2^63 - 1
  const std::string storage = "(" + pickled_text("storage") + "ctorch\nFloatStorage\n" +
                              pickled_text("0") + pickled_text("cpu") + most + "tQ";
  const auto call = [&](const std::string& offset, const std::string& extent) {
    return pickled_dict(pickled_text("w") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage +
                        offset + extent + '\x85' + most + "\x85\x89" +
                        "ccollections\nOrderedDict\n)RtR");
  };
  EXPECT_NE(refusal(call(most, pickled_integer(2))).find("outside"), std::string::npos);
  EXPECT_NE(refusal(call(pickled_integer(1), pickled_integer(2))).find("outside"),
            std::string::npos);
  EXPECT_NE(refusal(call(pickled_integer(0), most)).find("outside"), std::string::npos);
  EXPECT_EQ(refusal(call(pickled_integer(5), pickled_integer(1))), "");
}

/// Peak memory of this process in MiB.
long peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Unpickler, RecallingALongTextDoesNotCopyIt) {
  const std::string name = pickled_text(std::string(std::size_t{1} << 20, 'n'));
  const long before = peak_mib();
  // 4,000 copies of a mebibyte would be 4 GiB; each is a key and its own value.
  const std::string pickle = kPickleStart + "}(" + name + "q\x01" + repeated("h\x01", 3999) + "u.";
  EXPECT_NE(refusal(pickle).find("is no tensor"), std::string::npos);
  EXPECT_LT(peak_mib() - before, 200);
}

TEST(Unpickler, RecalledTensorsAndShapesStaySmall) {
  const std::string numbers = "(" + repeated("K\x01", 17) + "t";
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") +
                                 pickled_call(pickled_storage(6), 0, numbers, numbers)))
                .find("more than 16 dimensions"),
            std::string::npos);
  const std::string sixteen = "(" + repeated("K\x01", 16) + "t";
  EXPECT_EQ(refusal(pickled_dict(pickled_text("w") +
                                 pickled_call(pickled_storage(6), 0, sixteen, sixteen))),
            "");
  EXPECT_NE(refusal(pickled_dict(pickled_text("w") + pickled_tensor(6, 0, 3, std::string(65, '0'))))
                .find("a key of more than 64 letters"),
            std::string::npos);
  EXPECT_EQ(
      refusal(pickled_dict(pickled_text("w") + pickled_tensor(6, 0, 3, std::string(64, '0')))), "");
  const std::string long_type = "(" + pickled_text("storage") + "ctorch\n" + std::string(59, 'F') +
                                '\n' + pickled_text("0") + pickled_text("cpu") + "K\x01tQ";
  EXPECT_NE(refusal(kPickleStart + long_type).find("a type or a key of more than 64 letters"),
            std::string::npos);
  const std::string same = pickled_text("w") + "q\x01" + pickled_tensor() + "q\x02";
  EXPECT_NE(refusal(pickled_dict(same + "h\x01h\x02")).find("two entries w"), std::string::npos);
}

TEST(Unpickler, APickleMakesABoundedNumberOfValues) {
  // Made, recalled and taken again: what counts is how many there were, not how many are left.
  const std::string pairs = "}q\x01" + repeated("(K\x01(K\x01tu", 1 << 16);
  EXPECT_NE(refusal(kPickleStart + pairs + ".").find("more than 262144 values"), std::string::npos);
  EXPECT_NE(refusal(kPickleStart + std::string(300000, '}')).find("more than 262144 values"),
            std::string::npos);
  EXPECT_NE(refusal(kPickleStart + "}q\x01" + repeated("h\x01", 300000)).find("262144 values"),
            std::string::npos);
  EXPECT_NE(refusal(kPickleStart + std::string(262145, '}')).find("262144 values"),
            std::string::npos);
  EXPECT_NE(refusal(kPickleStart + std::string(262144, '}')).find("cut off"), std::string::npos);
}

TEST(Unpickler, ADictInAnotherIsFinished) {
  // Each dict is put into the one before, which was shallow when it was itself put away.
  EXPECT_NE(refusal(kPickleStart + "}q\x01}q\x02" + "h\x01K\x01h\x02s" + "h\x02K\x01}s.")
                .find("changes a dict that lies in another"),
            std::string::npos);
  EXPECT_NE(refusal(kPickleStart + "}q\x01K\x01h\x01s.").find("changes a dict"), std::string::npos);
  const auto nest = [](int times) {
    std::string pickle = "}";
    for (int i = 0; i < times; ++i) pickle = "}K\x01" + pickle + "s";
    return kPickleStart + pickle + ".";
  };
  EXPECT_NE(refusal(nest(17)).find("nests deeper than 16"), std::string::npos);
  EXPECT_NE(refusal(nest(16)).find("a key of its dict is no text"), std::string::npos);
}

}  // namespace
}  // namespace zo::testing
