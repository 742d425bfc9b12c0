#include <charconv>
#include <cmath>
#include <unordered_map>

#include "engine/duckdb/functions/lists.h"
#include "engine/duckdb/functions/text_values.h"
#include "engine/functions/csv_line.h"
#include "engine/functions/digest.h"
#include "engine/functions/json_document.h"

/// JSON and CSV in columns. Source: Spark's jsonExpressions.scala, JacksonParser, JacksonGenerator, UnivocityParser, CSVExprUtils.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::string_t;
using duckdb::Vector;
using fn::JsonDocument;
using fn::JsonKind;
using fn::JsonNode;

const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};
// What Spark's SharedFactory allows in get_json_object and kin.
const fn::JsonReadOptions kHive{.unescaped_control = true, .non_numeric = false};

JsonDocument& ThreadDocument() {
  thread_local JsonDocument document;
  return document;
}

ExprPtr BindGetJsonObject(KernelCall& call, PlanBuilder& builder) {
  std::shared_ptr<const std::optional<fn::JsonPath>> constant;
  if (const auto text = ConstantText(call, 1)) constant = std::make_shared<const std::optional<fn::JsonPath>>(fn::JsonPath::Compile(*text));
  return BindRows<string_t, string_t, string_t>(call, builder, [constant](KernelContext& c, string_t json, string_t path) -> std::optional<string_t> {
    std::optional<fn::JsonPath> own;
    if (!constant) own = fn::JsonPath::Compile(View(path));
    const std::optional<fn::JsonPath>& compiled = constant ? *constant : own;
    if (!compiled) return std::nullopt;
    const JsonNode* root = ThreadDocument().Parse(View(json), kHive, JsonDocument::Rest::kIgnored);
    thread_local std::string out;
    out.clear();
    if (root == nullptr || !compiled->Evaluate(*root, out)) return std::nullopt;
    return c.String(out);
  });
}

// A member as json_tuple shows it: texts as they are, the rest as JSON.
std::optional<std::string> MemberText(const JsonNode* node) {
  if (node == nullptr || node->kind == JsonKind::kNull) return std::nullopt;
  if (node->kind == JsonKind::kString) return std::string(node->text);
  std::string out;
  fn::AppendJson(out, *node);
  return out;
}

