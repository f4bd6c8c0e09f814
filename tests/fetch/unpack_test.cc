// Where the members of an archive may go: plain files directly in the folder that is expected.
#include "src/fetch/unpack.h"

#include <gtest/gtest.h>

#include <string>

#include "src/base/error.h"
#include "src/fetch/answer.h"

namespace zo {
namespace {

/// The reason why the member is refused, "" when it is not.
std::string refusal(const std::string& member, ZoMemberKind kind) {
  try {
    name_of_member(member, kind, "set");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(NameOfMember, IsThatOfAPlainFileInTheFolder) {
  EXPECT_EQ(name_of_member("set/a.bin", ZO_MEMBER_FILE, "set"), "a.bin");
  EXPECT_EQ(name_of_member("./set/a.bin", ZO_MEMBER_FILE, "set"), "a.bin");
  EXPECT_EQ(name_of_member("set/..a", ZO_MEMBER_FILE, "set"), "..a");
}

TEST(NameOfMember, IsNoneForTheFolderItself) {
  for (const char* folder : {"set", "set/", "./set/", "./", "."}) {
    EXPECT_EQ(name_of_member(folder, ZO_MEMBER_FOLDER, "set"), "") << folder;
  }
}

TEST(NameOfMember, RefusesWhatWouldLieElsewhere) {
  for (const char* member : {"../evil",
                             "/evil",
                             "/set/evil",
                             "set/../evil",
                             "set/../../evil",
                             "set/deep/evil",
                             "set//evil",
                             "set/..",
                             "set/.",
                             "set/",
                             "set",
                             "sets/evil",
                             "evil",
                             "./../set/evil",
                             ""}) {
    EXPECT_NE(refusal(member, ZO_MEMBER_FILE).find("would not lie in set"), std::string::npos)
        << member;
  }
}

TEST(NameOfMember, RefusesWhatIsNoFile) {
  EXPECT_NE(refusal("set/link", ZO_MEMBER_LINK), "");
  EXPECT_NE(refusal("set/pipe", ZO_MEMBER_OTHER), "");
  EXPECT_NE(refusal("set/deep", ZO_MEMBER_FOLDER), "");
  EXPECT_NE(refusal("elsewhere", ZO_MEMBER_FOLDER), "");
  EXPECT_NE(refusal("..", ZO_MEMBER_FOLDER), "");
}

TEST(HostOf, LeavesOutWhoAsksAndWhatFor) {
  EXPECT_EQ(host_of("https://example.org/a/b?c"), "example.org");
  EXPECT_EQ(host_of("http://user:pass@example.org:8080/x@y"), "example.org:8080");
  EXPECT_EQ(host_of("https://[::1]:80"), "[::1]:80");
}

}  // namespace
}  // namespace zo
