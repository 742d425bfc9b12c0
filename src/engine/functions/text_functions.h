#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// String functions of Spark that are more than a loop in a kernel. Texts are UTF-8.
namespace crannog::engine::functions {

std::string Soundex(std::string_view text);
/// Edits between texts, in characters; with `limit` >= 0 it is -1 beyond that.
int32_t Levenshtein(std::string_view left, std::string_view right, int32_t limit = -1);
bool LuhnCheck(std::string_view digits);
/// First letter of each space-separated word in title case, the rest in lower case.
std::string InitCap(std::string_view text);
std::string Upper(std::string_view text);
std::string Lower(std::string_view text);

/// Characters 'from' become those at the same place of 'to', or nothing.
class Translation {
 public:
  Translation(std::string_view from, std::string_view to);
  std::string Apply(std::string_view text) const;

 private:
  std::vector<std::pair<uint32_t, std::string>> wide_;
  int16_t narrow_[128];  // -1: kept, -2: dropped, -3: wide replacement
};

std::string Overlay(std::string_view text, std::string_view replacement, int32_t position, int32_t length, bool is_binary);
int32_t FindInSet(std::string_view word, std::string_view set);
/// Replacements for upper and lower letters, digits and others; nothing keeps them.
struct MaskCharacters {
  std::optional<std::string> upper = "X", lower = "x", digit = "n", other;
};
std::string Mask(std::string_view text, const MaskCharacters& with);
/// Sentences of words, by ICU's boundaries in the locale.
std::vector<std::vector<std::string>> Sentences(std::string_view text, std::string_view language, std::string_view country);

/// parse_url: part HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO. Nothing: NULL. `is_invalid`: java.net.URI refuses the text.
std::optional<std::string> ParseUrl(std::string_view url, std::string_view part, const std::string* key, bool& is_invalid);
std::string UrlEncode(std::string_view text);
std::optional<std::string> UrlDecode(std::string_view text);

/// Splits into characters.
size_t CharacterLength(std::string_view text, size_t at);

}  // namespace crannog::engine::functions
