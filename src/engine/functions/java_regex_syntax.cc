#include "engine/functions/java_regex_syntax.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace crannog::engine::functions {
namespace {

struct Refused {
  std::string message;
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// java.util.regex.Pattern, "POSIX character classes (US-ASCII only)" and "java.lang.Character classes": the inside of a class.
const std::map<std::string, std::string, std::less<>>& Properties() {
  static const std::map<std::string, std::string, std::less<>> properties = {
      {"Lower", "a-z"}, {"Upper", "A-Z"}, {"ASCII", "\\x00-\\x7F"}, {"Alpha", "a-zA-Z"}, {"Digit", "0-9"}, {"Alnum", "a-zA-Z0-9"},
      {"Punct", "!-/:-@\\[-`{-~"}, {"Graph", "!-~"}, {"Print", "\\x20-~"}, {"Blank", "\\x20\\t"}, {"Cntrl", "\\x00-\\x1F\\x7F"},
      {"XDigit", "0-9a-fA-F"}, {"Space", "\\x20\\t\\n\\x0B\\f\\r"},
      {"javaLowerCase", "\\p{Ll}"}, {"javaUpperCase", "\\p{Lu}"}, {"javaWhitespace", "\\p{Z}\\t\\n\\x0B\\f\\r\\x1C-\\x1F"},
      {"javaMirrored", "()<>\\[\\]{}"}, {"javaLetter", "\\p{L}"}, {"javaDigit", "\\p{Nd}"}, {"javaLetterOrDigit", "\\p{L}\\p{Nd}"},
      {"IsAlphabetic", "\\p{L}\\p{Nl}"}, {"IsLetter", "\\p{L}"}, {"IsDigit", "\\p{Nd}"}, {"IsUppercase", "\\p{Lu}"}, {"IsLowercase", "\\p{Ll}"},
      {"IsWhite_Space", "\\p{Z}\\t\\n\\x0B\\f\\r\\x{85}"}, {"IsPunctuation", "\\p{P}"}, {"IsControl", "\\p{Cc}"}, {"IsIdeographic", "\\p{Han}"},
      {"IsAssigned", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{Cc}\\p{Cf}\\p{Co}"}, {"L1", "\\x00-\\x{FF}"}, {"all", "\\x00-\\x{10FFFF}"},
      {"InGreek", "\\x{370}-\\x{3FF}"}, {"InCyrillic", "\\x{400}-\\x{4FF}"}, {"InBasicLatin", "\\x00-\\x7F"},
      {"InHebrew", "\\x{590}-\\x{5FF}"}, {"InArabic", "\\x{600}-\\x{6FF}"}, {"InHiragana", "\\x{3040}-\\x{309F}"}, {"InKatakana", "\\x{30A0}-\\x{30FF}"},
      {"InCJKUnifiedIdeographs", "\\x{4E00}-\\x{9FFF}"}, {"InLatin-1Supplement", "\\x{80}-\\x{FF}"}};
  return properties;
}

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  TranslatedRegex Run() {
    TranslatedRegex out;
    out.is_literal = true;
    while (at_ < text_.size()) Atom(out);
    if (depth_ != 0) throw Refused{"Unclosed group"};
    return out;
  }

 private:
  void Literal(TranslatedRegex& out, uint32_t code_point) {
    AppendCodePoint(out.pattern, code_point);
    AppendUtf8(out.literal, code_point);
  }

  static void AppendUtf8(std::string& out, uint32_t c) {
    if (c < 0x80) out.push_back(static_cast<char>(c));
    else if (c < 0x800) out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    else if (c < 0x10000) out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    else out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  }
  static void AppendCodePoint(std::string& out, uint32_t c) { out += fmt::format("\\x{{{:X}}}", c); }

  void Atom(TranslatedRegex& out) {
    const char c = text_[at_];
    switch (c) {
      case '\\': Escape(out); return;
      case '[':
        out.is_literal = false;
        out.pattern += Class();
        return;
      case '(':
        out.is_literal = false;
        Group(out);
        return;
      case ')':
        if (depth_ == 0) throw Refused{"Unmatched closing ')'"};
        --depth_;
        out.pattern.push_back(c);
        ++at_;
        return;
      case '{':
        // Java refuses what PCRE2 reads as text.
        CheckRepetition();
        [[fallthrough]];
      case '.':
      case '^':
      case '$':
      case '|':
      case '*':
      case '+':
      case '?':
        if ((c == '*' || c == '+' || c == '?' || c == '{') && (at_ == 0 || text_[at_ - 1] == '|' || (text_[at_ - 1] == '(' && !PreviousIsEscaped()))) {
          throw Refused{"Dangling meta character"};
        }
        out.is_literal = false;
        out.pattern.push_back(c);
        ++at_;
        return;
      default:
        out.pattern.push_back(c);
        out.literal.push_back(c);
        ++at_;
    }
  }

  bool PreviousIsEscaped() const {
    size_t slashes = 0;
    for (size_t i = at_ - 1; i-- > 0 && text_[i] == '\\';) ++slashes;
    return slashes % 2 == 1;
  }

  void CheckRepetition() const {
    size_t i = at_ + 1;
    size_t digits = 0;
    while (i < text_.size() && IsDigit(text_[i])) ++i, ++digits;
    if (digits == 0) throw Refused{"Illegal repetition"};
    if (i < text_.size() && text_[i] == ',') {
      ++i;
      while (i < text_.size() && IsDigit(text_[i])) ++i;
    }
    if (i >= text_.size() || text_[i] != '}') throw Refused{"Unclosed counted closure"};
  }

  void Group(TranslatedRegex& out) {
    ++depth_;
    ++at_;
    out.pattern.push_back('(');
    if (at_ >= text_.size() || text_[at_] != '?') {
      // PCRE2 gives "(*" a meaning of its own; in Java the star dangles.
      if (at_ < text_.size() && text_[at_] == '*') throw Refused{"Dangling meta character '*'"};
      return;
    }
    out.pattern.push_back('?');
    ++at_;
    if (at_ >= text_.size()) throw Refused{"Unknown group type"};
    const char c = text_[at_];
    if (c == ':' || c == '=' || c == '!' || c == '>') {
      out.pattern.push_back(c);
      ++at_;
      return;
    }
    if (c == '<') {
      ++at_;
      out.pattern.push_back('<');
      if (at_ < text_.size() && (text_[at_] == '=' || text_[at_] == '!')) {
        out.pattern.push_back(text_[at_++]);
        return;
      }
      if (at_ >= text_.size() || !IsLetter(text_[at_])) throw Refused{"Unknown look-behind group"};
      while (at_ < text_.size() && text_[at_] != '>') {
        if (!IsLetter(text_[at_]) && !IsDigit(text_[at_])) throw Refused{"named capturing group is missing trailing '>'"};
        out.pattern.push_back(text_[at_++]);
      }
      if (at_ >= text_.size()) throw Refused{"named capturing group is missing trailing '>'"};
      out.pattern.push_back('>');
      ++at_;
      return;
    }
    // Flags: i m s x are shared; d, u, U have no counterpart that changes what valid patterns match here.
    std::string on, off;
    bool turning_off = false;
    while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ':') {
      const char flag = text_[at_++];
      if (flag == '-') turning_off = true;
      else if (flag == 'i' || flag == 'm' || flag == 's' || flag == 'x') (turning_off ? off : on).push_back(flag);
      else if (flag != 'd' && flag != 'u' && flag != 'U') throw Refused{"Unknown inline modifier"};
    }
    if (at_ >= text_.size()) throw Refused{"Unknown inline modifier"};
    out.pattern += on;
    if (!off.empty()) out.pattern += "-" + off;
    if (text_[at_] == ')') --depth_;
    out.pattern.push_back(text_[at_++]);
  }

