#include "base/settings.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace crannog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WriteFile(const std::string& text) {
  const std::string path = ::testing::TempDir() + "/settings_test.toml";
  std::ofstream(path) << text;
  return path;
}

TEST(Settings, LaterSourcesWin) {
  Settings settings;
  EXPECT_EQ(settings.Number("http.body_bytes_max"), 64 << 20);
  ASSERT_TRUE(settings.ReadFile(WriteFile("data_dir = \"/a # b\"  # comment\n[http]\nbody_bytes_max = 2MiB\nqueue_max=7\n")).has_value());
  EXPECT_EQ(settings.Text("data_dir"), "/a # b");
  EXPECT_EQ(settings.Number("http.body_bytes_max"), 2 << 20);
  const char* environment[] = {"HOME=/x", "CRANNOG_HTTP_BODY_BYTES_MAX=3MiB", "CRANNOG_LISTEN=[::1]:1, 127.0.0.1:2", nullptr};
  ASSERT_TRUE(settings.ReadEnvironment(environment).has_value());
  EXPECT_EQ(settings.Number("http.body_bytes_max"), 3 << 20);
  EXPECT_EQ(settings.Number("http.queue_max"), 7);
  EXPECT_THAT(settings.List("listen"), ElementsAre("[::1]:1", "127.0.0.1:2"));
  const auto rest = settings.ReadFlags({"--listen", "a:1", "--listen=b:2", "--trust-loopback", "extra"});
  ASSERT_TRUE(rest.has_value());
  EXPECT_THAT(*rest, ElementsAre("extra"));
  EXPECT_THAT(settings.List("listen"), ElementsAre("a:1", "b:2"));
  EXPECT_TRUE(settings.Truth("trust_loopback"));
}

TEST(Settings, AnUnknownNameSuggestsTheNearest) {
  Settings settings;
  const auto flags = settings.ReadFlags({"--lisen", "x"});
  ASSERT_FALSE(flags.has_value());
  EXPECT_THAT(flags.error().ToString(), HasSubstr("did you mean --listen?"));
  const char* environment[] = {"CRANNOG_DATADIR=x", nullptr};
  EXPECT_THAT(settings.ReadEnvironment(environment).error().ToString(), HasSubstr("did you mean CRANNOG_DATA_DIR?"));
  EXPECT_THAT(settings.ReadFile(WriteFile("\nhttp.queue_maxx = 1\n")).error().ToString(),
              ::testing::AllOf(HasSubstr("settings_test.toml:2"), HasSubstr("did you mean http.queue_max?")));
}

TEST(Settings, ValuesMustFit) {
  Settings settings;
  EXPECT_FALSE(settings.Set("http.queue_max", "many", "test").has_value());
  EXPECT_FALSE(settings.Set("http.queue_max", "0", "test").has_value());
  EXPECT_FALSE(settings.Set("http.queue_max", "1MiB", "test").has_value());
  EXPECT_FALSE(settings.Set("trust_loopback", "yes", "test").has_value());
  EXPECT_TRUE(settings.Set("http.body_bytes_max", "1 GiB", "test").has_value());
  EXPECT_FALSE(settings.ReadFlags({"--data-dir"}).has_value());
}

TEST(NearestWord, GivesNothingForSomethingElse) {
  const std::vector<std::string> words = {"listen", "metadata"};
  EXPECT_EQ(NearestWord("lsiten", words), "listen");
  EXPECT_EQ(NearestWord("colour", words), "");
}

}  // namespace
}  // namespace crannog
