#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"


namespace crannog::engine::functions {

/// A collation of Spark: UTF8_BINARY, UTF8_LCASE, UNICODE, UNICODE_CI, locales ("de", "en_USA"), with _CI, _AI, _RTRIM. Threads: immutable.
/// Source: Spark's CollationFactory, CollationAwareUTF8String; ICU 72.
class Collation {
 public:
  /// Finds a collation; "" is UTF8_BINARY. Error: COLLATION_INVALID_NAME.
  static Result<std::shared_ptr<const Collation>> Find(std::string_view name);
  ~Collation();

  bool is_binary() const { return kind_ == Kind::kBinary && !trims_; }
  /// Bytes whose equality and order are those of the texts.
  std::string Key(std::string_view text) const;

  struct Match {
    size_t begin, end;  ///< bytes
  };
  /// Finds `pattern` in `text` at or behind byte `from`. An empty pattern is found at once.
  std::optional<Match> Search(std::string_view text, std::string_view pattern, size_t from) const;
  bool StartsWith(std::string_view text, std::string_view prefix) const;
  bool EndsWith(std::string_view text, std::string_view suffix) const;
  /// All matches that do not overlap.
  std::vector<Match> SearchAll(std::string_view text, std::string_view pattern) const;
  bool Equal(std::string_view left, std::string_view right) const { return Key(left) == Key(right); }

 private:
  enum class Kind : uint8_t { kBinary, kLowerCase, kIcu };
  struct Icu;
  Collation() = default;
  Kind kind_ = Kind::kBinary;
  bool trims_ = false;
  std::unique_ptr<Icu> icu_;
};

/// Lower case of each character on its own, as UTF8_LCASE compares.
std::string LowerByCharacter(std::string_view text);

}  // namespace crannog::engine::functions