  // Reads the code point of an escape that names one; false when it is another kind of escape. at_ stands on the letter.
  bool EscapedCodePoint(uint32_t& code_point) {
    const char c = text_[at_];
    const auto hex = [&](size_t from, size_t count, uint32_t& value) {
      value = 0;
      if (from + count > text_.size()) return false;
      for (size_t i = 0; i < count; ++i) {
        const int digit = HexValue(text_[from + i]);
        if (digit < 0) return false;
        value = value * 16 + static_cast<uint32_t>(digit);
      }
      return true;
    };
    switch (c) {
      case 't': code_point = '\t'; break;
      case 'n': code_point = '\n'; break;
      case 'r': code_point = '\r'; break;
      case 'f': code_point = '\f'; break;
      case 'a': code_point = 7; break;
      case 'e': code_point = 27; break;
      case 'c':
        if (at_ + 1 >= text_.size()) throw Refused{"Illegal control escape sequence"};
        code_point = static_cast<unsigned char>(text_[at_ + 1]) ^ 64u;
        at_ += 2;
        return true;
      case '0': {
        size_t digits = 0;
        uint32_t value = 0;
        while (digits < 3 && at_ + 1 + digits < text_.size()) {
          const char d = text_[at_ + 1 + digits];
          if (d < '0' || d > '7' || (digits == 2 && value > 31)) break;
          value = value * 8 + static_cast<uint32_t>(d - '0');
          ++digits;
        }
        if (digits == 0) throw Refused{"Illegal octal escape sequence"};
        code_point = value;
        at_ += 1 + digits;
        return true;
      }
      case 'x':
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '{') {
          const size_t close = text_.find('}', at_);
          if (close == std::string_view::npos || close - at_ - 2 > 6 || !hex(at_ + 2, close - at_ - 2, code_point) || code_point > 0x10FFFF) {
            throw Refused{"Illegal hexadecimal escape sequence"};
          }
          at_ = close + 1;
          return true;
        }
        if (!hex(at_ + 1, 2, code_point)) throw Refused{"Illegal hexadecimal escape sequence"};
        at_ += 3;
        return true;
      case 'u': {
        if (!hex(at_ + 1, 4, code_point)) throw Refused{"Illegal Unicode escape sequence"};
        at_ += 5;
        uint32_t low;
        if (code_point >= 0xD800 && code_point < 0xDC00 && at_ + 1 < text_.size() && text_[at_] == '\\' && text_[at_ + 1] == 'u' && hex(at_ + 2, 4, low)) {
          code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
          at_ += 6;
        }
        return true;
      }
      default:
        if (IsLetter(c) || IsDigit(c)) return false;
        // An escaped character that is no letter is itself; it may be multi-byte.
        code_point = DecodeUtf8();
        return true;
    }
    ++at_;
    return true;
  }

