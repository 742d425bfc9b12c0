#include "base/log.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace crannog {
namespace {

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() const override { return 1'700'000'000'000'042; }
  int64_t MonotonicNanos() const override { return 0; }
};

TEST(Log, OneEventIsOneLine) {
  const std::string path = ::testing::TempDir() + "/log_test.log";
  FILE* file = std::fopen(path.c_str(), "w");
  {
    FixedClock clock;
    Log log(fileno(file), LogLevel::kInfo, clock);
    log.Debug("unseen");
    log.Info("request", {{"status", 200}, {"path", "/a b\n\"c\""}, {"principal", "ann@x"}, {"empty", ""}, {"ok", true}});
  }
  std::fclose(file);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(),
            "time=2023-11-14T22:13:20.000042Z level=info event=request status=200 path=\"/a b\\n\\\"c\\\"\" principal=ann@x "
            "empty=\"\" ok=true\n");
}

}  // namespace
}  // namespace crannog
