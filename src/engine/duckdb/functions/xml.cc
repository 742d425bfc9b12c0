#include <libxml/parser.h>
#include <libxml/xpath.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "engine/duckdb/functions/lists.h"
#include "engine/duckdb/functions/text_values.h"

/// xpath* and from_xml, to_xml, schema_of_xml on libxml2. Source: Spark's xpath.scala, UDFXPathUtil, StaxXmlParser, StaxXmlGenerator.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::string_t;
using duckdb::Vector;

const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

// No network, no entity expansion, no messages on stderr.
Document ParseXml(std::string_view text) {
  if (text.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA));
}

std::string TextOf(const xmlChar* text) { return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text)); }

// Evaluates a path and hands the result to `use`; false when text or path is malformed.
template <typename F>
bool EvaluatePath(std::string_view text, std::string_view path, F use) {
  const Document document = ParseXml(text);
  if (!document) return false;
  std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(xmlXPathNewContext(document.get()), xmlXPathFreeContext);
  xmlSetStructuredErrorFunc(context.get(), [](void*, xmlErrorPtr) {});
  const std::string expression(path);
  std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)> found(xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(expression.c_str()), context.get()),
                                                                       xmlXPathFreeObject);
  if (!found) return false;
  use(*found);
  return true;
}

[[noreturn]] void FailPath(KernelContext& c, std::string_view text, std::string_view path) {
  c.Fail(MakeError(ErrorCode::kInvalidParameterValue, "Error loading expression '" + std::string(path) + "' over XML text of " + std::to_string(text.size()) + " bytes"));
}

double NumberOf(const xmlXPathObject& found) { return xmlXPathCastToNumber(const_cast<xmlXPathObject*>(&found)); }

template <typename T>
ExprPtr BindPathNumber(KernelCall& call, PlanBuilder& builder) {
  return BindRows<T, string_t, string_t>(call, builder, [](KernelContext& c, string_t text, string_t path) -> std::optional<T> {
    if (text.GetSize() == 0 || path.GetSize() == 0) return std::nullopt;
    double number = 0;
    if (!EvaluatePath(View(text), View(path), [&](const xmlXPathObject& found) { number = NumberOf(found); })) FailPath(c, View(text), View(path));
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(number);
    } else {
      // Java's conversion: NaN is 0, the rest is clamped (to int first for shorter types).
      if (std::isnan(number)) return 0;
      using Wide = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
      if (number >= static_cast<double>(std::numeric_limits<Wide>::max())) return static_cast<T>(std::numeric_limits<Wide>::max());
      if (number <= static_cast<double>(std::numeric_limits<Wide>::min())) return static_cast<T>(std::numeric_limits<Wide>::min());
      return static_cast<T>(static_cast<Wide>(number));
    }
  });
}

ExprPtr BindPathBoolean(KernelCall& call, PlanBuilder& builder) {
  return BindRows<bool, string_t, string_t>(call, builder, [](KernelContext& c, string_t text, string_t path) -> std::optional<bool> {
    if (text.GetSize() == 0 || path.GetSize() == 0) return std::nullopt;
    bool answer = false;
    if (!EvaluatePath(View(text), View(path), [&](const xmlXPathObject& found) { answer = xmlXPathCastToBoolean(const_cast<xmlXPathObject*>(&found)) != 0; })) {
      FailPath(c, View(text), View(path));
    }
    return answer;
  });
}

ExprPtr BindPathString(KernelCall& call, PlanBuilder& builder) {
  return BindRows<string_t, string_t, string_t>(call, builder, [](KernelContext& c, string_t text, string_t path) -> std::optional<string_t> {
    if (text.GetSize() == 0 || path.GetSize() == 0) return std::nullopt;
    std::string answer;
    if (!EvaluatePath(View(text), View(path), [&](const xmlXPathObject& found) {
          xmlChar* shown = xmlXPathCastToString(const_cast<xmlXPathObject*>(&found));
          answer = TextOf(shown);
          xmlFree(shown);
        })) {
      FailPath(c, View(text), View(path));
    }
    return c.String(answer);
  });
}