  uint32_t DecodeUtf8() {
    const auto first = static_cast<unsigned char>(text_[at_]);
    int extra = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t c = extra == 0 ? first : first & (0x3F >> extra);
    ++at_;
    while (extra-- > 0 && at_ < text_.size()) c = c << 6 | (static_cast<unsigned char>(text_[at_++]) & 0x3F);
    return c;
  }

  // \p{..}, \P{..}, \pL: the inside of a class; `negated` for \P. at_ stands on the p.
  std::string Property(bool& negated) {
    negated = text_[at_] == 'P';
    ++at_;
    if (at_ >= text_.size()) throw Refused{"Unknown character property"};
    std::string name;
    if (text_[at_] == '{') {
      const size_t close = text_.find('}', at_);
      if (close == std::string_view::npos) throw Refused{"Unclosed character family"};
      name = text_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
    } else {
      name = text_[at_++];
    }
    if (auto found = Properties().find(name); found != Properties().end()) return found->second;
    for (std::string_view prefix : {"general_category=", "gc=", "script=", "sc=", "IsScript="}) {
      if (name.starts_with(prefix)) name.erase(0, prefix.size());
    }
    if (name.starts_with("Is")) name.erase(0, 2);
    if (name.empty() || name.size() > 40) throw Refused{"Unknown character property name"};
    for (char& c : name) {
      if (!IsLetter(c) && !IsDigit(c) && c != '_' && c != '-' && c != ' ') throw Refused{"Unknown character property name"};
    }
    if (name == "LC") name = "L&";
    return "\\p{" + name + "}";
  }

