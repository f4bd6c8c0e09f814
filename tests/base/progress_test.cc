#include "src/base/progress.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

namespace zo {
namespace {

struct Screen {
  std::FILE* file = std::tmpfile();
  double now = 0.0;
  ~Screen() { std::fclose(file); }
  int width = 0;
  std::function<int()> columns(int first) {
    width = first;
    return [this] { return width; };
  }
  std::string text() const {
    std::rewind(file);
    std::string all;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
      all.push_back(static_cast<char>(c));
    return all;
  }
};

TEST(Progress, ALogGetsOnePlainLineEveryFewSeconds) {
  Screen screen;
  Progress progress(screen.file, screen.columns(0), false, [&] { return screen.now; });
  for (; screen.now < 11.0; screen.now += 0.5) progress.status("at " + std::to_string(screen.now));
  EXPECT_EQ(screen.text(), "at 0.000000\nat 5.000000\nat 10.000000\n");
}

TEST(Progress, ATerminalLineIsRewrittenAndGivesWayToALineThatStays) {
  Screen screen;
  Progress progress(screen.file, screen.columns(80), false, [&] { return screen.now; });
  progress.status("one");
  screen.now = 1.0;
  progress.status("two");
  progress.say("done");
  EXPECT_EQ(screen.text(), "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[Kdone\n");
}

TEST(Progress, AStatusIsCutToTheTerminalOfThatMomentAndALineThatStaysIsNot) {
  Screen screen;
  Progress progress(screen.file, screen.columns(8), false, [&] { return screen.now; });
  progress.status("0123456789");
  screen.now = 1.0;
  screen.width = 5;
  progress.status("0123456789");
  progress.say("0123456789");
  EXPECT_EQ(screen.text(), "\r\x1b[K0123456\r\x1b[K0123\r\x1b[K0123456789\n");
}

TEST(Progress, ALineThatStaysTellsATerminalNothing) {
  Screen screen;
  Progress progress(screen.file, screen.columns(80), false, [&] { return screen.now; });
  progress.say("run      e\x1b[31md\xc2\x9b\xc3\xa9");
  EXPECT_EQ(screen.text(), "run      e?[31md\xc2?\xc3\xa9\n");
}

TEST(Progress, OnlyWholePartsOfAStatusAreShown) {
  Screen screen;
  Progress progress(screen.file, screen.columns(31), false, [&] { return screen.now; });
  progress.status("step 12  loss 2.3021  test 13.2 %  40 queries");
  screen.now = 1.0;
  screen.width = 34;
  progress.status("step 12  loss 2.3021  test 13.2 %  40 queries");
  EXPECT_EQ(screen.text(), "\r\x1b[Kstep 12  loss 2.3021\r\x1b[Kstep 12  loss 2.3021  test 13.2 %");
}

TEST(Progress, OneIsLateASecondAfterItWasDue) {
  for (const auto& [columns, pause] : {std::pair{80, 0.2}, {0, 5.0}}) {
    Screen screen;
    Progress progress(screen.file, screen.columns(columns), false, [&] { return screen.now; });
    EXPECT_TRUE(progress.due());
    EXPECT_FALSE(progress.late());
    screen.now = 1.0;
    EXPECT_TRUE(progress.late());
    progress.status("one");
    EXPECT_FALSE(progress.due());
    screen.now = 1.9 + pause;
    EXPECT_TRUE(progress.due());
    EXPECT_FALSE(progress.late());
    screen.now = 2.1 + pause;
    EXPECT_TRUE(progress.late());
  }
  Screen screen;
  Progress quiet(screen.file, screen.columns(80), true, [&] { return screen.now; });
  screen.now = 100.0;
  EXPECT_FALSE(quiet.late());
}

TEST(Progress, QuietKeepsOnlyLinesThatStay) {
  Screen screen;
  Progress progress(screen.file, screen.columns(0), true, [&] { return screen.now; });
  EXPECT_FALSE(progress.due());
  progress.status("one");
  progress.say("done");
  EXPECT_EQ(screen.text(), "done\n");
}

TEST(Progress, DurationsAreReadable) {
  EXPECT_EQ(duration_text(8.21), "8.2 s");
  EXPECT_EQ(duration_text(59.99), "1 min 00 s");
  EXPECT_EQ(duration_text(250), "4 min 10 s");
  EXPECT_EQ(duration_text(11100), "3 h 05 min");
  EXPECT_EQ(duration_text(187200), "2 days 4 h");
  EXPECT_EQ(duration_text(1.0 / 0.0), "unknown");
}

TEST(Progress, CountsHaveThousandsSeparators) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(count_text(-1000), "-1,000");
}

TEST(Progress, OneIsNotMany) {
  EXPECT_EQ(counted(1, "step"), "1 step");
  EXPECT_EQ(counted(0, "step"), "0 steps");
  EXPECT_EQ(counted(2000, "query", "queries"), "2,000 queries");
  EXPECT_EQ(counted(1, "query", "queries"), "1 query");
}

}  // namespace
}  // namespace zo
