#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "delta/actions.h"
#include "delta/deletion_vector.h"
#include "delta/features.h"
#include "delta/log_segment.h"
#include "delta/path.h"
#include "delta/schema.h"
#include "delta/stats_writer.h"
#include "delta/value.h"

namespace crannog::delta {
namespace {

TEST(SchemaTest, RoundTripsAndRefuses) {
  const std::string text =
      R"j({"type":"struct","fields":[{"name":"a","type":"decimal(10,2)","nullable":true,"metadata":{"comment":"x"}},{"name":"s","type":{"type":"struct","fields":[{"name":"m","type":{"type":"map","keyType":"string","valueType":{"type":"array","elementType":"timestamp_ntz","containsNull":false},"valueContainsNull":true},"nullable":false,"metadata":{}}]},"nullable":true,"metadata":{}}]})j";
  EXPECT_EQ(WriteSchema(*ParseSchema(text)), text);
  for (const char* bad : {"{", "[]", R"j({"type":"array"})j", R"j({"type":"struct","fields":[{"name":"a","type":"integr"}]})j", R"j({"type":"struct","fields":[{"name":"a","type":"decimal(39,0)"}]})j",
                          R"({"type":"struct","fields":[{"type":"long"}]})"}) {
    EXPECT_EQ(ParseSchema(bad).error().code, ErrorCode::kDataLoss) << bad;
  }
}

// PROTOCOL.md, "Type Widening", the table of supported changes.
TEST(SchemaTest, TypeChanges) {
  auto type = [](const char* name) { return *TypeFromJson(JsonValue(name)); };
  for (auto [from, to] : {std::pair{"byte", "short"}, {"byte", "long"}, {"short", "integer"}, {"integer", "long"}, {"float", "double"}, {"integer", "double"}, {"date", "timestamp_ntz"},
                          {"integer", "decimal(12,2)"}, {"long", "decimal(20,0)"}, {"decimal(5,2)", "decimal(7,3)"}}) {
    EXPECT_TRUE(IsSupportedTypeChange(type(from), type(to))) << from << " to " << to;
  }
  for (auto [from, to] : {std::pair{"long", "integer"}, {"long", "double"}, {"double", "float"}, {"string", "integer"}, {"date", "timestamp"}, {"integer", "decimal(11,2)"},
                          {"decimal(5,2)", "decimal(6,4)"}, {"integer", "string"}}) {
    EXPECT_FALSE(IsSupportedTypeChange(type(from), type(to))) << from << " to " << to;
  }
}

TEST(ValueTest, TimestampsAndDates) {
  EXPECT_EQ(*ParseTimestamp("1970-01-01 00:00:01.5"), 1500000);
  EXPECT_EQ(*ParseTimestamp("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(*ParseTimestamp("2024-02-29 12:00:00+02:00"), *ParseTimestamp("2024-02-29T10:00:00Z"));
  EXPECT_EQ(*ParseDate("0001-01-01"), -719162);
  EXPECT_EQ(FormatDate(*ParseDate("9999-12-31")), "9999-12-31");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(FormatIsoMillis(-1), "1969-12-31T23:59:59.999Z");
  for (const char* bad : {"", "2024", "2024-13-01", "2023-02-29", "2024-01-01 25:00:00", "2024-01-01 00:00:00 x", "2024-01-01 00:00:00."}) {
    EXPECT_FALSE(ParseTimestamp(bad)) << bad;
  }
}

TEST(ValueTest, Decimals) {
  EXPECT_EQ(FormatDecimal(*ParseDecimal("-123.45", 2), 2), "-123.45");
  EXPECT_EQ(FormatDecimal(*ParseDecimal("0.05", 3), 3), "0.050");
  EXPECT_EQ(FormatDecimal(*ParseDecimal("1.5E+3", 0), 0), "1500");
  EXPECT_FALSE(ParseDecimal("1.234", 2));
  EXPECT_FALSE(ParseDecimal("1e99", 0));
  EXPECT_EQ(FormatDecimal(*ParseDecimal("99999999999999999999999999999999999999", 0), 0), "99999999999999999999999999999999999999");
}

TEST(ValueTest, PartitionTexts) {
  EXPECT_TRUE(IsNull(*ParsePartitionValue(std::string(), PrimitiveType(TypeKind::kString))));
  EXPECT_TRUE(IsNull(*ParsePartitionValue(std::nullopt, PrimitiveType(TypeKind::kLong))));
  EXPECT_EQ(ParsePartitionValue(std::string("abc"), PrimitiveType(TypeKind::kLong)).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(ParsePartitionValue(std::string("128"), PrimitiveType(TypeKind::kByte)).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(*WritePartitionValue(int64_t{1500000}, PrimitiveType(TypeKind::kTimestamp)), "1970-01-01T00:00:01.500000Z");
}

TEST(PathTest, ResolvesWhatTheLogSays) {
  EXPECT_EQ(ResolvePath("a%20b/c.parquet", "file:///t").key, "a b/c.parquet");
  EXPECT_FALSE(ResolvePath("s3://bucket/x", "file:///t").inside);
  EXPECT_EQ(ResolvePath("file:/t/x", "file:///t").key, "x");
  EXPECT_TRUE(ResolvePath("/t/x", "file:///t").inside);
  EXPECT_EQ(ResolvePath("/other/x", "file:///t").key, "/other/x");
  EXPECT_EQ(DecodePath(EncodePath("a %#?\"b/ü=c:d")), "a %#?\"b/ü=c:d");
  EXPECT_EQ(CanonicalPath("/x"), CanonicalPath("file:///x"));
}

TEST(ActionsTest, RefusesDamagedLines) {
  for (const char* bad : {"{\"add\":{\"path\":\"a\"", "[]", "{\"add\":{\"size\":1}}", "{\"add\":{\"path\":1,\"size\":1}}", "{\"protocol\":{}}", "{\"txn\":{\"appId\":\"a\"}}",
                          "{\"add\":{\"path\":\"a\",\"size\":1,\"partitionValues\":{\"p\":1}}}", "{\"add\":{\"path\":\"a\",\"size\":1,\"deletionVector\":{}}}"}) {
    EXPECT_EQ(ParseAction(bad).error().code, ErrorCode::kDataLoss) << bad;
  }
  EXPECT_TRUE(std::holds_alternative<std::monostate>(*ParseAction("{\"fromTheFuture\":{}}")));
  EXPECT_EQ(ParseActions("{\"add\":{\"path\":\"a\",\"size\":1}}\n{\"add\"").error().code, ErrorCode::kDataLoss);
}

// The example of PROTOCOL.md, "JSON checksum".
TEST(LogSegmentTest, ChecksumOfTheProtocol) {
  const std::string json = R"({"k0":"'v 0'", "checksum": "adsaskfljadfkjadfkj", "k1":{"k2": 2, "k3": ["v3", [1, 2], {"k4": "v4", "k5": ["v5", "v6", "v7"]}]}})";
  EXPECT_EQ(CanonicalJson(json), R"("k0"="%27v%200%27","k1"+"k2"=2,"k1"+"k3"+0="v3","k1"+"k3"+1+0=1,"k1"+"k3"+1+1=2,"k1"+"k3"+2+"k4"="v4","k1"+"k3"+2+"k5"+0="v5","k1"+"k3"+2+"k5"+1="v6","k1"+"k3"+2+"k5"+2="v7")");
  EXPECT_THAT(WithJsonChecksum(json), testing::HasSubstr("6a92d155a59bf2eecbd4b4ec7fd1f875"));
}

TEST(LogSegmentTest, NamesOfFiles) {
  auto kind = [](const std::string& name) -> std::optional<LogFile::Kind> {
    auto file = ParseLogFile({"_delta_log/" + name, 1, 0, ""});
    return file ? std::optional(file->kind) : std::nullopt;
  };
  EXPECT_EQ(kind("00000000000000000007.json"), LogFile::Kind::kCommit);
  EXPECT_EQ(kind("00000000000000000007.checkpoint.parquet"), LogFile::Kind::kCheckpoint);
  EXPECT_EQ(kind("00000000000000000007.checkpoint.0000000001.0000000003.parquet"), LogFile::Kind::kMultiPartCheckpoint);
  EXPECT_EQ(kind("00000000000000000007.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"), LogFile::Kind::kUuidCheckpoint);
  EXPECT_EQ(kind("00000000000000000004.00000000000000000006.compacted.json"), LogFile::Kind::kCompaction);
  for (const char* other : {"_last_checkpoint", "7.json", "00000000000000000007.json.tmp", ".00000000000000000007.json.crc", "00000000000000000007.checkpoint.0000000004.0000000003.parquet",
                            "00000000000000000006.00000000000000000004.compacted.json"}) {
    EXPECT_EQ(kind(other), std::nullopt) << other;
  }
}

// The inline vector of delta-kernel-rs' own test: rows 3, 4, 7, 11, 18, 29.
TEST(DeletionVectorTest, InlineVectorOfAnotherWriter) {
  DeletionVectorDescriptor descriptor;
  descriptor.storage_type = "i";
  descriptor.path_or_inline = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
  descriptor.size_bytes = 44;
  descriptor.cardinality = 6;
  auto store = io::MakeMemoryStore();
  auto rows = ReadDeletionVector(*store, descriptor);
  ASSERT_TRUE(rows) << rows.error().ToString();
  EXPECT_THAT(rows->ToVector(), testing::ElementsAre(3, 4, 7, 11, 18, 29));
  // PROTOCOL.md, "JSON Example 3 — Inline": the same rows in the older form.
  DeletionVectorDescriptor older = descriptor;
  older.path_or_inline = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
  older.size_bytes = 40;
  EXPECT_EQ(*ReadDeletionVector(*store, older), *rows);
  descriptor.cardinality = 5;
  EXPECT_EQ(ReadDeletionVector(*store, descriptor).error().condition, "DELTA_DELETION_VECTOR_CARDINALITY_MISMATCH");
  descriptor.storage_type = "r";
  EXPECT_EQ(ReadDeletionVector(*store, descriptor).error().code, ErrorCode::kDataLoss);
}

TEST(DeletionVectorTest, DamagedFilesAreRefused) {
  RowSet rows;
  for (uint64_t row : {1ull, 5000ull, 70000ull, 1ull << 33}) rows.Add(row);
  rows.AddRange(200000, 70000);
  DeletionVectorFile file("d2c639aa-8816-431a-aaf6-d3fe2512ff61");
  const DeletionVectorDescriptor descriptor = file.Add(rows);
  auto store = io::MakeMemoryStore();
  ASSERT_TRUE(store->Write(file.Key(), file.Bytes(), io::WriteMode::kCreateOnly));
  EXPECT_EQ(*ReadDeletionVector(*store, descriptor), rows);
  // No byte may be changed unnoticed, no cut may pass.
  for (size_t i = 1; i < file.Bytes().size(); i += 7) {
    std::string damaged = file.Bytes();
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    ASSERT_TRUE(store->Write(file.Key(), damaged, io::WriteMode::kOverwrite));
    EXPECT_FALSE(ReadDeletionVector(*store, descriptor)) << i;
    ASSERT_TRUE(store->Write(file.Key(), file.Bytes().substr(0, i), io::WriteMode::kOverwrite));
    EXPECT_FALSE(ReadDeletionVector(*store, descriptor)) << i;
  }
}

TEST(RowSetTest, AgreesWithAPlainSet) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    RowSet rows;
    std::set<uint64_t> plain;
    const uint64_t span = round % 3 == 0 ? 300 : round % 3 == 1 ? 200000 : uint64_t{1} << 34;
    for (int i = 0; i < 400; ++i) {
      const uint64_t first = random() % span;
      const uint64_t count = random() % 4 == 0 ? random() % 500 : 1;
      rows.AddRange(first, count);
      for (uint64_t row = first; row < first + count; ++row) plain.insert(row);
    }
    EXPECT_EQ(rows.ToVector(), std::vector<uint64_t>(plain.begin(), plain.end()));
    EXPECT_EQ(rows.Cardinality(), plain.size());
    auto again = RowSet::Deserialize(rows.Serialize());
    ASSERT_TRUE(again) << again.error().ToString();
    EXPECT_EQ(*again, rows);
    const uint64_t start = random() % span;
    std::vector<uint32_t> keep(2048);
    const uint64_t kept = rows.SelectAbsent(start, 2048, keep.data());
    uint64_t expected = 0;
    for (uint64_t row = start; row < start + 2048; ++row) {
      if (plain.contains(row)) continue;
      ASSERT_LT(expected, kept);
      EXPECT_EQ(keep[expected++], row - start);
    }
    EXPECT_EQ(kept, expected);
    EXPECT_EQ(rows.CountRange(start, 2048), 2048 - kept);
  }
}

TEST(RowSetTest, TwoBillionRowsStaySmall) {
  RowSet rows;
  rows.AddRange(0, 2000000000);
  const std::string bytes = rows.Serialize();
  EXPECT_LT(bytes.size(), 1u << 20);
  EXPECT_EQ(RowSet::Deserialize(bytes)->Cardinality(), 2000000000u);
}

TEST(StatsWriterTest, CutsStringsUpwards) {
  Schema schema = {{"s", PrimitiveType(TypeKind::kString), true, {}}};
  const std::string stats = WriteStats(schema, {{"s"}}, 1, {{"s", {.min = std::string(40, 'a'), .max = std::string(40, 'z'), .null_count = 0}}});
  EXPECT_EQ(stats, "{\"numRecords\":1,\"minValues\":{\"s\":\"" + std::string(32, 'a') + "\"},\"maxValues\":{\"s\":\"" + std::string(32, 'z') + "\xF4\x8F\xBF\xBF\"},\"nullCount\":{\"s\":0},\"tightBounds\":true}");
  EXPECT_EQ(WithWideBounds("{\"numRecords\":1}"), "{\"numRecords\":1,\"tightBounds\":false}");
}

TEST(FeaturesTest, LegacyVersionsAndLists) {
  EXPECT_TRUE(SupportsFeature({1, 4, {}, {}}, "changeDataFeed"));
  EXPECT_FALSE(SupportsFeature({1, 3, {}, {}}, "changeDataFeed"));
  EXPECT_TRUE(SupportsFeature({2, 5, {}, {}}, "columnMapping"));
  EXPECT_FALSE(SupportsFeature({1, 7, {}, std::vector<std::string>{}}, "appendOnly"));
  EXPECT_EQ(CheckReadable({3, 7, std::vector<std::string>{"fancy"}, std::vector<std::string>{"fancy"}}, "t").error().condition, "DELTA_UNSUPPORTED_FEATURES_FOR_READ");
  EXPECT_EQ(CheckReadable({4, 7, {}, {}}, "t").error().condition, "DELTA_INVALID_PROTOCOL_VERSION");
  const Protocol with = *WithFeature({1, 2, {}, {}}, "rowTracking");
  EXPECT_EQ(with.min_reader_version, 1);
  EXPECT_THAT(*with.writer_features, testing::UnorderedElementsAre("appendOnly", "domainMetadata", "invariants", "rowTracking"));
  EXPECT_EQ(*WithFeature(with, "appendOnly"), with);
}

}  // namespace
}  // namespace crannog::delta