  void Escape(TranslatedRegex& out) {
    ++at_;
    if (at_ >= text_.size()) throw Refused{"Unexpected internal error"};
    const char c = text_[at_];
    if (c == 'Q') {
      const size_t begin = at_ + 1;
      size_t end = text_.find("\\E", begin);
      const bool closed = end != std::string_view::npos;
      if (!closed) end = text_.size();
      for (at_ = begin; at_ < end;) Literal(out, DecodeUtf8());
      at_ = closed ? end + 2 : end;
      return;
    }
    if (c == 'p' || c == 'P') {
      bool negated;
      const std::string inside = Property(negated);
      out.pattern += (negated ? "[^" : "[") + inside + "]";
      out.is_literal = false;
      return;
    }
    uint32_t code_point;
    if (EscapedCodePoint(code_point)) {
      Literal(out, code_point);
      return;
    }
    out.is_literal = false;
    if (IsDigit(c)) {
      // A back reference takes as many digits as there are groups; PCRE2 agrees for one digit.
      out.pattern += fmt::format("\\{}", c);
      ++at_;
      if (at_ < text_.size() && IsDigit(text_[at_])) out.pattern += "(?:)";
      return;
    }
    switch (c) {
      case 'd': case 'D': case 's': case 'S': case 'w': case 'W': case 'h': case 'H': case 'v': case 'V':
      case 'b': case 'B': case 'A': case 'G': case 'Z': case 'z': case 'R': case 'X':
        out.pattern += {'\\', c};
        ++at_;
        return;
      case 'k': {
        const size_t close = text_.find('>', at_);
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '<' || close == std::string_view::npos) throw Refused{"\\k is not followed by '<'"};
        out.pattern += "\\k<" + std::string(text_.substr(at_ + 2, close - at_ - 2)) + ">";
        at_ = close + 1;
        return;
      }
      default: throw Refused{"Illegal/unsupported escape sequence"};
    }
  }

  // A character class. Returns text that matches one character.
  // Union members that are negated classes become alternatives, intersections look ahead.
  std::string Class() {
    if (++class_depth_ > 100) throw Refused{"character classes are nested too deeply"};
    ++at_;  // [
    bool negated = false;
    if (at_ < text_.size() && text_[at_] == '^') {
      negated = true;
      ++at_;
    }
    std::vector<std::string> operands;      // of &&
    std::string inside;                     // plain members of the current operand
    std::vector<std::string> alternatives;  // complete one-character patterns of the current operand
    bool any = false;
    const auto close_operand = [&]() {
      std::vector<std::string> parts = alternatives;
      if (!inside.empty()) parts.insert(parts.begin(), "[" + inside + "]");
      if (parts.empty()) return;
      std::string joined = parts[0];
      for (size_t i = 1; i < parts.size(); ++i) joined += "|" + parts[i];
      operands.push_back(parts.size() == 1 ? joined : "(?:" + joined + ")");
      inside.clear();
      alternatives.clear();
    };
    while (true) {
      if (at_ >= text_.size()) throw Refused{"Unclosed character class"};
      const char c = text_[at_];
      if (c == ']' && any) {
        ++at_;
        break;
      }
      if (c == '[') {
        const std::string nested = Class();
        if (nested.starts_with("[") && !nested.starts_with("[^")) inside += nested.substr(1, nested.size() - 2);
        else alternatives.push_back(nested);
        any = true;
        continue;
      }
      if (c == '&' && at_ + 1 < text_.size() && text_[at_ + 1] == '&') {
        at_ += 2;
        close_operand();
        continue;
      }
      any = true;
      Member(inside, alternatives);
    }
    --class_depth_;
    close_operand();
    if (operands.empty()) return negated ? "[\\x00-\\x{10FFFF}]" : "(?!)";
    if (operands.size() == 1) {
      const std::string& only = operands[0];
      if (!negated) return only;
      if (only.starts_with("[") && !only.starts_with("[^")) return "[^" + only.substr(1);
      return "(?:(?!" + only + ")[\\x00-\\x{10FFFF}])";
    }
    std::string out = "(?:";
    for (size_t i = 0; i + 1 < operands.size(); ++i) out += "(?=" + operands[i] + ")";
    out += operands.back() + ")";
    return negated ? "(?:(?!" + out + ")[\\x00-\\x{10FFFF}])" : out;
  }

  void Member(std::string& inside, std::vector<std::string>& alternatives) {
    uint32_t low;
    if (text_[at_] == '\\') {
      ++at_;
      if (at_ >= text_.size()) throw Refused{"Unclosed character class"};
      const char c = text_[at_];
      if (c == 'Q') {
        size_t end = text_.find("\\E", at_ + 1);
        const bool closed = end != std::string_view::npos;
        if (!closed) end = text_.size();
        for (++at_; at_ < end;) AppendCodePoint(inside, DecodeUtf8());
        at_ = closed ? end + 2 : end;
        return;
      }
      if (c == 'p' || c == 'P') {
        bool negated;
        const std::string property = Property(negated);
        if (negated) alternatives.push_back("[^" + property + "]");
        else inside += property;
        return;
      }
      if (!EscapedCodePoint(low)) {
        if (std::string_view("dDsSwWhHvV").find(c) == std::string_view::npos) throw Refused{"Illegal/unsupported escape sequence"};
        inside += {'\\', c};
        ++at_;
        return;
      }
    } else {
      low = DecodeUtf8();
    }
    if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']' && text_[at_ + 1] != '[') {
      ++at_;
      uint32_t high;
      if (text_[at_] == '\\') {
        ++at_;
        if (at_ >= text_.size() || !EscapedCodePoint(high)) throw Refused{"Illegal character range"};
      } else {
        high = DecodeUtf8();
      }
      if (high < low) throw Refused{"Illegal character range"};
      AppendCodePoint(inside, low);
      inside.push_back('-');
      AppendCodePoint(inside, high);
      return;
    }
    AppendCodePoint(inside, low);
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0, class_depth_ = 0;
};

}  // namespace

Result<TranslatedRegex> TranslateJavaRegex(std::string_view pattern) {
  try {
    return Translator(pattern).Run();
  } catch (const Refused& refused) {
    return Failure(ErrorCode::kInvalidParameterValue, refused.message);
  }
}

}  // namespace crannog::engine::functions
