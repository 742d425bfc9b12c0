#include "engine/functions/java_regex.h"

#include "engine/duckdb/functions/kit.h"

/// rlike, regexp_extract, regexp_replace, split … with java.util.regex's syntax.
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::string_t;
using fn::JavaRegex;
using fn::RegexMatcher;

// The matcher of a constant pattern (one per thread) or of the row's pattern.
class Matchers {
 public:
  Matchers(const KernelCall& call, size_t argument, std::string function) : function_(std::move(function)) {
    const auto text = ConstantText(call, argument);
    if (!text) return;
    auto compiled = JavaRegex::Compile(*text);
    if (compiled) constant_ = *compiled;
    else refused_ = true;
  }

  RegexMatcher& Get(KernelContext& context, std::string_view pattern) const {
    if (refused_) context.Fail(fn::PatternError(function_, pattern));
    thread_local std::shared_ptr<const JavaRegex> last;
    thread_local std::unique_ptr<RegexMatcher> matcher;
    if (constant_) {
      if (last != constant_) {
        matcher = std::make_unique<RegexMatcher>(constant_);
        last = constant_;
      }
      return *matcher;
    }
    thread_local fn::RegexCache cache;
    auto found = cache.Get(pattern);
    if (!found) context.Fail(fn::PatternError(function_, pattern));
    return **found;
  }
  const std::string& function() const { return function_; }

 private:
  std::string function_;
  std::shared_ptr<const JavaRegex> constant_;
  bool refused_ = false;
};

ExprPtr BindRlike(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "rlike");
  return BindRows<bool, string_t, string_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern) {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    return matcher.Find();
  });
}

void CheckGroup(KernelContext& c, const std::string& function, const RegexMatcher& matcher, int32_t group) {
  const int32_t count = matcher.regex().group_count();
  if (group < 0 || group > count) {
    c.Fail("INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
           {{"parameter", "`idx`"}, {"functionName", "`" + function + "`"}, {"groupCount", std::to_string(count)}, {"groupIndex", std::to_string(group)}});
  }
}

void AddGroupDefault(KernelCall& call, int32_t group) {
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(group)));
}

ExprPtr BindExtract(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_extract");
  AddGroupDefault(call, 1);
  return BindRows<string_t, string_t, string_t, int32_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern, int32_t group) {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    if (!matcher.Find()) return string_t("", 0);
    CheckGroup(c, "regexp_extract", matcher, group);
    return c.String(matcher.Group(group));
  });
}

ExprPtr BindSubstr(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_substr");
  return BindRows<string_t, string_t, string_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern) -> std::optional<string_t> {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    if (!matcher.Find() || matcher.Group(0).empty()) return std::nullopt;
    return c.String(matcher.Group(0));
  });
}

ExprPtr BindCount(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_count");
  return BindRows<int32_t, string_t, string_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern) {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    int32_t count = 0;
    while (matcher.Find()) ++count;
    return count;
  });
}

ExprPtr BindInstr(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_instr");
  AddGroupDefault(call, 0);
  return BindRows<int32_t, string_t, string_t, int32_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern, int32_t) {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    if (!matcher.Find()) return 0;
    return fn::Utf16Length(View(text).substr(0, matcher.start())) + 1;
  });
}

// Byte offset of the n-th UTF-16 unit.
size_t OffsetOfUnit(std::string_view text, int64_t units) {
  size_t at = 0;
  while (units > 0 && at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    const size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    units -= length == 4 ? 2 : 1;
    at += length;
  }
  return std::min(at, text.size());
}

ExprPtr BindReplace(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_replace");
  if (call.arguments.size() == 3) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(1)));
  const auto pattern_text = ConstantText(call, 1), replacement_text = ConstantText(call, 2);
  std::shared_ptr<const fn::RegexReplacement> constant;
  if (pattern_text && replacement_text) {
    if (auto regex = JavaRegex::Compile(*pattern_text)) {
      if (auto compiled = fn::RegexReplacement::Compile(*replacement_text, **regex)) constant = std::make_shared<const fn::RegexReplacement>(std::move(*compiled));
    }
  }
  return BindRows<string_t, string_t, string_t, string_t, int32_t>(
      call, builder, [matchers, constant](KernelContext& c, string_t text, string_t pattern, string_t replacement, int32_t position) {
        RegexMatcher& matcher = matchers.Get(c, View(pattern));
        if (position - 1 > 0 && fn::Utf16Length(View(text)) <= position - 1) return c.String(View(text));
        const size_t from = position > 1 ? OffsetOfUnit(View(text), position - 1) : 0;
        thread_local std::string out;
        out.clear();
        if (constant) {
          fn::ReplaceAll(matcher, View(text), from, *constant, out);
        } else {
          // Java reads the replacement only when something matches.
          matcher.Reset(View(text), from);
          if (!matcher.Find()) return c.String(View(text));
          auto compiled = fn::RegexReplacement::Compile(View(replacement), matcher.regex());
          if (!compiled) c.Fail(compiled.error());
          fn::ReplaceAll(matcher, View(text), from, *compiled, out);
        }
        return c.String(out);
      });
}

