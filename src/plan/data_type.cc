#include "plan/data_type.h"

#include <fmt/format.h>

#include "base/check.h"

namespace crannog::plan {

struct DataType::Nested {
  std::vector<StructField> fields;  // struct; array: one field; map: key and value
  std::string collation;
};

namespace {

const char* IntervalFieldName(TypeKind kind, int field) {
  static constexpr const char* kYearMonth[] = {"YEAR", "MONTH"};
  static constexpr const char* kDayTime[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
  return kind == TypeKind::kYearMonthInterval ? kYearMonth[field] : kDayTime[field];
}

std::string IntervalName(const DataType& type) {
  const char* start = IntervalFieldName(type.kind(), type.start_field());
  if (type.start_field() == type.end_field()) return fmt::format("INTERVAL {}", start);
  return fmt::format("INTERVAL {} TO {}", start, IntervalFieldName(type.kind(), type.end_field()));
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return text;
}

// The name of a type that is neither nested nor depends on the form asked for.
std::string AtomicName(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return "void";
    case TypeKind::kBoolean: return "boolean";
    case TypeKind::kByte: return "tinyint";
    case TypeKind::kShort: return "smallint";
    case TypeKind::kInt: return "int";
    case TypeKind::kLong: return "bigint";
    case TypeKind::kFloat: return "float";
    case TypeKind::kDouble: return "double";
    case TypeKind::kDecimal: return fmt::format("decimal({},{})", type.precision(), type.scale());
    case TypeKind::kString: return type.collation().empty() ? "string" : "string collate " + type.collation();
    case TypeKind::kChar: return fmt::format("char({})", type.length());
    case TypeKind::kVarchar: return fmt::format("varchar({})", type.length());
    case TypeKind::kBinary: return "binary";
    case TypeKind::kDate: return "date";
    case TypeKind::kTime: return fmt::format("time({})", type.precision());
    case TypeKind::kTimestamp: return "timestamp";
    case TypeKind::kTimestampNtz: return "timestamp_ntz";
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval: return Lower(IntervalName(type));
    case TypeKind::kCalendarInterval: return "interval";
    case TypeKind::kVariant: return "variant";
    case TypeKind::kUserDefined: return "udt";
    case TypeKind::kGeometry: return "geometry";
    case TypeKind::kGeography: return "geography";
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: break;
  }
  CHECK(!"nested type has no atomic name");
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
  }
  return out + "\"";
}

std::string AtomicJsonName(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return "byte";
    case TypeKind::kShort: return "short";
    case TypeKind::kInt: return "integer";
    case TypeKind::kLong: return "long";
    case TypeKind::kString: return "string";  // the collation goes to the field's metadata
    default: return AtomicName(type);
  }
}

bool NeedsQuoting(std::string_view name) {
  if (name.empty()) return true;
  for (char c : name) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) return true;
  }
  return name[0] >= '0' && name[0] <= '9';
}

std::string QuoteIfNeeded(const std::string& name) {
  if (!NeedsQuoting(name)) return name;
  std::string out = "`";
  for (char c : name) out += c == '`' ? "``" : std::string(1, c);
  return out + "`";
}

}  // namespace

DataType DataType::Decimal(int precision, int scale) {
  DataType type(TypeKind::kDecimal);
  type.first_ = precision;
  type.second_ = scale;
  return type;
}

DataType DataType::String(std::string collation) {
  DataType type(TypeKind::kString);
  if (!collation.empty() && collation != "UTF8_BINARY") {
    type.nested_ = std::make_shared<const Nested>(Nested{{}, std::move(collation)});
  }
  return type;
}

DataType DataType::Char(int length) {
  DataType type(TypeKind::kChar);
  type.first_ = length;
  return type;
}

DataType DataType::Varchar(int length) {
  DataType type(TypeKind::kVarchar);
  type.first_ = length;
  return type;
}

DataType DataType::Time(int precision) {
  DataType type(TypeKind::kTime);
  type.first_ = precision;
  return type;
}

DataType DataType::YearMonthInterval(int start_field, int end_field) {
  DataType type(TypeKind::kYearMonthInterval);
  type.first_ = start_field;
  type.second_ = end_field;
  return type;
}

DataType DataType::DayTimeInterval(int start_field, int end_field) {
  DataType type(TypeKind::kDayTimeInterval);
  type.first_ = start_field;
  type.second_ = end_field;
  return type;
}

DataType DataType::Array(DataType element, bool contains_null) {
  DataType type(TypeKind::kArray);
  type.nested_ = std::make_shared<const Nested>(Nested{{{"element", std::move(element), contains_null, ""}}, ""});
  return type;
}

DataType DataType::Map(DataType key, DataType value, bool value_contains_null) {
  DataType type(TypeKind::kMap);
  type.nested_ = std::make_shared<const Nested>(
      Nested{{{"key", std::move(key), false, ""}, {"value", std::move(value), value_contains_null, ""}}, ""});
  return type;
}

