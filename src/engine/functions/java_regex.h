#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace crannog::engine::functions {

/// A regular expression in java.util.regex's syntax, compiled (JIT) by PCRE2 after translation: character class union and
/// intersection, POSIX and Java properties, \uXXXX and \0n escapes, Java's flags. Texts are valid UTF-8; offsets are bytes.
/// Not the same as Java: look-behind of unbounded length. Threads: immutable; a RegexMatcher belongs to one thread.
class JavaRegex {
 public:
  enum class Letters : uint8_t { kExact, kIgnoreCase };
  /// Error: kInvalidParameterValue with a message; the caller names function and parameter (PatternError).
  static Result<std::shared_ptr<const JavaRegex>> Compile(std::string_view pattern, Letters letters = Letters::kExact);
  ~JavaRegex();
  JavaRegex(const JavaRegex&) = delete;
  JavaRegex& operator=(const JavaRegex&) = delete;

  int32_t group_count() const { return group_count_; }
  /// Number of a named group, or -1.
  int32_t GroupNumber(std::string_view name) const;

 private:
  friend class RegexMatcher;
  JavaRegex() = default;
  void* code_ = nullptr;
  int32_t group_count_ = 0;
  std::string literal_;  // when the pattern is plain text: found without the engine
  bool is_literal_ = false;
};

/// INVALID_PARAMETER_VALUE.PATTERN for a function's `regexp` argument.
Error PatternError(std::string_view function, std::string_view pattern);

/// Finds matches of one regex after another in texts. Threads: one.
class RegexMatcher {
 public:
  explicit RegexMatcher(std::shared_ptr<const JavaRegex> regex);
  ~RegexMatcher();
  RegexMatcher(const RegexMatcher&) = delete;
  RegexMatcher& operator=(const RegexMatcher&) = delete;

  const JavaRegex& regex() const { return *regex_; }
  /// Starts on a text; it is borrowed until the next Reset. `from` is where looking begins; anchors see the whole text.
  void Reset(std::string_view text, size_t from = 0);
  /// Finds the next match, as java.util.regex.Matcher.find does. Throws nothing; a match limit counts as no match.
  bool Find();
  size_t start(int32_t group = 0) const;
  size_t end(int32_t group = 0) const;
  bool Has(int32_t group) const;
  std::string_view Group(int32_t group) const;  ///< "" when the group took no part
  std::string_view text() const { return text_; }

 private:
  std::shared_ptr<const JavaRegex> regex_;
  void* match_data_ = nullptr;
  const size_t* offsets_ = nullptr;
  size_t literal_offsets_[2] = {0, 0};
  std::string_view text_;
  size_t next_ = 0;
};

/// A replacement text of Matcher.appendReplacement: "$1", "${name}", "\$".
class RegexReplacement {
 public:
  /// Errors: kInvalidParameterValue with Java's message (Illegal group reference, No group 3 …).
  static Result<RegexReplacement> Compile(std::string_view text, const JavaRegex& regex);
  void AppendTo(std::string& out, const RegexMatcher& matcher) const;

 private:
  struct Piece {
    std::string literal;
    int32_t group = -1;
  };
  std::vector<Piece> pieces_;
};

/// Replaces all matches from byte `from` on; appends the whole text.
void ReplaceAll(RegexMatcher& matcher, std::string_view text, size_t from, const RegexReplacement& replacement, std::string& out);

/// String.split: pieces between matches; `limit` <= 0 means no limit and keeps trailing empty pieces.
void Split(RegexMatcher& matcher, std::string_view text, int32_t limit, std::vector<std::string_view>& pieces);
/// split with an empty pattern: one piece per character.
void SplitCharacters(std::string_view text, int32_t limit, std::vector<std::string_view>& pieces);

/// Matchers of patterns that change per row: keeps the last few hundred. Threads: one.
class RegexCache {
 public:
  Result<RegexMatcher*> Get(std::string_view pattern);

 private:
  std::unordered_map<std::string, std::unique_ptr<RegexMatcher>> matchers_;
};

/// UTF-16 length of UTF-8 text: what Java's offsets count.
int32_t Utf16Length(std::string_view text);

}  // namespace crannog::engine::functions
