#include "engine/functions/collation.h"

#include <unicode/coll.h>
#include <unicode/sortkey.h>
#include <unicode/stsearch.h>
#include <unicode/tblcoll.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <unordered_map>

namespace crannog::engine::functions {
namespace {

uint32_t Decode(std::string_view text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const int extra = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  uint32_t c = extra == 0 ? first : first & (0x3Fu >> extra);
  ++at;
  for (int k = 0; k < extra && at < text.size(); ++k) c = c << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  return c;
}

void Append(std::string& out, uint32_t c) {
  if (c < 0x80) out.push_back(static_cast<char>(c));
  else if (c < 0x800) out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  else if (c < 0x10000) out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  else out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
}

// CollationAwareUTF8String.lowercaseCodePoint: the final sigma is a sigma, dotted capital I becomes two characters.
void AppendLower(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c));
  } else if (c == 0x130) {
    out += "i\xCC\x87";
  } else if (c == 0x3C2) {
    Append(out, 0x3C3);
  } else {
    Append(out, static_cast<uint32_t>(u_tolower(static_cast<UChar32>(c))));
  }
}

// Lower case with, for each byte, the byte of the text it came from.
struct Lowered {
  std::string text;
  std::vector<size_t> source;
};
Lowered LowerWithSource(std::string_view text) {
  Lowered out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    AppendLower(out.text, Decode(text, at));
    out.source.resize(out.text.size(), begin);
  }
  out.source.push_back(text.size());
  return out;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// UTF-16 with, for each unit, the byte of the text.
struct Wide {
  icu::UnicodeString text;
  std::vector<size_t> source;
};
Wide Widen(std::string_view text) {
  Wide out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t c = Decode(text, at);
    out.text.append(static_cast<UChar32>(c));
    out.source.resize(static_cast<size_t>(out.text.length()), begin);
  }
  out.source.push_back(text.size());
  return out;
}

std::string UpperText(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

}  // namespace

std::string LowerByCharacter(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) AppendLower(out, Decode(text, at));
  return out;
}

struct Collation::Icu {
  std::unique_ptr<icu::Collator> collator;
};

Collation::~Collation() = default;

Result<std::shared_ptr<const Collation>> Collation::Find(std::string_view name) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::shared_ptr<const Collation>> known;
  std::string key = UpperText(name);
  if (const size_t dot = key.rfind('.'); dot != std::string::npos) key.erase(0, dot + 1);  // SYSTEM.BUILTIN.x
  std::lock_guard lock(mutex);
  if (auto found = known.find(key); found != known.end()) return found->second;
  std::shared_ptr<Collation> made(new Collation());
  std::string rest = key;
  const auto take = [&](std::string_view suffix) {
    if (!rest.ends_with(suffix)) return false;
    rest.resize(rest.size() - suffix.size());
    return true;
  };
  made->trims_ = take("_RTRIM");
  if (rest.empty() || rest == "UTF8_BINARY") {
    made->kind_ = Kind::kBinary;
  } else if (rest == "UTF8_LCASE") {
    made->kind_ = Kind::kLowerCase;
  } else {
    bool case_insensitive = false, accent_insensitive = false;
    for (bool more = true; more;) {
      more = false;
      if (take("_CI")) case_insensitive = more = true;
      else if (take("_AI")) accent_insensitive = more = true;
      else if (take("_CS") || take("_AS")) more = true;
    }
    const auto refuse = [&]() { return Failure(ConditionError("COLLATION_INVALID_NAME", {{"collationName", std::string(name)}, {"proposals", "UNICODE"}})); };
    icu::Locale locale = icu::Locale::getRoot();
    if (rest != "UNICODE") {
      // Spark's locale names: "de", "zh_Hans", "en_USA" with three-letter countries.
      int32_t count = 0;
      const icu::Locale* available = icu::Collator::getAvailableLocales(count);
      bool is_known = false;
      for (int32_t i = 0; i < count && !is_known; ++i) {
        std::string spelled = available[i].getLanguage();
        if (*available[i].getScript() != 0) spelled += std::string("_") + available[i].getScript();
        if (*available[i].getCountry() != 0) spelled += std::string("_") + available[i].getISO3Country();
        is_known = *available[i].getVariant() == 0 && UpperText(spelled) == rest;
        if (is_known) locale = available[i];
      }
      if (!is_known) return refuse();
    }
    UErrorCode status = U_ZERO_ERROR;
    made->icu_ = std::make_unique<Icu>();
    made->icu_->collator.reset(icu::Collator::createInstance(locale, status));
    if (U_FAILURE(status)) return refuse();
    made->kind_ = Kind::kIcu;
    auto& collator = *made->icu_->collator;
    collator.setStrength(accent_insensitive ? icu::Collator::PRIMARY : case_insensitive ? icu::Collator::SECONDARY : icu::Collator::TERTIARY);
    if (accent_insensitive && !case_insensitive) collator.setAttribute(UCOL_CASE_LEVEL, UCOL_ON, status);
  }
  known[key] = made;
  return std::shared_ptr<const Collation>(made);
}

