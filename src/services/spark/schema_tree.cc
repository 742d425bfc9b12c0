#include "services/spark/schema_tree.h"

#include <fmt/format.h>

namespace crannog::spark_connect {
namespace {

using plan::DataType;
using plan::TypeKind;

std::string TypeName(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return "byte";
    case TypeKind::kShort: return "short";
    case TypeKind::kInt: return "integer";
    case TypeKind::kLong: return "long";
    case TypeKind::kArray: return "array";
    case TypeKind::kMap: return "map";
    case TypeKind::kStruct: return "struct";
    default: return type.CatalogString();
  }
}

void AppendType(std::string& out, const DataType& type, const std::string& prefix, int depth);

void AppendLine(std::string& out, const std::string& name, const DataType& type, std::string_view flag, bool value, const std::string& prefix, int depth) {
  if (depth <= 0) return;
  out += flag.empty() ? fmt::format("{}-- {}: {}\n", prefix, name, TypeName(type))
                      : fmt::format("{}-- {}: {} ({} = {})\n", prefix, name, TypeName(type), flag, value);
  AppendType(out, type, prefix + "    |", depth);
}

void AppendType(std::string& out, const DataType& type, const std::string& prefix, int depth) {
  if (type.Is(TypeKind::kArray)) {
    AppendLine(out, "element", type.element(), "containsNull", type.contains_null(), prefix, depth - 1);
  } else if (type.Is(TypeKind::kMap)) {
    AppendLine(out, "key", type.key(), "", false, prefix, depth - 1);
    AppendLine(out, "value", type.value(), "valueContainsNull", type.value_contains_null(), prefix, depth - 1);
  } else if (type.Is(TypeKind::kStruct)) {
    for (const plan::StructField& field : type.fields()) AppendLine(out, field.name, field.type, "nullable", field.nullable, prefix, depth - 1);
  }
}

}  // namespace

std::string SchemaTree(const plan::Schema& schema, std::optional<int> level) {
  std::string out = "root\n";
  const int depth = level && *level > 0 ? *level : 1 << 20;
  for (const plan::StructField& field : schema) AppendLine(out, field.name, field.type, "nullable", field.nullable, " |", depth);
  return out;
}

}  // namespace crannog::spark_connect
