#include "engine/functions/json_document.h"

#include <charconv>
#include <cmath>

#include "engine/functions/numbers.h"

namespace crannog::engine::functions {
namespace {

constexpr int kDepthMax = 1000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
int HexValue(char c) { return IsDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

void AppendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) out.push_back(static_cast<char>(c));
  else if (c < 0x800) out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  else if (c < 0x10000) out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  else out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
}

}  // namespace

JsonNode* JsonDocument::New() {
  if (used_ == nodes_.size()) nodes_.emplace_back();
  JsonNode& node = nodes_[used_++];
  node = JsonNode{};
  return &node;
}

void JsonDocument::SkipSpace() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (options_.comments && c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/') {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (options_.comments && c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '*') {
      const size_t close = text_.find("*/", at_ + 2);
      at_ = close == std::string_view::npos ? text_.size() : close + 2;
    } else {
      return;
    }
  }
}

const JsonNode* JsonDocument::Parse(std::string_view text, const JsonReadOptions& options, Rest rest) {
  text_ = text;
  at_ = 0;
  options_ = options;
  used_ = decoded_used_ = 0;
  // A huge text must not pin its memory for the rest of the query.
  if (nodes_.size() > 100000) nodes_.clear();
  SkipSpace();
  was_empty_ = at_ == text_.size();
  if (was_empty_) return nullptr;
  const JsonNode* root = Value(0);
  if (root == nullptr) return nullptr;
  SkipSpace();
  if (rest == Rest::kRefused && at_ != text_.size()) return nullptr;
  return root;
}

bool JsonDocument::Word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  const size_t end = at_ + word.size();
  if (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_')) return false;
  at_ = end;
  return true;
}

bool JsonDocument::String(char quote, std::string_view& out) {
  const size_t begin = ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == quote) {
      out = text_.substr(begin, at_ - begin);
      ++at_;
      return true;
    }
    if (c == '\\') break;
    if (static_cast<unsigned char>(c) < 0x20 && !options_.unescaped_control) return false;
    ++at_;
  }
  if (at_ >= text_.size()) return false;
  if (decoded_used_ == decoded_.size()) decoded_.emplace_back();
  std::string& decoded = decoded_[decoded_used_++];
  decoded.assign(text_.substr(begin, at_ - begin));
  const auto hex4 = [&](size_t from, uint32_t& value) {
    value = 0;
    if (from + 4 > text_.size()) return false;
    for (size_t i = from; i < from + 4; ++i) {
      const int digit = HexValue(text_[i]);
      if (digit < 0) return false;
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    return true;
  };
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == quote) {
      ++at_;
      out = decoded;
      return true;
    }
    if (c != '\\') {
      if (static_cast<unsigned char>(c) < 0x20 && !options_.unescaped_control) return false;
      decoded.push_back(c);
      ++at_;
      continue;
    }
    if (at_ + 1 >= text_.size()) return false;
    const char e = text_[at_ + 1];
    at_ += 2;
    switch (e) {
      case '"':
      case '\\':
      case '/': decoded.push_back(e); break;
      case 'b': decoded.push_back('\b'); break;
      case 'f': decoded.push_back('\f'); break;
      case 'n': decoded.push_back('\n'); break;
      case 'r': decoded.push_back('\r'); break;
      case 't': decoded.push_back('\t'); break;
      case 'u': {
        uint32_t code, low;
        if (!hex4(at_, code)) return false;
        at_ += 4;
        if (code >= 0xD800 && code < 0xDC00 && at_ + 1 < text_.size() && text_[at_] == '\\' && text_[at_ + 1] == 'u' && hex4(at_ + 2, low) && low >= 0xDC00 &&
            low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          at_ += 6;
        } else if (code >= 0xD800 && code < 0xE000) {
          decoded.push_back('?');  // a lone surrogate becomes '?' when Java encodes it
          break;
        }
        AppendUtf8(decoded, code);
        break;
      }
      case '\'':
        if (!options_.single_quotes && !options_.backslash_any) return false;
        decoded.push_back('\'');
        break;
      default:
        if (!options_.backslash_any) return false;
        decoded.push_back(e);
    }
  }
  return false;
}

