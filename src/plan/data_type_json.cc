// Reads Spark's JSON form of types: org.apache.spark.sql.types.DataType.fromJson.
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <span>

#include "base/json.h"
#include "plan/data_type.h"

namespace crannog::plan {
namespace {

constexpr int kDepthMax = 500;
constexpr int kPrecisionMax = 38;

struct SimpleName {
  std::string_view name;
  TypeKind kind;
};
// The second names are those of SQL, which Spark's reader does not take but catalogs written by others hold.
constexpr SimpleName kSimpleNames[] = {
    {"void", TypeKind::kNull},       {"null", TypeKind::kNull},       {"boolean", TypeKind::kBoolean}, {"byte", TypeKind::kByte},
    {"tinyint", TypeKind::kByte},    {"short", TypeKind::kShort},     {"smallint", TypeKind::kShort},  {"integer", TypeKind::kInt},
    {"int", TypeKind::kInt},         {"long", TypeKind::kLong},       {"bigint", TypeKind::kLong},     {"float", TypeKind::kFloat},
    {"double", TypeKind::kDouble},   {"string", TypeKind::kString},   {"binary", TypeKind::kBinary},   {"date", TypeKind::kDate},
    {"timestamp", TypeKind::kTimestamp}, {"timestamp_ltz", TypeKind::kTimestamp}, {"timestamp_ntz", TypeKind::kTimestampNtz},
    {"interval", TypeKind::kCalendarInterval}, {"variant", TypeKind::kVariant},   {"geometry", TypeKind::kGeometry},
    {"geography", TypeKind::kGeography},
};

Error Unreadable(const JsonValue& json) {
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("{} is not the JSON of a Spark type", WriteJson(json)));
}

// The numbers of "decimal(10,2)" after `prefix`; nothing when the text has another form.
std::optional<std::vector<int>> Parameters(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix) || !text.ends_with(')')) return std::nullopt;
  text = text.substr(prefix.size(), text.size() - prefix.size() - 1);
  std::vector<int> numbers;
  while (true) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return numbers;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
}

// "interval day to second", "interval year"
std::optional<DataType> ParseInterval(std::string_view text) {
  constexpr std::string_view kYearMonth[] = {"year", "month"};
  constexpr std::string_view kDayTime[] = {"day", "hour", "minute", "second"};
  auto find = [&text](std::span<const std::string_view> names) -> std::optional<std::pair<int, int>> {
    for (int start = 0; start < static_cast<int>(names.size()); ++start) {
      for (int end = start; end < static_cast<int>(names.size()); ++end) {
        const std::string name = start == end ? fmt::format("interval {}", names[static_cast<size_t>(start)])
                                              : fmt::format("interval {} to {}", names[static_cast<size_t>(start)], names[static_cast<size_t>(end)]);
        if (text == name) return std::pair(start, end);
      }
    }
    return std::nullopt;
  };
  if (auto fields = find(kYearMonth)) return DataType::YearMonthInterval(fields->first, fields->second);
  if (auto fields = find(kDayTime)) return DataType::DayTimeInterval(fields->first, fields->second);
  return std::nullopt;
}

Result<DataType> ParseName(const JsonValue& json) {
  const std::string& name = json.AsString();
  for (const SimpleName& simple : kSimpleNames) {
    if (simple.name == name) return DataType(simple.kind);
  }
  if (name == "decimal") return DataType::Decimal(10, 0);
  if (auto numbers = Parameters(name, "decimal("); numbers && numbers->size() == 2) {
    const int precision = (*numbers)[0], scale = (*numbers)[1];
    if (precision >= 1 && precision <= kPrecisionMax && scale <= precision && scale >= 0) return DataType::Decimal(precision, scale);
  }
  if (auto numbers = Parameters(name, "char("); numbers && numbers->size() == 1) return DataType::Char((*numbers)[0]);
  if (auto numbers = Parameters(name, "varchar("); numbers && numbers->size() == 1) return DataType::Varchar((*numbers)[0]);
  if (auto numbers = Parameters(name, "time("); numbers && numbers->size() == 1) return DataType::Time((*numbers)[0]);
  constexpr std::string_view kCollate = "string collate ";
  if (name.starts_with(kCollate)) return DataType::String(name.substr(kCollate.size()));
  if (auto interval = ParseInterval(name)) return *interval;
  return Failure(Unreadable(json));
}

