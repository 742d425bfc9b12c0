#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog::engine::functions {

/// Leniencies of Jackson that Spark's JSON options name; the defaults are those of from_json.
struct JsonReadOptions {
  bool single_quotes = true;
  bool unquoted_names = false;
  bool comments = false;
  bool numeric_leading_zeros = false;
  bool unescaped_control = false;
  bool backslash_any = false;
  bool non_numeric = true;  ///< NaN, Infinity, -INF …
};

enum class JsonKind : uint8_t { kNull, kTrue, kFalse, kInteger, kReal, kString, kArray, kObject };

/// A value of a JsonDocument. `text` is a string's decoded text, or a number as written. Children follow one another by `next`.
struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  std::string_view name;  ///< decoded name, when a member of an object
  std::string_view text;
  const JsonNode* child = nullptr;
  const JsonNode* next = nullptr;
  size_t source_begin = 0, source_end = 0;
  const JsonNode* Find(std::string_view key) const {
    for (const JsonNode* c = child; c != nullptr; c = c->next) {
      if (c->name == key) return c;
    }
    return nullptr;
  }
};

/// Parses texts one after another into a tree that lives until the next Parse. Strings without escapes point into the text. Threads: one.
/// Limit: nesting of 1000 (Jackson's). Source: RFC 8259; Jackson's JsonReadFeature.
class JsonDocument {
 public:
  enum class Rest : uint8_t { kRefused, kIgnored };
  /// Null when the text is no JSON. White space around is allowed; what follows the value is refused or ignored. An empty text gives null.
  const JsonNode* Parse(std::string_view text, const JsonReadOptions& options = {}, Rest rest = Rest::kRefused);
  /// Was the last text empty (but for white space)?
  bool was_empty() const { return was_empty_; }

 private:
  JsonNode* Value(int depth);
  bool String(char quote, std::string_view& out);
  bool Number(JsonNode& node);
  bool Word(std::string_view word);
  void SkipSpace();
  JsonNode* New();

  std::string_view text_;
  size_t at_ = 0;
  JsonReadOptions options_;
  std::deque<JsonNode> nodes_;
  size_t used_ = 0;
  std::deque<std::string> decoded_;
  size_t decoded_used_ = 0;
  bool was_empty_ = false;
};

/// Writes a value as Jackson writes it: compact, numbers normalised ("1e3" as 1000.0).
void AppendJson(std::string& out, const JsonNode& node);
/// Appends text in quotes with Jackson's escapes.
void AppendJsonText(std::string& out, std::string_view text);

/// A path of get_json_object: $ .name ['name'] [n] [*] .*
class JsonPath {
 public:
  /// Nothing when the path is malformed: the function gives NULL then.
  static std::optional<JsonPath> Compile(std::string_view path);
  /// What get_json_object gives; false: NULL.
  bool Evaluate(const JsonNode& root, std::string& out) const;

 private:
  struct Step {
    enum Kind : uint8_t { kKey, kSubscript, kNamed, kIndex, kWildcard } kind;
    std::string name;
    int64_t index = 0;
  };
  enum class Style : uint8_t { kRaw, kQuoted, kFlatten };
  class Writer;
  bool Walk(const JsonNode& node, size_t step, Style style, Writer& out) const;
  std::vector<Step> steps_;
};

}  // namespace crannog::engine::functions