bool JsonDocument::Number(JsonNode& node) {
  const size_t begin = at_;
  if (text_[at_] == '-') ++at_;
  if (options_.non_numeric && at_ > begin) {
    if (Word("Infinity") || Word("INF")) {
      node.kind = JsonKind::kReal;
      node.text = "-Infinity";
      return true;
    }
  }
  const size_t digits = at_;
  while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
  if (at_ == digits) return false;
  if (!options_.numeric_leading_zeros && at_ - digits > 1 && text_[digits] == '0') return false;
  node.kind = JsonKind::kInteger;
  if (at_ < text_.size() && text_[at_] == '.') {
    const size_t fraction = ++at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    if (at_ == fraction) return false;
    node.kind = JsonKind::kReal;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    const size_t exponent = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    if (at_ == exponent) return false;
    node.kind = JsonKind::kReal;
  }
  node.text = text_.substr(begin, at_ - begin);
  // Jackson wants white space or punctuation behind a number.
  return at_ == text_.size() || std::string_view(" \t\r\n,]}:/").find(text_[at_]) != std::string_view::npos;
}

JsonNode* JsonDocument::Value(int depth) {
  if (depth > kDepthMax || at_ >= text_.size()) return nullptr;
  JsonNode* node = New();
  node->source_begin = at_;
  const char c = text_[at_];
  switch (c) {
    case '{': {
      node->kind = JsonKind::kObject;
      ++at_;
      JsonNode* last = nullptr;
      SkipSpace();
      if (at_ < text_.size() && text_[at_] == '}') {
        ++at_;
        break;
      }
      while (true) {
        SkipSpace();
        if (at_ >= text_.size()) return nullptr;
        std::string_view name;
        if (text_[at_] == '"' || (text_[at_] == '\'' && options_.single_quotes)) {
          if (!String(text_[at_], name)) return nullptr;
        } else if (options_.unquoted_names) {
          const size_t begin = at_;
          while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_' || text_[at_] == '$')) ++at_;
          if (at_ == begin) return nullptr;
          name = text_.substr(begin, at_ - begin);
        } else {
          return nullptr;
        }
        SkipSpace();
        if (at_ >= text_.size() || text_[at_] != ':') return nullptr;
        ++at_;
        SkipSpace();
        JsonNode* value = Value(depth + 1);
        if (value == nullptr) return nullptr;
        value->name = name;
        if (last == nullptr) node->child = value;
        else last->next = value;
        last = value;
        SkipSpace();
        if (at_ >= text_.size()) return nullptr;
        if (text_[at_] == '}') {
          ++at_;
          break;
        }
        if (text_[at_] != ',') return nullptr;
        ++at_;
      }
      break;
    }
    case '[': {
      node->kind = JsonKind::kArray;
      ++at_;
      JsonNode* last = nullptr;
      SkipSpace();
      if (at_ < text_.size() && text_[at_] == ']') {
        ++at_;
        break;
      }
      while (true) {
        SkipSpace();
        JsonNode* value = Value(depth + 1);
        if (value == nullptr) return nullptr;
        if (last == nullptr) node->child = value;
        else last->next = value;
        last = value;
        SkipSpace();
        if (at_ >= text_.size()) return nullptr;
        if (text_[at_] == ']') {
          ++at_;
          break;
        }
        if (text_[at_] != ',') return nullptr;
        ++at_;
      }
      break;
    }
    case '\'':
      if (!options_.single_quotes) return nullptr;
      [[fallthrough]];
    case '"':
      node->kind = JsonKind::kString;
      if (!String(c, node->text)) return nullptr;
      break;
    case 't':
      if (!Word("true")) return nullptr;
      node->kind = JsonKind::kTrue;
      break;
    case 'f':
      if (!Word("false")) return nullptr;
      node->kind = JsonKind::kFalse;
      break;
    case 'n':
      if (!Word("null")) return nullptr;
      node->kind = JsonKind::kNull;
      break;
    case 'N':
      if (!options_.non_numeric || !Word("NaN")) return nullptr;
      node->kind = JsonKind::kReal;
      node->text = "NaN";
      break;
    case 'I':
    case '+':
      if (c == '+') ++at_;
      if (!options_.non_numeric || !(Word("Infinity") || Word("INF"))) return nullptr;
      node->kind = JsonKind::kReal;
      node->text = "Infinity";
      break;
    default:
      if (c != '-' && !IsDigit(c)) return nullptr;
      if (!Number(*node)) return nullptr;
  }
  node->source_end = at_;
  return node;
}