// The values of the nodes found: texts and attributes have one, elements have none.
ExprPtr BindPath(KernelCall& call, PlanBuilder& builder) {
  return BindRows<duckdb::list_entry_t, string_t, string_t>(call, builder, [](KernelContext& c, string_t text, string_t path) -> std::optional<duckdb::list_entry_t> {
    if (text.GetSize() == 0 || path.GetSize() == 0) return std::nullopt;
    const idx_t begin = duckdb::ListVector::GetListSize(c.result);
    idx_t count = 0;
    const bool ok = EvaluatePath(View(text), View(path), [&](const xmlXPathObject& found) {
      if (found.type != XPATH_NODESET || found.nodesetval == nullptr) return;
      count = static_cast<idx_t>(found.nodesetval->nodeNr);
      duckdb::ListVector::Reserve(c.result, begin + count);
      Vector& child = duckdb::ListVector::GetEntry(c.result);
      for (idx_t i = 0; i < count; ++i) {
        xmlNode* node = found.nodesetval->nodeTab[i];
        if (node->type == XML_ELEMENT_NODE || node->type == XML_DOCUMENT_NODE) {
          duckdb::FlatVector::SetNull(child, begin + i, true);
          continue;
        }
        xmlChar* content = xmlNodeGetContent(node);
        const std::string value = TextOf(content);
        xmlFree(content);
        duckdb::FlatVector::GetData<string_t>(child)[begin + i] = duckdb::StringVector::AddString(child, value);
      }
    });
    if (!ok) FailPath(c, View(text), View(path));
    duckdb::ListVector::SetListSize(c.result, begin + count);
    return duckdb::list_entry_t{begin, count};
  });
}

struct XmlStyle {
  ValueFormats formats;
  std::string attribute_prefix = "_", value_tag = "_VALUE", row_tag = "ROW", array_element = "item", null_value = "null";
};

XmlStyle StyleOf(const FormatOptions& options, ValueFormats formats) {
  return {std::move(formats), options.Text("attributeprefix", "_"), options.Text("valuetag", "_VALUE"), options.Text("rowtag", "ROW"),
          options.Text("arrayelementname", "item"), options.Text("nullvalue", "null")};
}

std::string Content(xmlNode* node) {
  xmlChar* content = xmlNodeGetContent(node);
  std::string out = TextOf(content);
  xmlFree(content);
  size_t begin = 0, end = out.size();
  while (begin < end && static_cast<unsigned char>(out[begin]) <= ' ') ++begin;
  while (end > begin && static_cast<unsigned char>(out[end - 1]) <= ' ') --end;
  return out.substr(begin, end - begin);
}

bool HasElements(const xmlNode* node) {
  for (const xmlNode* c = node->children; c != nullptr; c = c->next) {
    if (c->type == XML_ELEMENT_NODE) return true;
  }
  return false;
}

// Elements to typed cells; what does not fit is NULL.
class XmlWriter {
 public:
  explicit XmlWriter(XmlStyle style) : style_(std::move(style)) {}
  const XmlStyle& style() const { return style_; }
  bool is_bad() const { return is_bad_; }
  void Start() { is_bad_ = false; }

  void Element(Vector& vector, idx_t row, const plan::DataType& type, const std::vector<xmlNode*>& nodes) {
    if (type.Is(TypeKind::kArray)) {
      const idx_t begin = duckdb::ListVector::GetListSize(vector);
      duckdb::ListVector::Reserve(vector, begin + nodes.size());
      duckdb::ListVector::SetListSize(vector, begin + nodes.size());
      duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector)[row] = {begin, nodes.size()};
      for (size_t i = 0; i < nodes.size(); ++i) Element(duckdb::ListVector::GetEntry(vector), begin + i, type.element(), {nodes[i]});
      return;
    }
    xmlNode* node = nodes.back();
    if (type.Is(TypeKind::kStruct)) return Struct(vector, row, type, node);
    if (type.Is(TypeKind::kMap)) {
      std::vector<xmlNode*> members;
      for (xmlNode* c = node->children; c != nullptr; c = c->next) {
        if (c->type == XML_ELEMENT_NODE) members.push_back(c);
      }
      const idx_t begin = duckdb::ListVector::GetListSize(vector);
      duckdb::ListVector::Reserve(vector, begin + members.size());
      duckdb::ListVector::SetListSize(vector, begin + members.size());
      duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector)[row] = {begin, members.size()};
      for (size_t i = 0; i < members.size(); ++i) {
        PutText(duckdb::MapVector::GetKeys(vector), begin + i, type.key(), TextOf(members[i]->name), style_.formats);
        Element(duckdb::MapVector::GetValues(vector), begin + i, type.value(), {members[i]});
      }
      return;
    }
    Scalar(vector, row, type, Content(node));
  }

  void Struct(Vector& vector, idx_t row, const plan::DataType& type, xmlNode* node) {
    auto& fields = duckdb::StructVector::GetEntries(vector);
    for (size_t i = 0; i < fields.size(); ++i) {
      const plan::StructField& field = type.fields()[i];
      if (field.name == style_.value_tag && !HasElements(node)) {
        Scalar(*fields[i], row, field.type, Content(node));
        continue;
      }
      if (!style_.attribute_prefix.empty() && field.name.starts_with(style_.attribute_prefix)) {
        const std::string name = field.name.substr(style_.attribute_prefix.size());
        if (xmlChar* value = xmlGetProp(node, reinterpret_cast<const xmlChar*>(name.c_str()))) {
          const std::string text = TextOf(value);
          xmlFree(value);
          Scalar(*fields[i], row, field.type, text);
          continue;
        }
      }
      std::vector<xmlNode*> found;
      for (xmlNode* c = node->children; c != nullptr; c = c->next) {
        if (c->type == XML_ELEMENT_NODE && TextOf(c->name) == field.name) found.push_back(c);
      }
      if (found.empty()) duckdb::FlatVector::SetNull(*fields[i], row, true);
      else Element(*fields[i], row, field.type, found);
    }
  }

 private:
  void Scalar(Vector& vector, idx_t row, const plan::DataType& type, const std::string& text) {
    const bool is_null = text == style_.null_value || (text.empty() && !type.IsStringLike());
    if (!is_null && PutText(vector, row, type, text, style_.formats)) return;
    is_bad_ |= !is_null;
    duckdb::FlatVector::SetNull(vector, row, true);
  }
  XmlStyle style_;
  bool is_bad_ = false;
};