// Rows of texts: one list of texts per row, put straight into the child vector.
class TextLists {
 public:
  explicit TextLists(duckdb::Vector& result) : result_(result), size_(duckdb::ListVector::GetListSize(result)) {}
  template <typename Range>
  duckdb::list_entry_t Put(const Range& texts) {
    duckdb::ListVector::Reserve(result_, size_ + texts.size());
    duckdb::Vector& child = duckdb::ListVector::GetEntry(result_);
    auto* data = duckdb::FlatVector::GetData<string_t>(child);
    const duckdb::list_entry_t entry{size_, texts.size()};
    for (std::string_view text : texts) data[size_++] = duckdb::StringVector::AddStringOrBlob(child, text.data(), text.size());
    duckdb::ListVector::SetListSize(result_, size_);
    return entry;
  }

 private:
  duckdb::Vector& result_;
  idx_t size_;
};

ExprPtr BindExtractAll(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "regexp_extract_all");
  AddGroupDefault(call, 1);
  return BindRows<duckdb::list_entry_t, string_t, string_t, int32_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern, int32_t group) {
    RegexMatcher& matcher = matchers.Get(c, View(pattern));
    matcher.Reset(View(text));
    std::vector<std::string_view> found;
    while (matcher.Find()) {
      CheckGroup(c, "regexp_extract_all", matcher, group);
      found.push_back(matcher.Group(group));
    }
    return TextLists(c.result).Put(found);
  });
}

ExprPtr BindSplit(KernelCall& call, PlanBuilder& builder) {
  Matchers matchers(call, 1, "split");
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(-1)));
  return BindRows<duckdb::list_entry_t, string_t, string_t, int32_t>(call, builder, [matchers](KernelContext& c, string_t text, string_t pattern, int32_t limit) {
    thread_local std::vector<std::string_view> pieces;
    if (pattern.GetSize() == 0 && text.GetSize() != 0) fn::SplitCharacters(View(text), limit, pieces);
    else fn::Split(matchers.Get(c, View(pattern)), View(text), limit, pieces);
    return TextLists(c.result).Put(pieces);
  });
}

// str_to_map(text, pair delimiter, key delimiter): both are patterns.
ExprPtr BindStrToMap(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 1) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value(",")));
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value(":")));
  const bool last_wins = call.Setting("map_key_dedup_policy") == "LAST_WIN";
  return BindRows<duckdb::list_entry_t, string_t, string_t, string_t>(call, builder, [last_wins](KernelContext& c, string_t text, string_t pairs, string_t keys) {
    thread_local fn::RegexCache cache;
    const auto matcher = [&](string_t pattern) -> RegexMatcher& {
      auto found = cache.Get(View(pattern));
      if (!found) c.Fail(fn::PatternError("str_to_map", View(pattern)));
      return **found;
    };
    std::vector<std::string_view> entries, parts;
    if (pairs.GetSize() == 0) fn::SplitCharacters(View(text), -1, entries);
    else fn::Split(matcher(pairs), View(text), -1, entries);
    std::vector<std::pair<std::string_view, std::optional<std::string_view>>> map;
    for (std::string_view entry : entries) {
      fn::Split(matcher(keys), entry, 2, parts);
      const auto value = parts.size() == 2 ? std::optional(parts[1]) : std::nullopt;
      auto known = std::find_if(map.begin(), map.end(), [&](const auto& pair) { return pair.first == parts[0]; });
      if (known == map.end()) map.emplace_back(parts[0], value);
      else if (last_wins) known->second = value;
      else c.Fail("DUPLICATED_MAP_KEY", {{"key", std::string(parts[0])}, {"mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\""}});
    }
    const idx_t at = duckdb::ListVector::GetListSize(c.result);
    duckdb::ListVector::Reserve(c.result, at + map.size());
    auto& key_vector = duckdb::MapVector::GetKeys(c.result);
    auto& value_vector = duckdb::MapVector::GetValues(c.result);
    for (size_t i = 0; i < map.size(); ++i) {
      duckdb::FlatVector::GetData<string_t>(key_vector)[at + i] = duckdb::StringVector::AddString(key_vector, map[i].first.data(), map[i].first.size());
      if (map[i].second) {
        duckdb::FlatVector::GetData<string_t>(value_vector)[at + i] = duckdb::StringVector::AddString(value_vector, map[i].second->data(), map[i].second->size());
      } else {
        duckdb::FlatVector::SetNull(value_vector, at + i, true);
      }
    }
    duckdb::ListVector::SetListSize(c.result, at + map.size());
    return duckdb::list_entry_t{at, map.size()};
  });
}

}  // namespace

void RegisterRegex(KernelRegistry& registry) {
  registry.Add({"rlike", "regexp", "regexp_like"}, BindRlike);
  registry.Add({"regexp_extract"}, BindExtract);
  registry.Add({"regexp_extract_all"}, BindExtractAll);
  registry.Add({"regexp_substr"}, BindSubstr);
  registry.Add({"regexp_count"}, BindCount);
  registry.Add({"regexp_instr"}, BindInstr);
  registry.Add({"regexp_replace"}, BindReplace);
  registry.Add({"split"}, BindSplit);
  registry.Add({"str_to_map"}, BindStrToMap);
}

}  // namespace crannog::engine::duck
