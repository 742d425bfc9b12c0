#include "engine/functions/text_functions.h"

#include <gtest/gtest.h>

#include "engine/functions/digest.h"
#include "engine/functions/hashing.h"
#include "engine/functions/numbers.h"
#include "engine/functions/spark_random.h"

namespace crannog::engine::functions {
namespace {

// Spark's documented examples.
TEST(Hashing, Documented) {
  EXPECT_EQ(Murmur3::OfInt(2, Murmur3::OfInt(123, Murmur3::OfBytes("Spark", 42))), -1321691492);
  EXPECT_EQ(XxHash64::OfInt(2, XxHash64::OfInt(123, XxHash64::OfBytes("Spark", 42))), 5602566077635097486);
  EXPECT_EQ(Crc32("Spark"), 1557323817u);
  EXPECT_EQ(Md5Hex("Spark"), "8cde774d6f7333752ed72cacddb05126");
  EXPECT_EQ(Sha1Hex("Spark"), "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c");
  EXPECT_EQ(*Sha2Hex("Spark", 256), "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b");
}

TEST(SparkRandom, Documented) {
  EXPECT_EQ(XorShiftRandom(0).NextDouble(), 0.7604953758285915);
  EXPECT_EQ(XorShiftRandom(0).NextGaussian(), 1.6034991609278433);
  EXPECT_EQ(XorShiftRandom(0).NextText(3), "ceV");
}

TEST(Digest, AesDocumented) {
  EXPECT_EQ(HexOfBytes(*AesEncrypt("Spark", "abcdefghijklmnop12345678ABCDEFGH", {.mode = "GCM", .iv = std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0", 12),
                                                                                .aad = "This is an AAD mixed into the input"})),
            HexOfBytes(*DecodeBase64("AAAAAAAAAAAAAAAAQiYi+sTLm7KD9UcZ2nlRdYDe/PX4")));
  EXPECT_EQ(*AesDecrypt(*DecodeBase64("2NYmDCjgXTbbxGA3/SnJEfFC/JQ7olk2VQWReIAAFKo="), "1234567890abcdef", {.mode = "CBC"}), "Apache Spark");
  EXPECT_EQ(*AesDecrypt(*DecodeBase64("3lmwu+Mw0H3fi5NDvcu9lg=="), "1234567890abcdef", {.mode = "ECB", .padding = "PKCS"}), "Spark SQL");
  EXPECT_EQ(AesEncrypt("x", "short", {}).error().condition, "INVALID_PARAMETER_VALUE.AES_KEY_LENGTH");
  EXPECT_EQ(Base64("Spark SQL"), "U3BhcmsgU1FM");
  EXPECT_FALSE(IsBase64("a!"));
}

TEST(Digest, Utf8) {
  EXPECT_TRUE(IsValidUtf8("a"));
  EXPECT_FALSE(IsValidUtf8("a\xC2" "b"));
  EXPECT_EQ(MakeValidUtf8("a\xC2" "b"), "a\xEF\xBF\xBD" "b");
  bool malformed;
  EXPECT_EQ(HexOfBytes(*EncodeCharset("abc", "UTF-16", malformed)), "FEFF006100620063");
}

TEST(TextFunctions, Documented) {
  EXPECT_EQ(Soundex("Miller"), "M460");
  EXPECT_EQ(Levenshtein("kitten", "sitting"), 3);
  EXPECT_EQ(Levenshtein("kitten", "sitting", 2), -1);
  EXPECT_TRUE(LuhnCheck("79927398713"));
  EXPECT_FALSE(LuhnCheck("79927398714"));
  EXPECT_EQ(InitCap("sPark sql"), "Spark Sql");
  EXPECT_EQ(Translation("abc", "123").Apply("AaBbCc"), "A1B2C3");
  EXPECT_EQ(Overlay("Spark SQL", "CORE", 7, -1, false), "Spark CORE");
  EXPECT_EQ(Overlay("Spark SQL", "ANSI ", 7, 0, false), "Spark ANSI SQL");
  EXPECT_EQ(FindInSet("ab", "abc,b,ab,c,def"), 3);
  EXPECT_EQ(Mask("abcd-EFGH-8765-4321", {}), "xxxx-XXXX-nnnn-nnnn");
  EXPECT_EQ(Sentences("Hi there! Good morning.", "", "").size(), 2u);
}

TEST(TextFunctions, Urls) {
  bool bad;
  EXPECT_EQ(ParseUrl("http://spark.apache.org/path?query=1", "HOST", nullptr, bad), "spark.apache.org");
  EXPECT_EQ(ParseUrl("http://spark.apache.org/path?query=1", "QUERY", nullptr, bad), "query=1");
  const std::string key = "query";
  EXPECT_EQ(ParseUrl("http://spark.apache.org/path?query=1", "QUERY", &key, bad), "1");
  EXPECT_EQ(ParseUrl("https://user:pw@h:80/a/b?c#d", "USERINFO", nullptr, bad), "user:pw");
  EXPECT_EQ(ParseUrl("inva lid://spark.apache.org/path?query=1", "QUERY", nullptr, bad), std::nullopt);
  EXPECT_TRUE(bad);
  EXPECT_EQ(UrlEncode("https://spark.apache.org"), "https%3A%2F%2Fspark.apache.org");
  EXPECT_EQ(UrlDecode("https%3A%2F%2Fspark.apache.org"), "https://spark.apache.org");
  EXPECT_FALSE(UrlDecode("http%3A%2F%2spark.apache.org").has_value());
}

}  // namespace
}  // namespace crannog::engine::functions