ExprPtr BindFromXml(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const auto style = StyleOf(options, ValueFormats::ForReading(call, options));
  const plan::DataType type = call.type;
  auto kernel = [style, type](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    XmlWriter writer(style);
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(rows, format);
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const auto text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at]);
      const Document document = ParseXml(text);
      xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
      writer.Start();
      if (root != nullptr) writer.Struct(result, row, type, root);
      else for (auto& field : duckdb::StructVector::GetEntries(result)) duckdb::FlatVector::SetNull(*field, row, true);
      const bool bad = root == nullptr || writer.is_bad();
      if (bad && style.formats.mode == RecordMode::kFailFast) {
        context.Fail("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", {{"badRecord", std::string(text)}, {"failFastMode", "FAILFAST"}});
      }
      for (size_t i = 0; bad && i < type.fields().size(); ++i) {
        if (type.fields()[i].name != style.formats.corrupt_record_column) continue;
        Vector& column = *duckdb::StructVector::GetEntries(result)[i];
        duckdb::FlatVector::Validity(column).SetValid(row);
        duckdb::FlatVector::GetData<string_t>(column)[row] = duckdb::StringVector::AddString(column, text.data(), text.size());
      }
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

void AppendEscaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out.push_back(c);
    }
  }
}

void AppendElement(std::string& out, const std::string& name, const CellReader& cell, idx_t row, const XmlStyle& style, int depth) {
  if (cell.IsNull(row)) return;
  const plan::DataType& type = cell.type();
  const auto indent = [&](int d) { out += "\n" + std::string(static_cast<size_t>(d) * 4, ' '); };
  if (type.Is(TypeKind::kArray)) {
    const CellReader elements = cell.Elements();
    const auto list = cell.List(row);
    for (idx_t i = 0; i < list.length; ++i) AppendElement(out, name, elements, list.offset + i, style, depth);
    return;
  }
  if (depth > 0) indent(depth);
  out += "<" + name;
  if (type.Is(TypeKind::kStruct)) {
    const idx_t at = cell.Index(row);
    for (size_t i = 0; i < type.fields().size(); ++i) {
      const std::string& field = type.fields()[i].name;
      if (!field.starts_with(style.attribute_prefix) || field == style.value_tag || cell.Field(i).IsNull(at)) continue;
      out += " " + field.substr(style.attribute_prefix.size()) + "=\"";
      std::string text;
      AppendFormatted(text, cell.Field(i), at, style.formats);
      AppendEscaped(out, text);
      out += "\"";
    }
    out += ">";
    bool nested = false;
    for (size_t i = 0; i < type.fields().size(); ++i) {
      const std::string& field = type.fields()[i].name;
      if (field == style.value_tag) {
        std::string text;
        if (!cell.Field(i).IsNull(at)) AppendFormatted(text, cell.Field(i), at, style.formats);
        AppendEscaped(out, text);
      } else if (!field.starts_with(style.attribute_prefix)) {
        nested = true;
        AppendElement(out, field, cell.Field(i), at, style, depth + 1);
      }
    }
    if (nested) indent(depth);
  } else if (type.Is(TypeKind::kMap)) {
    out += ">";
    const CellReader keys = cell.Keys(), values = cell.Values();
    const auto list = cell.List(row);
    for (idx_t i = 0; i < list.length; ++i) {
      const idx_t at = cell.EntryIndex(list.offset + i);
      std::string key;
      AppendCellText(key, keys, at, *style.formats.zone);
      AppendElement(out, key, values, at, style, depth + 1);
    }
    indent(depth);
  } else {
    out += ">";
    std::string text;
    AppendFormatted(text, cell, row, style.formats);
    AppendEscaped(out, text);
  }
  out += "</" + name + ">";
}