void AppendJsonText(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += {'\\', 'u', '0', '0', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
    }
  }
  out.append(text, copied);
  out.push_back('"');
}

void AppendJson(std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::kNull: out += "null"; return;
    case JsonKind::kTrue: out += "true"; return;
    case JsonKind::kFalse: out += "false"; return;
    case JsonKind::kInteger: out += node.text; return;
    case JsonKind::kReal: {
      if (!node.text.empty() && (node.text.back() == 'N' || node.text.back() == 'y')) {
        AppendJsonText(out, node.text);
        return;
      }
      double value = 0;
      std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
      AppendDouble(out, value);
      return;
    }
    case JsonKind::kString: AppendJsonText(out, node.text); return;
    case JsonKind::kArray:
    case JsonKind::kObject: {
      const bool is_object = node.kind == JsonKind::kObject;
      out.push_back(is_object ? '{' : '[');
      for (const JsonNode* child = node.child; child != nullptr; child = child->next) {
        if (child != node.child) out.push_back(',');
        if (is_object) {
          AppendJsonText(out, child->name);
          out.push_back(':');
        }
        AppendJson(out, *child);
      }
      out.push_back(is_object ? '}' : ']');
      return;
    }
  }
}

// JsonPathParser of Spark.
std::optional<JsonPath> JsonPath::Compile(std::string_view path) {
  if (path.empty() || path[0] != '$') return std::nullopt;
  JsonPath out;
  size_t at = 1;
  while (at < path.size()) {
    if (path[at] == '.') {
      size_t end = at + 1;
      if (end < path.size() && path[end] == '*' ) {
        out.steps_.push_back({Step::kKey, "", 0});
        out.steps_.push_back({Step::kWildcard, "", 0});
        at = end + 1;
        continue;
      }
      while (end < path.size() && path[end] != '.' && path[end] != '[') ++end;
      if (end == at + 1) return std::nullopt;
      out.steps_.push_back({Step::kKey, "", 0});
      out.steps_.push_back({Step::kNamed, std::string(path.substr(at + 1, end - at - 1)), 0});
      at = end;
    } else if (path[at] == '[') {
      const size_t inside = at + 1;
      if (inside < path.size() && path[inside] == '*') {
        if (inside + 1 >= path.size() || path[inside + 1] != ']') return std::nullopt;
        out.steps_.push_back({Step::kSubscript, "", 0});
        out.steps_.push_back({Step::kWildcard, "", 0});
        at = inside + 2;
      } else if (inside < path.size() && path[inside] == '\'') {
        const size_t close = path.find('\'', inside + 1);
        if (close == std::string_view::npos || close + 1 >= path.size() || path[close + 1] != ']' || close == inside + 1) return std::nullopt;
        const std::string_view name = path.substr(inside + 1, close - inside - 1);
        if (name.find('?') != std::string_view::npos) return std::nullopt;
        out.steps_.push_back({Step::kKey, "", 0});
        out.steps_.push_back({Step::kNamed, std::string(name), 0});
        at = close + 2;
      } else {
        size_t end = inside;
        int64_t index = 0;
        while (end < path.size() && IsDigit(path[end]) && end - inside < 18) index = index * 10 + (path[end++] - '0');
        if (end == inside || end >= path.size() || path[end] != ']') return std::nullopt;
        out.steps_.push_back({Step::kSubscript, "", 0});
        out.steps_.push_back({Step::kIndex, "", index});
        at = end + 1;
      }
    } else {
      return std::nullopt;
    }
  }
  return out;
}