std::string Collation::Key(std::string_view text) const {
  if (trims_) text = TrimRight(text);
  switch (kind_) {
    case Kind::kBinary: return std::string(text);
    case Kind::kLowerCase: return LowerByCharacter(text);
    case Kind::kIcu: {
      const auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
      uint8_t small[256];
      const int32_t length = icu_->collator->getSortKey(wide, small, sizeof small);
      if (length <= static_cast<int32_t>(sizeof small)) return std::string(reinterpret_cast<char*>(small), static_cast<size_t>(length));
      std::string out(static_cast<size_t>(length), '\0');
      icu_->collator->getSortKey(wide, reinterpret_cast<uint8_t*>(out.data()), length);
      return out;
    }
  }
  return std::string(text);
}

std::vector<Collation::Match> Collation::SearchAll(std::string_view text, std::string_view pattern) const {
  std::vector<Match> out;
  if (pattern.empty()) return out;
  if (kind_ == Kind::kIcu) {
    const Wide wide = Widen(text), wide_pattern = Widen(pattern);
    if (wide.text.isEmpty()) return out;
    UErrorCode status = U_ZERO_ERROR;
    // StringSearch changes its collator's state: a copy for every search.
    std::unique_ptr<icu::RuleBasedCollator> collator(static_cast<icu::RuleBasedCollator*>(icu_->collator->clone()));
    icu::StringSearch search(wide_pattern.text, wide.text, collator.get(), nullptr, status);
    if (U_FAILURE(status)) return out;
    for (int32_t at = search.first(status); at != USEARCH_DONE && U_SUCCESS(status); at = search.next(status)) {
      out.push_back({wide.source[static_cast<size_t>(at)], wide.source[static_cast<size_t>(at + search.getMatchedLength())]});
    }
    return out;
  }
  if (kind_ == Kind::kLowerCase) {
    const Lowered lowered = LowerWithSource(text);
    const std::string wanted = LowerByCharacter(pattern);
    for (size_t at = lowered.text.find(wanted); at != std::string::npos; at = lowered.text.find(wanted, at + wanted.size())) {
      out.push_back({lowered.source[at], lowered.source[at + wanted.size()]});
    }
    return out;
  }
  for (size_t at = text.find(pattern); at != std::string_view::npos; at = text.find(pattern, at + pattern.size())) out.push_back({at, at + pattern.size()});
  return out;
}

std::optional<Collation::Match> Collation::Search(std::string_view text, std::string_view pattern, size_t from) const {
  if (pattern.empty()) return Match{from, from};
  const auto all = SearchAll(text.substr(from), pattern);
  if (all.empty()) return std::nullopt;
  return Match{all[0].begin + from, all[0].end + from};
}

bool Collation::StartsWith(std::string_view text, std::string_view prefix) const {
  if (prefix.empty()) return true;
  if (kind_ == Kind::kLowerCase) return LowerByCharacter(text).starts_with(LowerByCharacter(prefix));
  const auto match = Search(text, prefix, 0);
  return match && match->begin == 0;
}

bool Collation::EndsWith(std::string_view text, std::string_view suffix) const {
  if (trims_) {
    text = TrimRight(text);
    suffix = TrimRight(suffix);
  }
  if (suffix.empty()) return true;
  if (kind_ == Kind::kLowerCase) return LowerByCharacter(text).ends_with(LowerByCharacter(suffix));
  if (kind_ == Kind::kBinary) return text.ends_with(suffix);
  const auto all = SearchAll(text, suffix);
  return !all.empty() && all.back().end == text.size();
}

}  // namespace crannog::engine::functions