ExprPtr BindToXml(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const auto style = StyleOf(options, ValueFormats::ForWriting(call, options));
  const plan::DataType type = call.ArgumentType(0);
  auto kernel = [style, type](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const CellReader cell(args.data[0], rows, type);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    for (idx_t row = 0; row < rows; ++row) {
      if (cell.IsNull(row)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      std::string text;
      AppendElement(text, style.row_tag, cell, row, style, 0);
      out[row] = context.String(text);
    }
    FinishRows(args, result);
  };
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, kernel, kSees);
}

plan::DataType InferText(const std::string& text) {
  if (text.empty()) return plan::DataType::String();
  const ValueFormats formats{.zone = fn::TimeZone::Utc()};
  for (const plan::DataType& type : {plan::DataType::Long(), plan::DataType::Double(), plan::DataType::Boolean(), plan::DataType::Date(), plan::DataType::Timestamp()}) {
    if (type.Is(TypeKind::kDate) && text.size() != 10) continue;
    if (type.Is(TypeKind::kTimestamp) && text.size() < 11) continue;
    Vector probe(ToLogicalType(type), 1);
    if (PutText(probe, 0, type, text, formats)) return type;
  }
  return plan::DataType::String();
}

plan::DataType MergeXml(const plan::DataType& a, const plan::DataType& b) {
  if (a == b) return a;
  const auto is_number = [](const plan::DataType& t) { return t.Is(TypeKind::kLong) || t.Is(TypeKind::kDouble); };
  if (is_number(a) && is_number(b)) return plan::DataType::Double();
  return plan::DataType::String();
}

plan::DataType InferNode(xmlNode* node, const XmlStyle& style) {
  if (!HasElements(node) && node->properties == nullptr) return InferText(Content(node));
  std::map<std::string, plan::DataType> fields;
  std::map<std::string, int> counts;
  for (xmlAttr* a = node->properties; a != nullptr; a = a->next) {
    xmlChar* value = xmlNodeGetContent(reinterpret_cast<xmlNode*>(a));
    fields.emplace(style.attribute_prefix + TextOf(a->name), InferText(TextOf(value)));
    xmlFree(value);
  }
  for (xmlNode* c = node->children; c != nullptr; c = c->next) {
    if (c->type != XML_ELEMENT_NODE) continue;
    const std::string name = TextOf(c->name);
    const plan::DataType type = InferNode(c, style);
    auto [known, is_new] = fields.emplace(name, type);
    if (!is_new) known->second = MergeXml(known->second, type);
    ++counts[name];
  }
  if (!HasElements(node)) fields.emplace(style.value_tag, InferText(Content(node)));
  std::vector<plan::StructField> out;
  for (auto& [name, type] : fields) out.push_back({name, counts[name] > 1 ? plan::DataType::Array(type) : type, true, ""});
  return plan::DataType::Struct(std::move(out));
}

ExprPtr BindSchemaOfXml(KernelCall& call, PlanBuilder& builder) {
  const FormatOptions options(call);
  const auto style = StyleOf(options, ValueFormats::ForReading(call, options));
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, RowKernel<string_t, string_t>([style](KernelContext& c, string_t text) {
                      const Document document = ParseXml(View(text));
                      xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
                      if (root == nullptr) {
                        c.Fail("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", {{"badRecord", std::string(View(text))}, {"failFastMode", "FAILFAST"}});
                      }
                      plan::DataType type = InferNode(root, style);
                      if (!type.Is(TypeKind::kStruct)) type = plan::DataType::Struct({{style.value_tag, type, true, ""}});
                      return c.String(type.Sql());
                    }),
                    {});
}

}  // namespace

void RegisterXml(KernelRegistry& registry) {
  registry.Add({"xpath"}, BindPath);
  registry.Add({"xpath_boolean"}, BindPathBoolean);
  registry.Add({"xpath_string"}, BindPathString);
  registry.Add({"xpath_short"}, BindPathNumber<int16_t>);
  registry.Add({"xpath_int"}, BindPathNumber<int32_t>);
  registry.Add({"xpath_long"}, BindPathNumber<int64_t>);
  registry.Add({"xpath_float"}, BindPathNumber<float>);
  registry.Add({"xpath_double", "xpath_number"}, BindPathNumber<double>);
  registry.Add({"from_xml"}, BindFromXml);
  registry.Add({"to_xml"}, BindToXml);
  registry.Add({"schema_of_xml"}, BindSchemaOfXml);
}

}  // namespace crannog::engine::duck
