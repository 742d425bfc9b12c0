#include "services/iam/key_ring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/test_databases.h"

namespace crannog::iam {
namespace {

TEST(KeyRing, OpensOnlyWhatItSealedForThatPlace) {
  store::TemporaryFolder folder;
  auto ring = KeyRing::Open(folder.Path() + "/keys", "", SystemRandom()).value();
  const std::string sealed = ring->Seal("hunter2", "scope/key");
  EXPECT_EQ(sealed.find("hunter2"), std::string::npos);
  EXPECT_EQ(ring->Open(sealed, "scope/key").value(), "hunter2");
  EXPECT_EQ(ring->Open(sealed, "scope/other").error().code, ErrorCode::kDataLoss);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(ring->Open(changed, "scope/key")) << "byte " << i;
  }
  EXPECT_FALSE(ring->Open(sealed.substr(0, 20), "scope/key"));
  EXPECT_NE(ring->Seal("hunter2", "scope/key"), sealed) << "a nonce was used twice";
}

TEST(KeyRing, OldKeysOpenAfterARotationAndARestart) {
  store::TemporaryFolder folder;
  const std::string file = folder.Path() + "/keys";
  std::string old_sealed, new_sealed;
  {
    auto ring = KeyRing::Open(file, "", SystemRandom()).value();
    old_sealed = ring->Seal("old", "x");
    ASSERT_TRUE(ring->Rotate());
    EXPECT_FALSE(ring->IsCurrent(old_sealed));
    new_sealed = ring->Seal("new", "x");
    EXPECT_TRUE(ring->IsCurrent(new_sealed));
  }
  auto ring = KeyRing::Open(file, "", SystemRandom()).value();
  EXPECT_EQ(ring->Open(old_sealed, "x").value(), "old");
  EXPECT_EQ(ring->Open(new_sealed, "x").value(), "new");
}

TEST(KeyRing, TheFileIsForItsOwnerOnly) {
  store::TemporaryFolder folder;
  const std::string file = folder.Path() + "/keys";
  ASSERT_TRUE(KeyRing::Open(file, "", SystemRandom()));
  struct stat status{};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  chmod(file.c_str(), 0644);
  EXPECT_EQ(KeyRing::Open(file, "", SystemRandom()).error().code, ErrorCode::kPermissionDenied);
}

TEST(KeyRing, KeysFromTheEnvironmentAreChecked) {
  const std::string key(64, 'a');
  auto ring = KeyRing::Open("", key, SystemRandom()).value();
  EXPECT_EQ(ring->Open(ring->Seal("x", "y"), "y").value(), "x");
  EXPECT_EQ(ring->Rotate().error().code, ErrorCode::kInvalidState);
  EXPECT_FALSE(KeyRing::Open("", "abc", SystemRandom()));
  EXPECT_FALSE(KeyRing::Open("", " , ", SystemRandom()));
}

TEST(TokenHasher, IsHmacSha256) {
  // RFC 4231, test case 2.
  const std::string digest = TokenHasher("Jefe").Hash("what do ya want for nothing?");
  std::string hex;
  for (unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace crannog::iam
