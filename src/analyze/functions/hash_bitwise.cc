#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Hashes and bit counting. Source: Spark 4.1 hash.scala, bitwiseExpressions.scala, bitmapExpressions.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::TypeKind;

Result<Bound> Hash(CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  const TextPtr text = CallText(site.entry.names, texts);
  for (const Bound& argument : site.arguments) {
    if (ContainsKind(argument.type(), TypeKind::kMap) && !site.resolver.IsSet("spark.sql.legacy.allowHashOnMapType")) {
      return site.resolver.Mismatch("HASH_MAP_TYPE", {{"functionName", QuoteName(site.entry.names)}}, text, site.origin);
    }
    if (ContainsKind(argument.type(), TypeKind::kVariant)) {
      return site.resolver.Mismatch("HASH_VARIANT_TYPE", {{"functionName", QuoteName(site.entry.names)}}, text, site.origin);
    }
  }
  if (site.arguments.empty()) {
    return site.resolver.Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", QuoteName(site.entry.names)}, {"expectedNum", "> 0"}, {"actualNum", "0"}, {"docroot", "https://spark.apache.org/docs/latest"}}, site.origin);
  }
  return site.resolver.Call(site.entry.names, site.arguments, site.entry.names == "hash" ? DataType::Int() : DataType::Long(), false, text, site.origin);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "hash", .args = "expr:any...", .build = Hash, .usage = "Murmur3 hash."},
    {.names = "xxhash64", .args = "expr:any...", .build = Hash, .usage = "xxHash of 64 bits."},
    {.names = "md5", .args = "expr:binary", .result = "string"},
    {.names = "sha1 sha*", .args = "expr:binary", .result = "string"},
    {.names = "sha2", .args = "expr:binary,bitLength:int", .result = "string", .nulls = NullRule::kAlways},
    {.names = "crc32", .args = "expr:binary", .result = "bigint"},
    {.names = "bit_count", .args = "expr:integral|boolean", .result = "int"},
    {.names = "bit_get getbit*", .args = "expr:integral,pos:int", .result = "byte"},
    {.names = "bitmap_bit_position", .args = "child:bigint", .result = "bigint", .nulls = NullRule::kNever},
    {.names = "bitmap_bucket_number", .args = "child:bigint", .result = "bigint", .nulls = NullRule::kNever},
    {.names = "bitmap_count", .args = "child:=binary", .result = "bigint", .nulls = NullRule::kNever},
};

}  // namespace

std::span<const FunctionEntry> HashBitwiseFunctions() { return kEntries; }

}  // namespace crannog::analyze