// A generator that puts commas where an array or the top level needs them.
class JsonPath::Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void Separate() {
    if (in_array_ && !first_) out_.push_back(',');
    first_ = false;
  }
  void StartArray() {
    Separate();
    out_.push_back('[');
    stack_.push_back({in_array_, first_});
    in_array_ = true;
    first_ = true;
  }
  void EndArray() {
    out_.push_back(']');
    in_array_ = stack_.back().first;
    first_ = stack_.back().second;
    stack_.pop_back();
    first_ = false;
  }
  std::string& out() { return out_; }

 private:
  std::string& out_;
  bool in_array_ = false, first_ = true;
  std::vector<std::pair<bool, bool>> stack_;
};

bool JsonPath::Walk(const JsonNode& node, size_t step, Style style, Writer& out) const {
  const size_t left = steps_.size() - step;
  if (left == 0) {
    if (node.kind == JsonKind::kString && style == Style::kRaw) {
      out.Separate();
      out.out() += node.text;
      return true;
    }
    if (node.kind == JsonKind::kArray && style == Style::kFlatten) {
      bool dirty = false;
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) dirty |= Walk(*c, step, style, out);
      return dirty;
    }
    out.Separate();
    AppendJson(out.out(), node);
    return true;
  }
  const auto is = [&](size_t i, Step::Kind kind) { return step + i < steps_.size() && steps_[step + i].kind == kind; };
  if (node.kind == JsonKind::kObject && is(0, Step::kKey)) {
    for (const JsonNode* c = node.child; c != nullptr; c = c->next) {
      bool dirty = false;
      if (is(1, Step::kWildcard)) dirty = Walk(*c, step + 2, style, out);
      else if (c->name == steps_[step + 1].name && c->kind != JsonKind::kNull) dirty = Walk(*c, step + 2, style, out);
      if (dirty) return true;
    }
    return false;
  }
  if (node.kind == JsonKind::kArray && is(0, Step::kSubscript)) {
    if (is(1, Step::kWildcard)) {
      if (is(2, Step::kSubscript) && is(3, Step::kWildcard)) {
        bool dirty = false;
        out.StartArray();
        for (const JsonNode* c = node.child; c != nullptr; c = c->next) dirty |= Walk(*c, step + 4, Style::kFlatten, out);
        out.EndArray();
        return dirty;
      }
      if (style != Style::kQuoted) {
        const Style next = style == Style::kRaw ? Style::kQuoted : Style::kFlatten;
        std::string buffer;
        int dirty = 0;
        Writer nested(buffer);
        nested.StartArray();
        for (const JsonNode* c = node.child; c != nullptr; c = c->next) dirty += Walk(*c, step + 2, next, nested);
        nested.EndArray();
        // Hive drops the array around a single match.
        if (dirty > 1) {
          out.Separate();
          out.out() += buffer;
        } else if (dirty == 1) {
          out.Separate();
          out.out() += buffer.substr(1, buffer.size() - 2);
        }
        return dirty > 0;
      }
      bool dirty = false;
      out.StartArray();
      for (const JsonNode* c = node.child; c != nullptr; c = c->next) dirty |= Walk(*c, step + 2, Style::kQuoted, out);
      out.EndArray();
      return dirty;
    }
    int64_t index = steps_[step + 1].index;
    for (const JsonNode* c = node.child; c != nullptr; c = c->next) {
      if (index-- != 0) continue;
      const Style next = is(2, Step::kSubscript) && is(3, Step::kWildcard) ? Style::kQuoted : style;
      return Walk(*c, step + 2, next, out);
    }
    return false;
  }
  return false;
}

bool JsonPath::Evaluate(const JsonNode& root, std::string& out) const {
  Writer writer(out);
  return Walk(root, 0, Style::kRaw, writer);
}

}  // namespace crannog::engine::functions
