#include "delta/stats_writer.h"

#include <fmt/format.h>

#include <functional>

#include "delta/value.h"

namespace crannog::delta {
namespace {

constexpr int64_t kIndexedColumnsDefault = 32;
constexpr size_t kStringCharactersMax = 32;
constexpr std::string_view kGreatestCharacter = "\xF4\x8F\xBF\xBF";  // U+10FFFF

// The byte length of the first `characters` code points.
size_t PrefixBytes(std::string_view text, size_t characters) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && count++ == characters) return i;
  }
  return text.size();
}

bool HasMinMax(const Type& type) {
  switch (type.kind) {
    case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong: case TypeKind::kFloat: case TypeKind::kDouble:
    case TypeKind::kDecimal: case TypeKind::kString: case TypeKind::kDate: case TypeKind::kTimestamp: case TypeKind::kTimestampNtz: return true;
    default: return false;
  }
}

// JSON text of a bound; nothing when the writer's text cannot be read.
std::optional<std::string> BoundText(const std::string& text, const Type& type, bool is_max) {
  switch (type.kind) {
    case TypeKind::kString: {
      const size_t bytes = PrefixBytes(text, kStringCharactersMax);
      std::string cut = text.substr(0, bytes);
      if (is_max && bytes < text.size()) cut += kGreatestCharacter;
      std::string out;
      AppendJsonString(out, cut);
      return out;
    }
    case TypeKind::kDecimal: {
      const std::optional<Int128> value = ParseDecimal(text, type.scale);
      if (!value) return std::nullopt;
      return FormatDecimal(*value, type.scale);  // a JSON number, as Spark writes it
    }
    default: {
      const std::optional<std::string> maybe(text);
      Result<Value> value = ParsePartitionValue(maybe, type);
      if (!value || IsNull(*value)) return std::nullopt;
      return WriteJson(WriteStatsValue(*value, type));
    }
  }
}

// A tree of JSON texts by name, in the schema's order.
struct Node {
  std::vector<std::pair<std::string, Node>> children;
  std::string text;

  Node& Child(const std::string& name) {
    for (auto& [key, node] : children) {
      if (key == name) return node;
    }
    return children.emplace_back(name, Node{}).second;
  }
  void Write(std::string& out) const {
    if (children.empty()) {
      out += text.empty() ? "{}" : text;
      return;
    }
    out += '{';
    for (size_t i = 0; i < children.size(); ++i) {
      if (i) out += ',';
      AppendJsonString(out, children[i].first);
      out += ':';
      children[i].second.Write(out);
    }
    out += '}';
  }
};

void Put(Node& root, const std::vector<std::string>& path, std::string text) {
  Node* node = &root;
  for (const std::string& name : path) node = &node->Child(name);
  node->text = std::move(text);
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  std::string current;
  bool quoted = false;
  for (char c : text) {
    if (c == '`') quoted = !quoted;
    else if (c == '.' && !quoted) names.push_back(std::exchange(current, ""));
    else if (c != ' ' || quoted || !current.empty()) current += c;
  }
  names.push_back(current);
  return names;
}

}  // namespace

std::vector<std::vector<std::string>> StatisticsColumns(const Schema& schema, const std::vector<std::string>& partition_columns, const StringMap& configuration) {
  auto is_partition = [&](const std::string& name) {
    for (const std::string& partition : partition_columns) {
      if (EqualIgnoringCase(partition, name)) return true;
    }
    return false;
  };
  std::vector<std::vector<std::string>> all;
  std::function<void(const std::vector<Field>&, std::vector<std::string>&)> collect = [&](const std::vector<Field>& fields, std::vector<std::string>& path) {
    for (const Field& field : fields) {
      if (path.empty() && is_partition(field.name)) continue;
      path.push_back(field.name);
      if (field.type.kind == TypeKind::kStruct) collect(field.type.Fields(), path);
      else all.push_back(path);
      path.pop_back();
    }
  };
  std::vector<std::string> path;
  collect(schema, path);
  if (auto named = configuration.find("delta.dataSkippingStatsColumns"); named != configuration.end() && !named->second.empty()) {
    std::vector<std::vector<std::string>> chosen;
    std::string_view list = named->second;
    while (!list.empty()) {
      const size_t comma = std::min(list.find(','), list.size());
      const std::vector<std::string> wanted = SplitNames(list.substr(0, comma));
      list.remove_prefix(std::min(comma + 1, list.size()));
      for (const auto& column : all) {
        bool below = column.size() >= wanted.size();
        for (size_t i = 0; below && i < wanted.size(); ++i) below = EqualIgnoringCase(column[i], wanted[i]);
        if (below) chosen.push_back(column);
      }
    }
    return chosen;
  }
  int64_t limit = kIndexedColumnsDefault;
  if (auto count = configuration.find("delta.dataSkippingNumIndexedCols"); count != configuration.end()) limit = std::strtoll(count->second.c_str(), nullptr, 10);
  if (limit >= 0 && static_cast<size_t>(limit) < all.size()) all.resize(static_cast<size_t>(limit));
  return all;
}

std::string WriteStats(const Schema& schema, const std::vector<std::vector<std::string>>& columns, int64_t record_count,
                       const std::map<std::string, LeafStatistics>& leaves) {
  Node min, max, nulls;
  for (const std::vector<std::string>& column : columns) {
    const Field* field = FindField(schema, column);
    if (field == nullptr) continue;
    std::vector<std::string> physical;
    std::string key;
    const Schema* level = &schema;
    for (const std::string& name : column) {
      const Field* part = FindField(*level, name);
      physical.push_back(part->PhysicalName());
      key += (key.empty() ? "" : ".") + physical.back();
      level = part->type.fields.get();
    }
    auto found = leaves.find(key);
    if (found == leaves.end()) continue;
    const LeafStatistics& leaf = found->second;
    if (leaf.null_count) Put(nulls, physical, fmt::format("{}", *leaf.null_count));
    if (!HasMinMax(field->type)) continue;
    if (leaf.min) {
      if (auto text = BoundText(*leaf.min, field->type, false)) Put(min, physical, *std::move(text));
    }
    if (leaf.has_nan) {
      Put(max, physical, "\"NaN\"");  // above all else in Spark's order
    } else if (leaf.max) {
      if (auto text = BoundText(*leaf.max, field->type, true)) Put(max, physical, *std::move(text));
    }
  }
  std::string out = fmt::format("{{\"numRecords\":{}", record_count);
  for (const auto& [name, node] : {std::pair<std::string_view, const Node*>{"minValues", &min}, {"maxValues", &max}, {"nullCount", &nulls}}) {
    out += fmt::format(",\"{}\":", name);
    node->Write(out);
  }
  return out + ",\"tightBounds\":true}";
}

std::string WithWideBounds(std::string_view stats) {
  constexpr std::string_view kTight = "\"tightBounds\":true";
  std::string out(stats);
  if (const size_t at = out.find(kTight); at != std::string::npos) return out.replace(at, kTight.size(), "\"tightBounds\":false");
  if (out.find("\"tightBounds\":false") != std::string::npos || !out.ends_with('}')) return out;
  out.pop_back();
  return out + (out == "{" ? "" : ",") + "\"tightBounds\":false}";
}

}  // namespace crannog::delta
