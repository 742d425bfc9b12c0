#include "sql/token.h"

#include <algorithm>
#include <array>

#include "sql/keywords.h"

namespace crannog::sql {
namespace {

struct Row {
  std::string_view word;
  Token token;
  bool is_reserved;
  bool is_strict;
};

constexpr Row kRows[] = {
#define K(word, name, reserved, strict) {word, Token::name, reserved != 0, strict != 0},
#include "sql/keywords.inc"
#undef K
};
constexpr size_t kRowCount = sizeof(kRows) / sizeof(kRows[0]);
constexpr size_t kWordLengthMax = 24;

constexpr const Row& RowOf(Token token) {
  return kRows[static_cast<size_t>(token) - static_cast<size_t>(Token::kUnrecognized) - 1];
}

// Open addressing over the words (and the three other spellings that Spark's lexer knows).
constexpr size_t kSlots = 2048;

constexpr uint32_t Hash(const char* text, size_t size) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<uint8_t>(text[i])) * 16777619u;
  return hash ^ (hash >> 15);
}

struct Slot {
  std::string_view word;
  Token token = Token::kIdentifier_;
};

constexpr void Insert(std::array<Slot, kSlots>& slots, std::string_view word, Token token) {
  size_t at = Hash(word.data(), word.size()) % kSlots;
  while (!slots[at].word.empty()) at = (at + 1) % kSlots;
  slots[at] = {word, token};
}

constexpr std::array<Slot, kSlots> MakeSlots() {
  std::array<Slot, kSlots> slots{};
  for (const Row& row : kRows) Insert(slots, row.word, row.token);
  Insert(slots, "TEMP", Token::kTemporary);
  Insert(slots, "REGEXP", Token::kRlike);
  return slots;
}

constexpr std::array<Slot, kSlots> kTable = MakeSlots();

constexpr std::string_view kDisplay[] = {
    "<EOF>", "';'", "'('", "')'", "','", "'.'", "'['", "']'", "'!'", "EQ", "'<=>'", "'<>'", "'!='", "'<'", "LTE", "'>'", "GTE",
    "'+'", "'-'", "'*'", "'/'", "'%'", "'~'", "'&'", "'|'", "'||'", "'^'", "':'", "'::'", "'->'", "'=>'", "'/*+'", "'*/'", "'?'", "'<<'", "'>>'",
    "'>>>'", "'|>'", "STRING_LITERAL", "DOUBLEQUOTED_STRING", "STRING_LITERAL", "BIGINT_LITERAL", "SMALLINT_LITERAL", "TINYINT_LITERAL",
    "INTEGER_VALUE", "EXPONENT_VALUE", "DECIMAL_VALUE", "FLOAT_LITERAL", "DOUBLE_LITERAL", "BIGDECIMAL_LITERAL", "IDENTIFIER",
    "BACKQUOTED_IDENTIFIER", "UNRECOGNIZED"};
static_assert(sizeof(kDisplay) / sizeof(kDisplay[0]) == static_cast<size_t>(Token::kUnrecognized) + 1);

constexpr std::string_view kKeywordDisplay[] = {
#define K(word, name, reserved, strict) "'" word "'",
#include "sql/keywords.inc"
#undef K
};

}  // namespace

bool IsReserved(Token token) { return IsKeyword(token) && RowOf(token).is_reserved; }
bool IsStrictNonReserved(Token token) { return IsKeyword(token) && RowOf(token).is_strict; }

Token FindKeyword(std::string_view word) {
  if (word.size() > kWordLengthMax) return Token::kIdentifier_;
  char upper[kWordLengthMax];
  for (size_t i = 0; i < word.size(); ++i) upper[i] = static_cast<char>(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
  std::string_view key(upper, word.size());
  for (size_t at = Hash(upper, word.size()) % kSlots; !kTable[at].word.empty(); at = (at + 1) % kSlots) {
    if (kTable[at].word == key) return kTable[at].token;
  }
  return Token::kIdentifier_;
}

std::string_view TokenDisplay(Token token) {
  if (IsKeyword(token)) return kKeywordDisplay[static_cast<size_t>(token) - static_cast<size_t>(Token::kUnrecognized) - 1];
  return kDisplay[static_cast<size_t>(token)];
}

std::vector<Keyword> Keywords(bool enforce_reserved_keywords) {
  std::vector<Keyword> out;
  out.reserve(kRowCount);
  for (const Row& row : kRows) {
    if (row.token == Token::kTemporary || row.token == Token::kRlike) continue;  // two spellings each: Spark does not list them
    out.push_back({std::string(row.word), enforce_reserved_keywords && row.is_reserved});
  }
  return out;
}

}  // namespace crannog::sql
