#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/functions/json_document.h"
#include "engine/functions/time_zone.h"

/// Spark's VARIANT: the Parquet Variant encoding, read and written. Source: Parquet VariantEncoding.md (version 1), Spark's VariantBuilder, Variant.
namespace crannog::engine::functions {

/// An encoded variant.
struct VariantBytes {
  std::string value, metadata;
};

enum class VariantKind : uint8_t { kNull, kBoolean, kLong, kDouble, kFloat, kDecimal, kString, kBinary, kDate, kTimestamp, kTimestampNtz, kArray, kObject, kInvalid };

/// One value inside an encoded variant; borrows the bytes. Damaged bytes give kInvalid, never a read past the end.
class VariantView {
 public:
  VariantView(std::string_view value, std::string_view metadata) : value_(value), metadata_(metadata) {}

  VariantKind kind() const;
  bool Boolean() const;
  /// Integers, dates, timestamps.
  int64_t Long() const;
  double Double() const;
  /// Unscaled value; trailing zeros of the fraction are dropped, `scale` is what remains.
  __int128 Decimal(int& scale) const;
  std::string_view Text() const;  ///< strings and binaries
  size_t size() const;            ///< elements or members
  VariantView Element(size_t i) const;
  std::string_view MemberName(size_t i) const;
  std::optional<VariantView> Member(std::string_view name) const;

  /// Bytes of this value alone.
  std::string_view bytes() const;
  std::string_view metadata() const { return metadata_; }

 private:
  struct Layout;
  bool ReadLayout(Layout& layout) const;
  std::string_view DictionaryName(size_t id) const;
  std::string_view value_, metadata_;
};

/// Builds a variant value by value, objects and arrays by Start…/End…. Threads: one.
class VariantBuilder {
 public:
  void Null();
  void Boolean(bool value);
  void Long(int64_t value);
  void Double(double value);
  void Float(float value);
  void Decimal(__int128 unscaled, int precision, int scale);
  void String(std::string_view text);
  void Binary(std::string_view bytes);
  void Date(int32_t days);
  void Timestamp(int64_t micros, bool is_ntz);

  void StartArray();
  void EndArray();
  void StartObject();
  void Key(std::string_view name);
  /// False: a name came twice.
  bool EndObject();

  /// Copies a value; what is nested deeper than 1000 becomes null.
  void Append(const VariantView& view, int depth = 0);
  VariantBytes Finish();

 private:
  struct Frame {
    bool is_object = false;
    size_t begin = 0;
    std::vector<uint32_t> ids, offsets;
  };
  void Mark();
  void Put(uint64_t value, int bytes);
  std::string out_;
  std::vector<Frame> frames_;
  std::map<std::string, uint32_t, std::less<>> ids_;
  std::vector<std::string> names_;
};

/// Encodes JSON; numbers without exponent become integers or decimals. False: a name came twice.
bool AppendJsonVariant(VariantBuilder& builder, const JsonNode& node);
/// Writes a variant as JSON text.
void AppendVariantJson(std::string& out, const VariantView& view, const TimeZone& zone);
/// "OBJECT<a: BIGINT, b: BOOLEAN>" (schema_of_variant).
std::string VariantSchema(const VariantView& view);

/// A path of variant_get: $ .name ['name'] ["name"] [n].
class VariantPath {
 public:
  static std::optional<VariantPath> Compile(std::string_view path);
  std::optional<VariantView> Find(VariantView view) const;

 private:
  struct Step {
    bool is_index = false;
    std::string name;
    size_t index = 0;
  };
  std::vector<Step> steps_;
};

}  // namespace crannog::engine::functions