Result<DataType> Parse(const JsonValue& json, int depth);

// Delta and Spark keep the collation of a string field in its metadata: {"__COLLATIONS":{"name":"icu.UNICODE"}}.
DataType WithCollation(DataType type, const std::string& field, const JsonValue& metadata) {
  const JsonValue* collations = metadata.Find("__COLLATIONS");
  if (collations == nullptr || !type.Is(TypeKind::kString)) return type;
  std::string collation = collations->StringOr(field, "");
  if (const size_t dot = collation.find('.'); dot != std::string::npos) collation.erase(0, dot + 1);
  return collation.empty() ? type : DataType::String(std::move(collation));
}

// char and varchar are strings in the JSON; their own type is in the metadata (CharVarcharUtils).
DataType WithRawType(DataType type, const JsonValue& metadata) {
  const std::string raw = metadata.StringOr("__CHAR_VARCHAR_TYPE_STRING", "");
  if (raw.empty() || !type.Is(TypeKind::kString)) return type;
  auto parsed = ParseName(JsonValue(raw));
  return parsed ? *parsed : type;
}

Result<StructField> ParseField(const JsonValue& json, int depth) {
  const JsonValue* type = json.Find("type");
  if (!json.IsObject() || type == nullptr || json.Find("name") == nullptr || !json.Find("name")->IsString()) return Failure(Unreadable(json));
  StructField field;
  field.name = json.StringOr("name", "");
  TRY(field.type, Parse(*type, depth));
  field.nullable = json.BoolOr("nullable", true);
  const JsonValue* metadata = json.Find("metadata");
  if (metadata != nullptr && metadata->IsObject() && !metadata->AsObject().empty()) {
    field.metadata_json = WriteJson(*metadata);
    field.type = WithRawType(WithCollation(std::move(field.type), field.name, *metadata), *metadata);
  }
  return field;
}

Result<DataType> Parse(const JsonValue& json, int depth) {
  if (depth > kDepthMax) return Failure(ErrorCode::kInvalidParameterValue, "the type is nested too deeply");
  if (json.IsString()) return ParseName(json);
  const std::string kind = json.StringOr("type", "");
  if (kind == "struct" && json.Find("fields") != nullptr && json.Find("fields")->IsArray()) {
    std::vector<StructField> fields;
    for (const JsonValue& one : json.Find("fields")->AsArray()) {
      TRY(StructField field, ParseField(one, depth + 1));
      fields.push_back(std::move(field));
    }
    return DataType::Struct(std::move(fields));
  }
  if (kind == "array" && json.Find("elementType") != nullptr) {
    TRY(DataType element, Parse(*json.Find("elementType"), depth + 1));
    return DataType::Array(std::move(element), json.BoolOr("containsNull", true));
  }
  if (kind == "map" && json.Find("keyType") != nullptr && json.Find("valueType") != nullptr) {
    TRY(DataType key, Parse(*json.Find("keyType"), depth + 1));
    TRY(DataType value, Parse(*json.Find("valueType"), depth + 1));
    return DataType::Map(std::move(key), std::move(value), json.BoolOr("valueContainsNull", true));
  }
  // A user-defined type is read as what it is stored as.
  if (kind == "udt" && json.Find("sqlType") != nullptr) return Parse(*json.Find("sqlType"), depth + 1);
  return Failure(Unreadable(json));
}

}  // namespace

Result<DataType> ParseTypeJson(std::string_view text) {
  TRY(JsonValue json, ParseJson(text));
  return Parse(json, 0);
}

}  // namespace crannog::plan