DataType DataType::Struct(std::vector<StructField> fields) {
  DataType type(TypeKind::kStruct);
  type.nested_ = std::make_shared<const Nested>(Nested{std::move(fields), ""});
  return type;
}

const std::string& DataType::collation() const {
  static const std::string kDefault;
  return kind_ == TypeKind::kString && nested_ ? nested_->collation : kDefault;
}
const DataType& DataType::element() const { CHECK(kind_ == TypeKind::kArray); return nested_->fields[0].type; }
bool DataType::contains_null() const { CHECK(kind_ == TypeKind::kArray); return nested_->fields[0].nullable; }
const DataType& DataType::key() const { CHECK(kind_ == TypeKind::kMap); return nested_->fields[0].type; }
const DataType& DataType::value() const { CHECK(kind_ == TypeKind::kMap); return nested_->fields[1].type; }
bool DataType::value_contains_null() const { CHECK(kind_ == TypeKind::kMap); return nested_->fields[1].nullable; }
const std::vector<StructField>& DataType::fields() const { CHECK(kind_ == TypeKind::kStruct); return nested_->fields; }

std::string DataType::CatalogString() const {
  switch (kind_) {
    case TypeKind::kArray: return fmt::format("array<{}>", element().CatalogString());
    case TypeKind::kMap: return fmt::format("map<{},{}>", key().CatalogString(), value().CatalogString());
    case TypeKind::kStruct: {
      std::string out = "struct<";
      for (const StructField& field : fields()) {
        if (out.size() > 7) out += ',';
        out += QuoteIfNeeded(field.name) + ":" + field.type.CatalogString();
      }
      return out + ">";
    }
    default: return AtomicName(*this);
  }
}

std::string DataType::Sql() const {
  switch (kind_) {
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", element().Sql());
    case TypeKind::kMap: return fmt::format("MAP<{}, {}>", key().Sql(), value().Sql());
    case TypeKind::kStruct: {
      std::string out = "STRUCT<";
      for (const StructField& field : fields()) {
        if (out.size() > 7) out += ", ";
        out += QuoteIfNeeded(field.name) + ": " + field.type.Sql();
        if (!field.nullable) out += " NOT NULL";
      }
      return out + ">";
    }
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval: return IntervalName(*this);
    case TypeKind::kString: return collation().empty() ? "STRING" : "STRING COLLATE " + collation();
    default: return Upper(AtomicName(*this));
  }
}

std::string DataType::Json() const {
  switch (kind_) {
    case TypeKind::kArray:
      return fmt::format(R"({{"type":"array","elementType":{},"containsNull":{}}})", element().Json(), contains_null());
    case TypeKind::kMap:
      return fmt::format(R"({{"type":"map","keyType":{},"valueType":{},"valueContainsNull":{}}})", key().Json(),
                         value().Json(), value_contains_null());
    case TypeKind::kStruct: {
      std::string out;
      for (const StructField& field : fields()) {
        if (!out.empty()) out += ',';
        out += fmt::format(R"({{"name":{},"type":{},"nullable":{},"metadata":{}}})", JsonString(field.name),
                           field.type.Json(), field.nullable, field.metadata_json.empty() ? "{}" : field.metadata_json);
      }
      return R"({"type":"struct","fields":[)" + out + "]}";
    }
    default: return JsonString(AtomicJsonName(*this));
  }
}

bool DataType::operator==(const DataType& other) const {
  if (kind_ != other.kind_ || first_ != other.first_ || second_ != other.second_) return false;
  if (nested_ == other.nested_) return true;
  if (!nested_ || !other.nested_) return false;
  return nested_->fields == other.nested_->fields && nested_->collation == other.nested_->collation;
}

bool SameTypeIgnoringNullability(const DataType& left, const DataType& right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case TypeKind::kArray: return SameTypeIgnoringNullability(left.element(), right.element());
    case TypeKind::kMap:
      return SameTypeIgnoringNullability(left.key(), right.key()) && SameTypeIgnoringNullability(left.value(), right.value());
    case TypeKind::kStruct: {
      const auto& a = left.fields();
      const auto& b = right.fields();
      if (a.size() != b.size()) return false;
      for (size_t i = 0; i < a.size(); ++i) {
        if (a[i].name != b[i].name || !SameTypeIgnoringNullability(a[i].type, b[i].type)) return false;
      }
      return true;
    }
    default: return left == right;
  }
}

DataType AsNullable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kArray: return DataType::Array(AsNullable(type.element()));
    case TypeKind::kMap: return DataType::Map(AsNullable(type.key()), AsNullable(type.value()));
    case TypeKind::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) {
        field.type = AsNullable(field.type);
        field.nullable = true;
      }
      return DataType::Struct(std::move(fields));
    }
    default: return type;
  }
}

}  // namespace crannog::plan