// json_tuple(json, name, …): a struct, or an array of one struct, of texts.
ExprPtr BindJsonTuple(KernelCall& call, PlanBuilder& builder) {
  const bool in_list = call.type.Is(TypeKind::kArray);
  auto kernel = [in_list](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    std::vector<duckdb::UnifiedVectorFormat> formats(args.ColumnCount());
    for (idx_t c = 0; c < args.ColumnCount(); ++c) args.data[c].ToUnifiedFormat(rows, formats[c]);
    idx_t base = 0;
    if (in_list) {
      base = duckdb::ListVector::GetListSize(result);
      duckdb::ListVector::Reserve(result, base + rows);
      for (idx_t row = 0; row < rows; ++row) duckdb::FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {base + row, 1};
      duckdb::ListVector::SetListSize(result, base + rows);
    }
    auto& fields = duckdb::StructVector::GetEntries(in_list ? duckdb::ListVector::GetEntry(result) : result);
    const auto text = [&](size_t c, idx_t row) -> std::optional<std::string_view> {
      const idx_t at = formats[c].sel->get_index(row);
      if (!formats[c].validity.RowIsValid(at)) return std::nullopt;
      return View(duckdb::UnifiedVectorFormat::GetData<string_t>(formats[c])[at]);
    };
    for (idx_t row = 0; row < rows; ++row) {
      const auto json = text(0, row);
      const JsonNode* root = json ? ThreadDocument().Parse(*json, kHive, JsonDocument::Rest::kIgnored) : nullptr;
      for (size_t f = 0; f < fields.size(); ++f) {
        const auto name = text(f + 1, row);
        const auto value = root != nullptr && root->kind == JsonKind::kObject && name ? MemberText(root->Find(*name)) : std::nullopt;
        if (value) duckdb::FlatVector::GetData<string_t>(*fields[f])[base + row] = duckdb::StringVector::AddString(*fields[f], *value);
        else duckdb::FlatVector::SetNull(*fields[f], base + row, true);
      }
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

ExprPtr BindArrayLength(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int32_t, string_t>(call, builder, [](KernelContext&, string_t json) -> std::optional<int32_t> {
    const JsonNode* root = ThreadDocument().Parse(View(json), kHive);
    if (root == nullptr || root->kind != JsonKind::kArray) return std::nullopt;
    int32_t count = 0;
    for (const JsonNode* c = root->child; c != nullptr; c = c->next) ++count;
    return count;
  });
}

ExprPtr BindObjectKeys(KernelCall& call, PlanBuilder& builder) {
  return BindRows<duckdb::list_entry_t, string_t>(call, builder, [](KernelContext& c, string_t json) -> std::optional<duckdb::list_entry_t> {
    const JsonNode* root = ThreadDocument().Parse(View(json), kHive);
    if (root == nullptr || root->kind != JsonKind::kObject) return std::nullopt;
    const idx_t begin = duckdb::ListVector::GetListSize(c.result);
    idx_t at = begin;
    for (const JsonNode* m = root->child; m != nullptr; m = m->next) ++at;
    duckdb::ListVector::Reserve(c.result, at);
    Vector& child = duckdb::ListVector::GetEntry(c.result);
    duckdb::ListVector::SetListSize(c.result, at);
    at = begin;
    for (const JsonNode* m = root->child; m != nullptr; m = m->next) {
      duckdb::FlatVector::GetData<string_t>(child)[at++] = duckdb::StringVector::AddString(child, m->name.data(), m->name.size());
    }
    return duckdb::list_entry_t{begin, at - begin};
  });
}

// Puts JSON values as typed cells. A value that does not fit becomes NULL and `is_bad` is set: the other parts of the record stay.
class JsonWriter {
 public:
  JsonWriter(ValueFormats formats, bool primitives_as_text) : formats_(std::move(formats)), primitives_as_text_(primitives_as_text) {}

  const ValueFormats& formats() const { return formats_; }
  void StartRecord(std::string_view text) {
    text_ = text;
    is_bad_ = false;
  }
  bool is_bad() const { return is_bad_; }

  void Write(Vector& vector, idx_t row, const plan::DataType& type, const JsonNode& node) {
    if (node.kind == JsonKind::kNull || !Put(vector, row, type, node)) {
      if (node.kind != JsonKind::kNull) is_bad_ = true;
      duckdb::FlatVector::SetNull(vector, row, true);
    }
  }

  void WriteStruct(Vector& vector, idx_t row, const plan::DataType& type, const JsonNode& node) {
    auto& fields = duckdb::StructVector::GetEntries(vector);
    for (auto& field : fields) duckdb::FlatVector::SetNull(*field, row, true);
    size_t expected = 0;
    for (const JsonNode* member = node.child; member != nullptr; member = member->next) {
      const size_t index = FieldIndex(type, member->name, expected);
      if (index == type.fields().size()) continue;
      expected = index + 1;
      // A later member of the same name wins.
      duckdb::FlatVector::Validity(*fields[index]).SetValid(row);
      Write(*fields[index], row, type.fields()[index].type, *member);
    }
  }

 private:
  static size_t FieldIndex(const plan::DataType& type, std::string_view name, size_t expected) {
    const auto& fields = type.fields();
    if (expected < fields.size() && fields[expected].name == name) return expected;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name == name) return i;
    }
    return fields.size();
  }

  bool Put(Vector& vector, idx_t row, const plan::DataType& type, const JsonNode& node) {
    switch (type.kind()) {
      case TypeKind::kString:
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        if (node.kind == JsonKind::kString) return PutText(vector, row, type, node.text, formats_);
        return PutText(vector, row, type, text_.substr(node.source_begin, node.source_end - node.source_begin), formats_);
      case TypeKind::kBoolean:
        if (node.kind != JsonKind::kTrue && node.kind != JsonKind::kFalse) return false;
        duckdb::FlatVector::GetData<bool>(vector)[row] = node.kind == JsonKind::kTrue;
        return true;
      case TypeKind::kByte:
      case TypeKind::kShort:
      case TypeKind::kInt:
      case TypeKind::kLong: return node.kind == JsonKind::kInteger && PutText(vector, row, type, node.text, formats_);
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        if (node.kind == JsonKind::kInteger || node.kind == JsonKind::kReal) return PutText(vector, row, type, node.text, formats_);
        if (node.kind == JsonKind::kString) {
          for (const char* word : {"NaN", "+INF", "+Infinity", "Infinity", "INF", "-INF", "-Infinity"}) {
            if (node.text == word) return PutText(vector, row, type, node.text, formats_);
          }
        }
        return false;
      case TypeKind::kDecimal:
        if (node.kind != JsonKind::kInteger && node.kind != JsonKind::kReal && node.kind != JsonKind::kString) return false;
        return PutText(vector, row, type, node.text, formats_);
      case TypeKind::kBinary: {
        if (node.kind != JsonKind::kString) return false;
        const auto bytes = fn::DecodeBase64(node.text);
        return bytes && PutText(vector, row, type, *bytes, formats_);
      }
      case TypeKind::kDate:
        if (node.kind == JsonKind::kInteger) return PutText(vector, row, plan::DataType::Int(), node.text, formats_);
        return node.kind == JsonKind::kString && PutText(vector, row, type, node.text, formats_);
      case TypeKind::kTimestamp:
        if (node.kind == JsonKind::kInteger) {
          int64_t seconds = 0;
          std::from_chars(node.text.data(), node.text.data() + node.text.size(), seconds);
          return PutInteger(vector, row, TypeKind::kLong, seconds * 1000000);
        }
        return node.kind == JsonKind::kString && PutText(vector, row, type, node.text, formats_);
      case TypeKind::kTimestampNtz:
      case TypeKind::kTime:
      case TypeKind::kYearMonthInterval:
      case TypeKind::kDayTimeInterval:
      case TypeKind::kCalendarInterval: return node.kind == JsonKind::kString && PutText(vector, row, type, node.text, formats_);
      case TypeKind::kStruct:
        if (node.kind != JsonKind::kObject) return false;
        WriteStruct(vector, row, type, node);
        return true;
      case TypeKind::kArray: {
        if (node.kind != JsonKind::kArray) return false;
        idx_t count = 0;
        for (const JsonNode* c = node.child; c != nullptr; c = c->next) ++count;
        idx_t at = Claim(vector, row, count);
        for (const JsonNode* c = node.child; c != nullptr; c = c->next) Write(duckdb::ListVector::GetEntry(vector), at++, type.element(), *c);
        return true;
      }
      case TypeKind::kMap: {
        if (node.kind != JsonKind::kObject || !type.key().IsStringLike()) return false;
        std::vector<const JsonNode*> members;
        for (const JsonNode* c = node.child; c != nullptr; c = c->next) members.push_back(c);
        idx_t at = Claim(vector, row, members.size());
        for (const JsonNode* member : members) {
          PutText(duckdb::MapVector::GetKeys(vector), at, type.key(), member->name, formats_);
          Write(duckdb::MapVector::GetValues(vector), at++, type.value(), *member);
        }
        return true;
      }
      default: return false;
    }
  }

  static idx_t Claim(Vector& vector, idx_t row, idx_t count) {
    const idx_t begin = duckdb::ListVector::GetListSize(vector);
    duckdb::ListVector::Reserve(vector, begin + count);
    duckdb::ListVector::SetListSize(vector, begin + count);
    duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector)[row] = {begin, count};
    return begin;
  }

  ValueFormats formats_;
  bool primitives_as_text_;
  std::string_view text_;
  bool is_bad_ = false;
};

