#include "sql/lexer.h"

#include <cstring>

namespace crannog::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Spaces beyond ASCII that Spark's lexer skips.
bool IsUnicodeSpace(uint32_t c) {
  return c == 0x00A0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x202F || c == 0x205F || c == 0x3000;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {
    for (char c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) {
        is_ascii_ = false;
        break;
      }
    }
  }

  TokenStream Run() {
    stream_.tokens.reserve(text_.size() / 4 + 8);
    while (Skip()) Next();
    Emit(Token::kEnd, at_);
    return std::move(stream_);
  }

 private:
  char At(size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }

  // Decodes the code point at a position; its size in bytes goes to `size`. Broken UTF-8 counts as one unknown character per byte.
  uint32_t Decode(size_t at, size_t& size) const {
    auto byte = static_cast<unsigned char>(text_[at]);
    size = 1;
    if (byte < 0x80) return byte;
    size_t want = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    if (want == 1 || at + want > text_.size()) return 0xFFFD;
    uint32_t value = byte & (0xFF >> (want + 1));
    for (size_t i = 1; i < want; ++i) {
      auto next = static_cast<unsigned char>(text_[at + i]);
      if ((next & 0xC0) != 0x80) return 0xFFFD;
      value = (value << 6) | (next & 0x3F);
    }
    size = want;
    return value;
  }

  // Characters of a byte range, counted once from left to right.
  int32_t CharOffset(size_t byte) {
    if (is_ascii_) return static_cast<int32_t>(byte);
    while (counted_bytes_ < byte) {
      auto c = static_cast<unsigned char>(text_[counted_bytes_++]);
      if ((c & 0xC0) != 0x80) ++counted_chars_;
    }
    return counted_chars_;
  }

  void Emit(Token token, size_t end) {
    Lexeme lexeme;
    lexeme.token = token;
    lexeme.begin = static_cast<uint32_t>(at_);
    lexeme.end = static_cast<uint32_t>(end);
    lexeme.char_begin = CharOffset(at_);
    lexeme.char_end = CharOffset(end);
    stream_.tokens.push_back(lexeme);
    at_ = end;
  }

  // Moves over whitespace and comments; false at the end.
  bool Skip() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == '\v') {
        ++at_;
      } else if (c == '-' && At(1) == '-') {
        SkipLineComment();
      } else if (c == '/' && At(1) == '*' && At(2) != '+') {
        SkipBracketedComment();
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        size_t size;
        if (!IsUnicodeSpace(Decode(at_, size))) return true;
        at_ += size;
      } else {
        return true;
      }
    }
    return false;
  }

  void SkipLineComment() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && At(1) == '\n') {
        at_ += 2;
      } else if (text_[at_] == '\n' || text_[at_] == '\r') {
        return;
      } else {
        ++at_;
      }
    }
  }

  void SkipBracketedComment() {
    size_t depth = 0;
    while (at_ < text_.size()) {
      if (text_[at_] == '/' && At(1) == '*' && At(2) != '+') {
        ++depth;
        at_ += 2;
      } else if (text_[at_] == '*' && At(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
    stream_.has_unclosed_comment = true;
  }

  void Next() {
    char c = text_[at_];
    if (c == '\'') return Quoted(at_, '\'', Token::kString);
    if (c == '"') return Quoted(at_, '"', Token::kDoubleQuoted);
    if ((c == 'r' || c == 'R') && (At(1) == '\'' || At(1) == '"')) {
      size_t close = text_.find(At(1), at_ + 2);
      if (close != std::string_view::npos) return Emit(Token::kString, close + 1);
    }
    if (c == '`') return Backquoted();
    if (IsDigit(c)) return Number();
    if (c == '.' && IsDigit(At(1)) && FractionOnly()) return;
    if (IsAsciiLetter(c) || c == '_') return Word();
    if (static_cast<unsigned char>(c) >= 0x80) {
      size_t size;
      uint32_t point = Decode(at_, size);
      if (IsLetter(point)) return Word();
      return Emit(Token::kUnrecognized, at_ + size);
    }
    if (c == '$' && At(1) == '$') {
      size_t close = text_.find("$$", at_ + 2);
      if (close != std::string_view::npos) return Emit(Token::kDollarString, close + 2);
    }
    Symbol();
  }

  // [\p{L}] is approximated: beyond ASCII everything is a letter but punctuation, symbols and spaces of the common blocks.
  static bool IsLetter(uint32_t c) {
    if (c < 0x80) return IsAsciiLetter(static_cast<char>(c));
    if (c == 0xFFFD) return false;
    if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
    if (c == 0xD7 || c == 0xF7) return false;
    if (c >= 0x2000 && c <= 0x2BFF) return (c >= 0x2C00) || c == 0x2071 || c == 0x207F || (c >= 0x2090 && c <= 0x209C) || (c >= 0x2102 && c <= 0x2184);
    if (c >= 0x3000 && c <= 0x3004) return false;
    if (c >= 0x3007 && c <= 0x3030) return false;
    if (c >= 0xE000 && c <= 0xF8FF) return false;
    if (c >= 0xFF00 && c <= 0xFF20) return false;
    if (c >= 0x1F000 && c <= 0x1FAFF) return false;
    return true;
  }

  void Quoted(size_t quote_at, char quote, Token token) {
    size_t i = quote_at + 1;
    while (i < text_.size()) {
      char c = text_[i];
      if (c == '\\' && i + 1 < text_.size()) {
        i += 2;
      } else if (c == quote) {
        if (i + 1 < text_.size() && text_[i + 1] == quote) {
          i += 2;
        } else {
          return Emit(token, i + 1);
        }
      } else {
        ++i;
      }
    }
    Emit(Token::kUnrecognized, at_ + 1);
  }

  void Backquoted() {
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != '`') continue;
      if (i + 1 < text_.size() && text_[i + 1] == '`') {
        ++i;
      } else {
        return Emit(Token::kBackquoted, i + 1);
      }
    }
    Emit(Token::kUnrecognized, at_ + 1);
  }

  // Spark's isValidDecimal looks at the upper-cased stream: no letter of ASCII, digit or underscore may follow.
  bool EndsNumber(size_t i) const {
    if (i >= text_.size()) return true;
    char c = text_[i];
    return !(IsAsciiLetter(c) || IsDigit(c) || c == '_');
  }

  size_t Digits(size_t i) const {
    while (i < text_.size() && IsDigit(text_[i])) ++i;
    return i;
  }

  // The end of an exponent that starts at i, or i when there is none.
  size_t Exponent(size_t i) const {
    if (i >= text_.size() || (text_[i] != 'e' && text_[i] != 'E')) return i;
    size_t j = i + 1;
    if (j < text_.size() && (text_[j] == '+' || text_[j] == '-')) ++j;
    size_t end = Digits(j);
    return end == j ? i : end;
  }

  // Tries the tokens that hold a dot, whose digits end at `i`; false when none of them is valid here.
  bool DecimalFrom(size_t i) {
    size_t exponent = Exponent(i);
    for (size_t end : {exponent, i}) {
      char c = end < text_.size() ? text_[end] : '\0';
      char d = end + 1 < text_.size() ? text_[end + 1] : '\0';
      if ((c == 'B' || c == 'b') && (d == 'D' || d == 'd') && EndsNumber(end + 2)) return Emit(Token::kBigDecimalLiteral, end + 2), true;
      if ((c == 'D' || c == 'd') && EndsNumber(end + 1)) return Emit(Token::kDoubleLiteral, end + 1), true;
      if ((c == 'F' || c == 'f') && EndsNumber(end + 1)) return Emit(Token::kFloatLiteral, end + 1), true;
      if (EndsNumber(end)) return Emit(end == i ? Token::kDecimalValue : Token::kExponent, end), true;
    }
    return false;
  }

  bool FractionOnly() { return DecimalFrom(Digits(at_ + 1)); }

  void Number() {
    size_t digits = Digits(at_);
    if (digits < text_.size() && text_[digits] == '.' && DecimalFrom(Digits(digits + 1))) return;
    // Without a dot the longest match decides between a number with suffix and an identifier such as 1a; a tie is a number.
    size_t word = WordEnd(at_);
    size_t exponent = Exponent(digits);
    for (size_t end : {exponent, digits}) {
      char c = end < text_.size() ? text_[end] : '\0';
      char d = end + 1 < text_.size() ? text_[end + 1] : '\0';
      if ((c == 'B' || c == 'b') && (d == 'D' || d == 'd') && end + 2 >= word) return Emit(Token::kBigDecimalLiteral, end + 2);
      if ((c == 'D' || c == 'd') && end + 1 >= word) return Emit(Token::kDoubleLiteral, end + 1);
      if ((c == 'F' || c == 'f') && end + 1 >= word) return Emit(Token::kFloatLiteral, end + 1);
      if (end == digits) {
        if ((c == 'L' || c == 'l') && end + 1 >= word) return Emit(Token::kBigintLiteral, end + 1);
        if ((c == 'S' || c == 's') && end + 1 >= word) return Emit(Token::kSmallintLiteral, end + 1);
        if ((c == 'Y' || c == 'y') && end + 1 >= word) return Emit(Token::kTinyintLiteral, end + 1);
        if (end >= word) return Emit(Token::kInteger, end);
      } else if (end >= word) {
        return Emit(Token::kExponent, end);
      }
    }
    Emit(Token::kIdentifier_, word);
  }

  size_t WordEnd(size_t i) const {
    while (i < text_.size()) {
      char c = text_[i];
      if (IsAsciiLetter(c) || IsDigit(c) || c == '_') {
        ++i;
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        size_t size;
        if (!IsLetter(Decode(i, size))) break;
        i += size;
      } else {
        break;
      }
    }
    return i;
  }

  void Word() {
    size_t end = WordEnd(at_);
    // A path as a name: letters '://' and what may stand in a URI.
    if (end + 3 < text_.size() && text_.compare(end, 3, "://") == 0) {
      bool letters_only = true;
      for (size_t i = at_; i < end; ++i) letters_only = letters_only && !IsDigit(text_[i]) && text_[i] != '_';
      size_t i = end + 3;
      while (i < text_.size() && (IsAsciiLetter(text_[i]) || IsDigit(text_[i]) || (text_[i] != '\0' && std::strchr("_/-.?=&#%", text_[i])))) ++i;
      if (letters_only && i > end + 3) return Emit(Token::kIdentifier_, i);
    }
    Emit(FindKeyword(text_.substr(at_, end - at_)), end);
  }

  void Symbol() {
    struct Row {
      std::string_view text;
      Token token;
    };
    // Longest first where one starts another.
    static constexpr Row kRows[] = {
        {"/*+", Token::kHintStart}, {"<=>", Token::kNullSafeEq}, {">>>", Token::kShiftRightUnsigned},
        {"*/", Token::kHintEnd}, {"==", Token::kEq}, {"<>", Token::kNotEq}, {"!=", Token::kBangEq}, {"<=", Token::kLessEq}, {"!>", Token::kLessEq},
        {">=", Token::kGreaterEq}, {"!<", Token::kGreaterEq}, {"||", Token::kConcat}, {"|>", Token::kOperatorPipe}, {"::", Token::kDoubleColon},
        {"->", Token::kArrow}, {"=>", Token::kFatArrow}, {"<<", Token::kShiftLeft}, {">>", Token::kShiftRight},
        {";", Token::kSemicolon}, {"(", Token::kLeftParen}, {")", Token::kRightParen}, {",", Token::kComma}, {".", Token::kDot},
        {"[", Token::kLeftBracket}, {"]", Token::kRightBracket}, {"!", Token::kBang}, {"=", Token::kEq}, {"<", Token::kLess}, {">", Token::kGreater},
        {"+", Token::kPlus}, {"-", Token::kMinus}, {"*", Token::kAsterisk}, {"/", Token::kSlash}, {"%", Token::kPercent_}, {"~", Token::kTilde},
        {"&", Token::kAmpersand}, {"|", Token::kPipe}, {"^", Token::kHat}, {":", Token::kColon}, {"?", Token::kQuestion}};
    for (const Row& row : kRows) {
      if (text_.compare(at_, row.text.size(), row.text) == 0) return Emit(row.token, at_ + row.text.size());
    }
    Emit(Token::kUnrecognized, at_ + 1);
  }

  std::string_view text_;
  size_t at_ = 0;
  bool is_ascii_ = true;
  size_t counted_bytes_ = 0;
  int32_t counted_chars_ = 0;
  TokenStream stream_;
};

}  // namespace

TokenStream Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace crannog::sql
