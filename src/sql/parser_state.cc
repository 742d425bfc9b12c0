#include "sql/parser_state.h"

#include <fmt/format.h>

namespace crannog::sql {

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

std::string UpperAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

Parser::Parser(std::string_view text, const ParserOptions& options) : text_(text), options_(options) {
  TokenStream stream = Tokenize(text);
  tokens_ = std::move(stream.tokens);
  has_unclosed_comment_ = stream.has_unclosed_comment;
}

bool Parser::KindIn(size_t ahead, std::initializer_list<T> set) const {
  T kind = Kind(ahead);
  for (T token : set) {
    if (kind == token) return true;
  }
  return false;
}

bool Parser::AtAny(std::initializer_list<T> set) const { return KindIn(0, set); }

std::string_view Parser::Text(size_t ahead) const {
  const Lexeme& lexeme = Peek(ahead);
  return text_.substr(lexeme.begin, lexeme.end - lexeme.begin);
}

bool Parser::AtWord(std::string_view word, size_t ahead) const {
  T kind = Kind(ahead);
  return (kind == T::kIdentifier_ || IsKeyword(kind)) && EqualsIgnoreCase(Text(ahead), word);
}

bool Parser::AcceptWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Advance();
  return true;
}

bool Parser::AtWords(std::initializer_list<std::string_view> words, size_t ahead) const {
  for (std::string_view word : words) {
    if (!AtWord(word, ahead++)) return false;
  }
  return true;
}

bool Parser::AcceptWords(std::initializer_list<std::string_view> words) {
  if (!AtWords(words)) return false;
  for (size_t i = 0; i < words.size(); ++i) Advance();
  return true;
}

void Parser::ExpectWord(std::string_view word) {
  if (!AcceptWord(word)) Fail(std::string(word));
}

void Parser::Expect(T token) {
  if (!Accept(token)) Fail(std::string(TokenDisplay(token)));
}

void Parser::ExpectRepairable(T token, std::initializer_list<T> followers) {
  if (Accept(token)) return;
  std::string hint;
  if (Kind(1) == token) {
    hint = ": extra input " + TokenError(pos_);
  } else if (KindIn(0, followers)) {
    hint = fmt::format(": missing {}", TokenDisplay(token));
  }
  Fail(std::string(TokenDisplay(token)), hint);
}

std::string Parser::TokenError(size_t token) const {
  if (tokens_[token].token == T::kEnd) return "end of input";
  std::string out = "'";
  for (char c : TextOf(token)) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + "'";
}

void Parser::Fail(std::string expected, std::string hint) {
  SyntaxFailure failure;
  failure.at = pos_;
  failure.expected = std::move(expected);
  failure.hint = std::move(hint);
  throw failure;
}

void Parser::FailWith(Error error) {
  SyntaxFailure failure;
  failure.at = pos_;
  failure.error = std::move(error);
  throw failure;
}

void Parser::ExpectEnd(std::string_view after) {
  if (At(T::kEnd)) return;
  // ANTLR drops a single stray token when the end follows it, and says so.
  std::string hint;
  if (Kind(1) == T::kEnd || Kind(1) == T::kSemicolon) hint = ": extra input " + TokenError(pos_);
  Fail(fmt::format("the end of the {}", after), hint);
}

Error Parser::ToError(const SyntaxFailure& failure) const {
  if (failure.error) return *failure.error;
  const SyntaxFailure& worst = furthest_ && furthest_->at > failure.at ? *furthest_ : failure;
  bool blank = true;
  for (char c : text_) blank = blank && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v');
  if (blank) return ConditionError("PARSE_EMPTY_STATEMENT");
  Error error = ConditionError("PARSE_SYNTAX_ERROR", {{"error", TokenError(worst.at)}, {"hint", worst.hint}});
  int line = 1;
  size_t line_begin = 0;
  size_t begin = tokens_[worst.at].begin;
  for (size_t i = 0; i < begin; ++i) {
    if (text_[i] == '\n') {
      ++line;
      line_begin = i + 1;
    }
  }
  int column = 0;
  for (size_t i = line_begin; i < begin; ++i) column += (static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80;
  error.message += fmt::format(" (line {}, pos {})", line, column);
  if (!worst.expected.empty()) error.hint = fmt::format("expected {}", worst.expected);
  return error;
}

Origin Parser::From(size_t start) const {
  size_t last = pos_ > start ? pos_ - 1 : start;
  return Between(start, last);
}

Origin Parser::Between(size_t start, size_t stop) const { return {tokens_[start].char_begin, tokens_[stop].char_end - 1}; }

std::string Parser::SliceTokens(size_t start, size_t stop) const {
  if (stop <= start) return "";
  return std::string(text_.substr(tokens_[start].begin, tokens_[stop - 1].end - tokens_[start].begin));
}

std::string Parser::Slice(Origin origin) const {
  // Offsets count characters; walk only as far as needed.
  size_t byte = 0;
  int32_t chars = 0;
  auto advance_to = [&](int32_t target) {
    while (byte < text_.size() && chars < target) {
      ++byte;
      while (byte < text_.size() && (static_cast<unsigned char>(text_[byte]) & 0xC0) == 0x80) ++byte;
      ++chars;
    }
    return byte;
  };
  size_t begin = advance_to(origin.start);
  size_t end = advance_to(origin.stop + 1);
  return std::string(text_.substr(begin, end - begin));
}

void Parser::Semantic(Error error, Origin origin) {
  if (semantic_error_) return;
  QueryContext context;
  context.start_index = origin.start;
  context.stop_index = origin.stop;
  context.fragment = Slice(origin);
  error.contexts.push_back(std::move(context));
  semantic_error_ = std::move(error);
}

void Parser::Semantic(Error error, size_t start) { Semantic(std::move(error), From(start)); }

void Parser::SemanticWithoutContext(Error error) {
  if (!semantic_error_) semantic_error_ = std::move(error);
}

void Parser::LegacyOperationNotAllowed(std::string message, size_t start) {
  Semantic(ConditionError("_LEGACY_ERROR_TEMP_0035", {{"message", std::move(message)}}), start);
}

void Parser::SqlSyntax(std::string_view sub, std::map<std::string, std::string> parameters, size_t start) {
  Semantic(ConditionError(fmt::format("INVALID_SQL_SYNTAX.{}", sub), std::move(parameters)), start);
}

void Parser::TooComplex() { FailWith(ConditionError("FAILED_TO_PARSE_TOO_COMPLEX")); }

void Parser::Enter() {
  if (++depth_ > kNestingMax) {
    --depth_;
    TooComplex();
  }
}

}  // namespace crannog::sql