fn::JsonReadOptions ReadOptions(const FormatOptions& options) {
  return {.single_quotes = options.Flag("allowsinglequotes", true),
          .unquoted_names = options.Flag("allowunquotedfieldnames", false),
          .comments = options.Flag("allowcomments", false),
          .numeric_leading_zeros = options.Flag("allownumericleadingzeros", false),
          .unescaped_control = options.Flag("allowunquotedcontrolchars", false),
          .backslash_any = options.Flag("allowbackslashescapinganycharacter", false),
          .non_numeric = options.Flag("allownonnumericnumbers", true)};
}

size_t CorruptColumn(const plan::DataType& type, const std::string& name) {
  if (!type.Is(TypeKind::kStruct)) return SIZE_MAX;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (type.fields()[i].name == name && type.fields()[i].type.IsStringLike()) return i;
  }
  return SIZE_MAX;
}

[[noreturn]] void FailMalformed(KernelContext& context, std::string_view record) {
  context.Fail("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", {{"badRecord", std::string(record)}, {"failFastMode", "FAILFAST"}});
}

ExprPtr BindFromJson(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  auto writer = std::make_shared<JsonWriter>(ValueFormats::ForReading(call, options), options.Flag("primitivesasstring", false));
  const fn::JsonReadOptions read = ReadOptions(options);
  const plan::DataType type = call.type;
  const size_t corrupt = CorruptColumn(type, writer->formats().corrupt_record_column);
  auto kernel = [writer, read, type, corrupt](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    JsonWriter own(*writer);
    JsonDocument document;
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(rows, format);
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const std::string_view text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at]);
      own.StartRecord(text);
      const JsonNode* root = document.Parse(text, read, JsonDocument::Rest::kIgnored);
      if (document.was_empty()) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      bool bad = root == nullptr;
      if (type.Is(TypeKind::kStruct)) {
        // An array stands for its rows; the first one counts.
        if (root != nullptr && root->kind == JsonKind::kArray && root->child != nullptr) root = root->child;
        if (root != nullptr && root->kind == JsonKind::kObject) {
          own.WriteStruct(result, row, type, *root);
          bad = own.is_bad();
        } else {
          bad = true;
          for (auto& field : duckdb::StructVector::GetEntries(result)) duckdb::FlatVector::SetNull(*field, row, true);
        }
        if (corrupt != SIZE_MAX) {
          Vector& column = *duckdb::StructVector::GetEntries(result)[corrupt];
          if (bad) {
            duckdb::FlatVector::Validity(column).SetValid(row);
            duckdb::FlatVector::GetData<string_t>(column)[row] = duckdb::StringVector::AddString(column, text.data(), text.size());
          }
        }
      } else if (root != nullptr) {
        if (type.Is(TypeKind::kArray) && type.element().Is(TypeKind::kStruct) && root->kind == JsonKind::kObject) {
          JsonNode wrapped;
          wrapped.kind = JsonKind::kArray;
          JsonNode only = *root;
          only.next = nullptr;
          wrapped.child = &only;
          own.Write(result, row, type, wrapped);
        } else {
          own.Write(result, row, type, *root);
        }
        bad = own.is_bad();
      } else {
        duckdb::FlatVector::SetNull(result, row, true);
      }
      if (bad && own.formats().mode == RecordMode::kFailFast) FailMalformed(context, text);
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

