#pragma once

#include <cstdint>
#include <string_view>

namespace crannog::sql {

/// Kinds of tokens: punctuation, literals, then one per keyword of Spark. Databricks' own words (OPTIMIZE, ZORDER, …) are identifiers
/// that the parser knows by their text, so that no name of Spark's is lost to them.
enum class Token : uint16_t {
  kEnd,
  kSemicolon, kLeftParen, kRightParen, kComma, kDot, kLeftBracket, kRightBracket, kBang,
  kEq, kNullSafeEq, kNotEq, kBangEq, kLess, kLessEq, kGreater, kGreaterEq,
  kPlus, kMinus, kAsterisk, kSlash, kPercent_, kTilde, kAmpersand, kPipe, kConcat, kHat, kColon, kDoubleColon, kArrow, kFatArrow,
  kHintStart, kHintEnd, kQuestion, kShiftLeft, kShiftRight, kShiftRightUnsigned, kOperatorPipe,
  kString, kDoubleQuoted, kDollarString,
  kBigintLiteral, kSmallintLiteral, kTinyintLiteral, kInteger, kExponent, kDecimalValue, kFloatLiteral, kDoubleLiteral, kBigDecimalLiteral,
  kIdentifier_, kBackquoted, kUnrecognized,
#define K(word, name, reserved, strict) name,
#include "sql/keywords.inc"
#undef K
  kTokenCount
};

constexpr bool IsKeyword(Token token) { return token > Token::kUnrecognized && token < Token::kTokenCount; }
/// Reserved when spark.sql.ansi.enforceReservedKeywords is on.
bool IsReserved(Token token);
/// Not a table alias when it is off.
bool IsStrictNonReserved(Token token);
/// Finds the keyword of a word in any case; kIdentifier_ when it is none.
Token FindKeyword(std::string_view word);
/// Names a token as ANTLR's vocabulary does: "'AS'", "'('", "EQ".
std::string_view TokenDisplay(Token token);

/// One token: byte range and code point range (both [start, stop) here).
struct Lexeme {
  Token token = Token::kEnd;
  uint32_t begin = 0, end = 0;
  int32_t char_begin = 0, char_end = 0;
};

}  // namespace crannog::sql