struct JsonStyle {
  ValueFormats formats;
  bool ignore_null_fields = true;
};

void AppendJsonCell(std::string& out, const CellReader& cell, idx_t row, const JsonStyle& style) {
  if (cell.IsNull(row)) {
    out += "null";
    return;
  }
  const plan::DataType& type = cell.type();
  const auto quoted = [&]() {
    std::string text;
    AppendFormatted(text, cell, row, style.formats);
    fn::AppendJsonText(out, text);
  };
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kDecimal:
    case TypeKind::kNull: AppendCellText(out, cell, row, *style.formats.zone); return;
    case TypeKind::kFloat:
      if (std::isfinite(cell.Get<float>(row))) AppendCellText(out, cell, row, *style.formats.zone);
      else quoted();
      return;
    case TypeKind::kDouble:
      if (std::isfinite(cell.Get<double>(row))) AppendCellText(out, cell, row, *style.formats.zone);
      else quoted();
      return;
    case TypeKind::kBinary: fn::AppendJsonText(out, fn::Base64(cell.Text(row))); return;
    case TypeKind::kVariant: fn::AppendVariantJson(out, ReadVariant(cell, row), *style.formats.zone); return;
    case TypeKind::kArray: {
      const CellReader elements = cell.Elements();
      const auto list = cell.List(row);
      out.push_back('[');
      for (idx_t i = 0; i < list.length; ++i) {
        if (i > 0) out.push_back(',');
        AppendJsonCell(out, elements, list.offset + i, style);
      }
      out.push_back(']');
      return;
    }
    case TypeKind::kMap: {
      const CellReader keys = cell.Keys(), values = cell.Values();
      const auto list = cell.List(row);
      out.push_back('{');
      bool first = true;
      for (idx_t i = 0; i < list.length; ++i) {
        const idx_t at = cell.EntryIndex(list.offset + i);
        if (values.IsNull(at) && style.ignore_null_fields) continue;
        if (!first) out.push_back(',');
        first = false;
        std::string key;
        AppendCellText(key, keys, at, *style.formats.zone);
        fn::AppendJsonText(out, key);
        out.push_back(':');
        AppendJsonCell(out, values, at, style);
      }
      out.push_back('}');
      return;
    }
    case TypeKind::kStruct: {
      const idx_t at = cell.Index(row);
      out.push_back('{');
      bool first = true;
      for (size_t i = 0; i < type.fields().size(); ++i) {
        const CellReader field = cell.Field(i);
        if (style.ignore_null_fields && field.IsNull(at)) continue;
        if (!first) out.push_back(',');
        first = false;
        fn::AppendJsonText(out, type.fields()[i].name);
        out.push_back(':');
        AppendJsonCell(out, field, at, style);
      }
      out.push_back('}');
      return;
    }
    default: quoted();
  }
}

ExprPtr BindToJson(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const JsonStyle style{ValueFormats::ForWriting(call, options), options.Flag("ignorenullfields", true)};
  const plan::DataType type = call.ArgumentType(0);
  auto kernel = [style, type](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const CellReader cell(args.data[0], rows, type);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::string text;
    for (idx_t row = 0; row < rows; ++row) {
      if (cell.IsNull(row)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      text.clear();
      AppendJsonCell(text, cell, row, style);
      out[row] = context.String(text);
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

// JsonInferSchema: the type that a value alone has.
plan::DataType InferJson(const JsonNode& node, bool primitives_as_text);

// JsonInferSchema.compatibleType.
plan::DataType MergeJson(const plan::DataType& a, const plan::DataType& b) {
  if (a.Is(TypeKind::kNull)) return b;
  if (b.Is(TypeKind::kNull) || a == b) return a;
  if (a.Is(TypeKind::kStruct) && b.Is(TypeKind::kStruct)) {
    std::map<std::string, plan::DataType> fields;
    for (const auto& field : a.fields()) fields.emplace(field.name, field.type);
    for (const auto& field : b.fields()) {
      auto [known, is_new] = fields.emplace(field.name, field.type);
      if (!is_new) known->second = MergeJson(known->second, field.type);
    }
    std::vector<plan::StructField> merged;
    for (auto& [name, type] : fields) merged.push_back({name, type, true, ""});
    return plan::DataType::Struct(std::move(merged));
  }
  if (a.Is(TypeKind::kArray) && b.Is(TypeKind::kArray)) return plan::DataType::Array(MergeJson(a.element(), b.element()));
  const auto is_number = [](const plan::DataType& t) { return t.Is(TypeKind::kLong) || t.Is(TypeKind::kDouble) || t.Is(TypeKind::kDecimal); };
  if (is_number(a) && is_number(b)) {
    if (a.Is(TypeKind::kDouble) || b.Is(TypeKind::kDouble)) return plan::DataType::Double();
    const auto wide = [](const plan::DataType& t) { return t.Is(TypeKind::kLong) ? plan::DataType::Decimal(20, 0) : t; };
    const plan::DataType x = wide(a), y = wide(b);
    const int scale = std::max(x.scale(), y.scale()), range = std::max(x.precision() - x.scale(), y.precision() - y.scale());
    return range + scale > 38 ? plan::DataType::Double() : plan::DataType::Decimal(range + scale, scale);
  }
  return plan::DataType::String();
}

plan::DataType InferJson(const JsonNode& node, bool primitives_as_text) {
  switch (node.kind) {
    case JsonKind::kNull: return plan::DataType::Null();
    case JsonKind::kString: return plan::DataType::String();
    case JsonKind::kTrue:
    case JsonKind::kFalse: return primitives_as_text ? plan::DataType::String() : plan::DataType::Boolean();
    case JsonKind::kReal: return primitives_as_text ? plan::DataType::String() : plan::DataType::Double();
    case JsonKind::kInteger: {
      if (primitives_as_text) return plan::DataType::String();
      int64_t value;
      const auto parsed = std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
      if (parsed.ec == std::errc()) return plan::DataType::Long();
      const auto digits = static_cast<int>(node.text.size() - (node.text[0] == '-'));
      return digits <= 38 ? plan::DataType::Decimal(digits, 0) : plan::DataType::Double();
    }
    case JsonKind::kArray: {
      plan::DataType element = plan::DataType::Null();
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) element = MergeJson(element, InferJson(*c, primitives_as_text));
      return plan::DataType::Array(element);
    }
    case JsonKind::kObject: {
      std::map<std::string, plan::DataType> fields;
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) {
        const plan::DataType type = InferJson(*c, primitives_as_text);
        auto [known, is_new] = fields.emplace(std::string(c->name), type);
        if (!is_new) known->second = MergeJson(known->second, type);
      }
      std::vector<plan::StructField> sorted;
      for (auto& [name, type] : fields) sorted.push_back({name, type, true, ""});
      return plan::DataType::Struct(std::move(sorted));
    }
  }
  return plan::DataType::Null();
}

// Unknown types become STRING; structs without fields vanish (JsonInferSchema.canonicalizeType).
std::optional<plan::DataType> Canonical(const plan::DataType& type) {
  if (type.Is(TypeKind::kNull)) return plan::DataType::String();
  if (type.Is(TypeKind::kArray)) {
    const auto element = Canonical(type.element());
    if (!element) return std::nullopt;
    return plan::DataType::Array(*element);
  }
  if (type.Is(TypeKind::kStruct)) {
    std::vector<plan::StructField> fields;
    for (const auto& field : type.fields()) {
      if (field.name.empty()) continue;
      if (const auto inner = Canonical(field.type)) fields.push_back({field.name, *inner, true, ""});
    }
    if (fields.empty()) return std::nullopt;
    return plan::DataType::Struct(std::move(fields));
  }
  return type;
}

ExprPtr BindSchemaOfJson(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const fn::JsonReadOptions read = ReadOptions(options);
  const bool as_text = options.Flag("primitivesasstring", false);
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, RowKernel<string_t, string_t>([read, as_text](KernelContext& c, string_t json) {
                      const JsonNode* root = ThreadDocument().Parse(View(json), read);
                      if (root == nullptr) FailMalformed(c, View(json));
                      const auto type = Canonical(InferJson(*root, as_text));
                      return c.String(type ? type->Sql() : plan::DataType::Struct({}).Sql());
                    }),
                    {});
}

fn::CsvFormat CsvOptions(const FormatOptions& options, bool writing) {
  fn::CsvFormat format;
  format.delimiter = options.Text("sep", options.Text("delimiter", ","));
  if (format.delimiter == "\\t") format.delimiter = "\t";
  const auto letter = [&](const char* name, char otherwise) {
    if (!options.Has(name)) return otherwise;
    const std::string text = options.Text(name);
    return text.empty() ? '\0' : text[0];
  };
  format.quote = letter("quote", '"');
  format.escape = letter("escape", '\\');
  format.comment = letter("comment", '\0');
  format.trim_leading = options.Flag("ignoreleadingwhitespace", writing);
  format.trim_trailing = options.Flag("ignoretrailingwhitespace", writing);
  format.null_value = options.Text("nullvalue", "");
  format.empty_value = options.Text("emptyvalue", "\"\"");
  format.quote_all = options.Flag("quoteall", false);
  format.escape_quotes = options.Flag("escapequotes", true);
  return format;
}

ExprPtr BindFromCsv(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const ValueFormats formats = ValueFormats::ForReading(call, options);
  const fn::CsvFormat csv = CsvOptions(options, false);
  const plan::DataType type = call.type;
  const size_t corrupt = CorruptColumn(type, formats.corrupt_record_column);
  auto kernel = [formats, csv, type, corrupt](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(rows, format);
    auto& columns = duckdb::StructVector::GetEntries(result);
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const std::string_view text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at]);
      const auto fields = fn::SplitCsvLine(text, csv);
      if (fields.empty()) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const size_t wanted = type.fields().size() - (corrupt == SIZE_MAX ? 0 : 1);
      bool bad = fields.size() != wanted;
      size_t field = 0;
      for (size_t i = 0; i < columns.size(); ++i) {
        if (i == corrupt) continue;
        const size_t source = field++;
        const bool missing = source >= fields.size() || fields[source].is_null;
        if (missing) {
          duckdb::FlatVector::SetNull(*columns[i], row, true);
        } else if (!PutText(*columns[i], row, type.fields()[i].type, fields[source].text, formats)) {
          bad = true;
          duckdb::FlatVector::SetNull(*columns[i], row, true);
        }
      }
      if (bad && formats.mode == RecordMode::kFailFast) FailMalformed(context, text);
      if (corrupt != SIZE_MAX) {
        if (bad) duckdb::FlatVector::GetData<string_t>(*columns[corrupt])[row] = duckdb::StringVector::AddString(*columns[corrupt], text.data(), text.size());
        else duckdb::FlatVector::SetNull(*columns[corrupt], row, true);
      }
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

ExprPtr BindToCsv(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const ValueFormats formats = ValueFormats::ForWriting(call, options);
  const fn::CsvFormat csv = CsvOptions(options, true);
  const plan::DataType type = call.ArgumentType(0);
  auto kernel = [formats, csv, type](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const CellReader cell(args.data[0], rows, type);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::string line, text;
    for (idx_t row = 0; row < rows; ++row) {
      if (cell.IsNull(row)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      line.clear();
      const idx_t at = cell.Index(row);
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) line += csv.delimiter;
        const CellReader field = cell.Field(i);
        if (field.IsNull(at)) {
          line += csv.null_value;
          continue;
        }
        text.clear();
        AppendFormatted(text, field, at, formats);
        fn::AppendCsvField(line, text, csv);
      }
      out[row] = context.String(line);
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

// CSVInferSchema of one field.
plan::DataType InferCsv(const fn::CsvField& field, const ValueFormats& formats) {
  if (field.is_null) return plan::DataType::String();
  for (const plan::DataType& type : {plan::DataType::Int(), plan::DataType::Long()}) {
    Vector probe(ToLogicalType(type), 1);
    if (PutText(probe, 0, type, field.text, formats)) return type;
  }
  if (field.text.find_first_not_of("+-0123456789") == std::string::npos && field.text.size() > 18) {
    const auto digits = static_cast<int>(field.text.size() - (field.text[0] == '-' || field.text[0] == '+'));
    if (digits <= 38 && ParseDecimalText(field.text, 38, 0)) return plan::DataType::Decimal(digits, 0);
  }
  Vector real(duckdb::LogicalType::DOUBLE, 1);
  if (PutText(real, 0, plan::DataType::Double(), field.text, formats)) return plan::DataType::Double();
  Vector date(duckdb::LogicalType::DATE, 1);
  if (field.text.size() <= 10 && field.text.find('-') != std::string::npos && PutText(date, 0, plan::DataType::Date(), field.text, formats)) return plan::DataType::Date();
  Vector timestamp(duckdb::LogicalType::TIMESTAMP_TZ, 1);
  if (field.text.size() > 10 && PutText(timestamp, 0, plan::DataType::Timestamp(), field.text, formats)) return plan::DataType::Timestamp();
  Vector flag(duckdb::LogicalType::BOOLEAN, 1);
  if (PutText(flag, 0, plan::DataType::Boolean(), field.text, formats)) return plan::DataType::Boolean();
  return plan::DataType::String();
}

ExprPtr BindSchemaOfCsv(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const ValueFormats formats = ValueFormats::ForReading(call, options);
  const fn::CsvFormat csv = CsvOptions(options, false);
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, RowKernel<string_t, string_t>([formats, csv](KernelContext& c, string_t line) {
                      std::vector<plan::StructField> fields;
                      for (const auto& field : fn::SplitCsvLine(View(line), csv)) fields.push_back({"_c" + std::to_string(fields.size()), InferCsv(field, formats), true, ""});
                      return c.String(plan::DataType::Struct(std::move(fields)).Sql());
                    }),
                    {});
}

}  // namespace

void RegisterJson(KernelRegistry& registry) {
  registry.Add({"get_json_object"}, BindGetJsonObject);
  registry.Add({"json_tuple"}, BindJsonTuple);
  registry.Add({"json_array_length"}, BindArrayLength);
  registry.Add({"json_object_keys"}, BindObjectKeys);
  registry.Add({"from_json"}, BindFromJson);
  registry.Add({"to_json"}, BindToJson);
  registry.Add({"schema_of_json"}, BindSchemaOfJson);
  registry.Add({"from_csv"}, BindFromCsv);
  registry.Add({"to_csv"}, BindToCsv);
  registry.Add({"schema_of_csv"}, BindSchemaOfCsv);
}

}  // namespace crannog::engine::duck
