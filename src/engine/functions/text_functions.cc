#include "engine/functions/text_functions.h"

#include <unicode/brkiter.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/stringoptions.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/bytestream.h>

#include <algorithm>
#include <memory>

namespace crannog::engine::functions {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

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

std::vector<uint32_t> CodePoints(std::string_view text) {
  std::vector<uint32_t> out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) out.push_back(Decode(text, at));
  return out;
}

char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
bool IsAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int HexValue(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

}  // namespace

size_t CharacterLength(std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  const size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

std::string Soundex(std::string_view text) {
  constexpr char kCodes[] = "01230127022455012623017202";
  if (text.empty()) return "";
  const char first = AsciiUpper(text[0]);
  if (first < 'A' || first > 'Z') return std::string(text);
  std::string out(1, first);
  char last = kCodes[first - 'A'];
  for (size_t i = 1; i < text.size() && out.size() < 4; ++i) {
    const char c = AsciiUpper(text[i]);
    if (c < 'A' || c > 'Z') {
      last = '0';
      continue;
    }
    const char code = kCodes[c - 'A'];
    if (code == '7') continue;
    if (code != '0' && code != last) out.push_back(code);
    last = code;
  }
  out.resize(4, '0');
  return out;
}

int32_t Levenshtein(std::string_view left, std::string_view right, int32_t limit) {
  const auto a = CodePoints(left), b = CodePoints(right);
  std::vector<int32_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int32_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int32_t diagonal = row[0];
    row[0] = static_cast<int32_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int32_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return limit >= 0 && row[b.size()] > limit ? -1 : row[b.size()];
}

bool LuhnCheck(std::string_view digits) {
  if (digits.empty()) return false;
  int sum = 0;
  bool doubled = false;
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    int digit = digits[i] - '0';
    if (doubled) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

std::string Upper(std::string_view text) {
  if (IsAscii(text)) {
    std::string out(text);
    for (char& c : out) c = AsciiUpper(c);
    return out;
  }
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToUpper("", 0, {text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, status);
  return out;
}

std::string Lower(std::string_view text) {
  if (IsAscii(text)) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, {text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, status);
  return out;
}

std::string InitCap(std::string_view text) {
  const std::string lower = Lower(text);
  std::string out;
  bool at_start = true;
  for (size_t at = 0; at < lower.size();) {
    const uint32_t c = Decode(lower, at);
    Append(out, at_start ? static_cast<uint32_t>(u_totitle(static_cast<UChar32>(c))) : c);
    at_start = c == ' ';
  }
  return out;
}

Translation::Translation(std::string_view from, std::string_view to) {
  std::fill(std::begin(narrow_), std::end(narrow_), int16_t{-1});
  size_t to_at = 0;
  for (size_t at = 0; at < from.size();) {
    const uint32_t c = Decode(from, at);
    std::string replacement;
    if (to_at < to.size()) {
      const size_t length = CharacterLength(to, to_at);
      replacement = to.substr(to_at, length);
      to_at += length;
    }
    // The first mention of a character counts.
    if (std::any_of(wide_.begin(), wide_.end(), [&](const auto& pair) { return pair.first == c; })) continue;
    if (c < 128) narrow_[c] = replacement.empty() ? int16_t{-2} : replacement.size() == 1 ? static_cast<int16_t>(replacement[0]) : int16_t{-3};
    wide_.emplace_back(c, std::move(replacement));
  }
}

std::string Translation::Apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 128 && narrow_[byte] != -3) {
      if (narrow_[byte] == -1) out.push_back(text[at]);
      else if (narrow_[byte] >= 0) out.push_back(static_cast<char>(narrow_[byte]));
      ++at;
      continue;
    }
    const size_t begin = at;
    const uint32_t c = Decode(text, at);
    const auto found = std::find_if(wide_.begin(), wide_.end(), [&](const auto& pair) { return pair.first == c; });
    if (found == wide_.end()) out += text.substr(begin, at - begin);
    else out += found->second;
  }
  return out;
}

std::string Overlay(std::string_view text, std::string_view replacement, int32_t position, int32_t length, bool is_binary) {
  const auto count = [&](std::string_view s) {
    if (is_binary) return static_cast<int64_t>(s.size());
    int64_t n = 0;
    for (char c : s) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return n;
  };
  const auto offset = [&](int64_t characters) {
    if (characters <= 0) return size_t{0};
    if (is_binary) return std::min(text.size(), static_cast<size_t>(characters));
    size_t at = 0;
    while (characters-- > 0 && at < text.size()) at += CharacterLength(text, at);
    return at;
  };
  // Overlay.calculate: substringSQL(1, pos - 1), replacement, substringSQL(pos + length).
  const int64_t taken = length >= 0 ? length : count(replacement);
  const int64_t total = count(text);
  const auto sql_start = [&](int64_t pos) { return pos > 0 ? pos - 1 : pos < 0 ? std::max<int64_t>(total + pos, 0) : 0; };
  std::string out(text.substr(0, offset(static_cast<int64_t>(position) - 1)));
  out += replacement;
  out += text.substr(offset(sql_start(static_cast<int64_t>(position) + taken)));
  return out;
}

int32_t FindInSet(std::string_view word, std::string_view set) {
  if (word.find(',') != std::string_view::npos) return 0;
  int32_t index = 1;
  while (true) {
    const size_t comma = set.find(',');
    if (set.substr(0, comma) == word) return index;
    if (comma == std::string_view::npos) return 0;
    set.remove_prefix(comma + 1);
    ++index;
  }
}

std::string Mask(std::string_view text, const MaskCharacters& with) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const auto c = static_cast<UChar32>(Decode(text, at));
    const auto& replacement = u_isupper(c) ? with.upper : u_islower(c) ? with.lower : u_isdigit(c) ? with.digit : with.other;
    if (replacement) out += *replacement;
    else out += text.substr(begin, at - begin);
  }
  return out;
}

std::vector<std::vector<std::string>> Sentences(std::string_view text, std::string_view language, std::string_view country) {
  std::vector<std::vector<std::string>> out;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale locale = language.empty() ? icu::Locale::getUS() : icu::Locale(std::string(language).c_str(), std::string(country).c_str());
  std::unique_ptr<icu::BreakIterator> sentences(icu::BreakIterator::createSentenceInstance(locale, status));
  std::unique_ptr<icu::BreakIterator> words(icu::BreakIterator::createWordInstance(locale, status));
  if (U_FAILURE(status)) return out;
  const auto whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  sentences->setText(whole);
  int32_t begin = sentences->first();
  for (int32_t end = sentences->next(); end != icu::BreakIterator::DONE; begin = end, end = sentences->next()) {
    const icu::UnicodeString sentence(whole, begin, end - begin);
    words->setText(sentence);
    std::vector<std::string> found;
    int32_t from = words->first();
    for (int32_t to = words->next(); to != icu::BreakIterator::DONE; from = to, to = words->next()) {
      if (!u_isalnum(sentence.char32At(from))) continue;
      std::string word;
      icu::UnicodeString(sentence, from, to - from).toUTF8String(word);
      found.push_back(std::move(word));
    }
    out.push_back(std::move(found));
  }
  return out;
}

// java.net.URI's grammar, as far as it decides what parse_url shows.
std::optional<std::string> ParseUrl(std::string_view url, std::string_view part, const std::string* key, bool& is_invalid) {
  is_invalid = false;
  for (size_t i = 0; i < url.size(); ++i) {
    const auto c = static_cast<unsigned char>(url[i]);
    const bool escape = c == '%';
    if (c <= 0x20 || c == 0x7f || std::string_view("\"<>\\^`{|}").find(url[i]) != std::string_view::npos ||
        (escape && (i + 2 >= url.size() || HexValue(url[i + 1]) < 0 || HexValue(url[i + 2]) < 0))) {
      is_invalid = true;
      return std::nullopt;
    }
  }
  std::string_view rest = url;
  std::optional<std::string_view> fragment, query, scheme, authority;
  if (const size_t hash = rest.find('#'); hash != std::string_view::npos) {
    fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  const size_t colon = rest.find(':');
  const size_t stop = rest.find_first_of("/?");
  if (colon != std::string_view::npos && (stop == std::string_view::npos || colon < stop)) {
    const std::string_view name = rest.substr(0, colon);
    const bool valid = !name.empty() && IsAlphanumeric(name[0]) && !(name[0] >= '0' && name[0] <= '9') &&
                       std::all_of(name.begin(), name.end(), [](char c) { return IsAlphanumeric(c) || c == '+' || c == '-' || c == '.'; });
    if (!valid || colon + 1 == rest.size()) {
      is_invalid = true;
      return std::nullopt;
    }
    scheme = name;
    rest = rest.substr(colon + 1);
  }
  const bool is_opaque = scheme && !rest.starts_with("/");
  if (!is_opaque) {
    if (const size_t mark = rest.find('?'); mark != std::string_view::npos) {
      query = rest.substr(mark + 1);
      rest = rest.substr(0, mark);
    }
    if (rest.starts_with("//")) {
      const size_t slash = rest.find('/', 2);
      authority = rest.substr(2, slash == std::string_view::npos ? slash : slash - 2);
      rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
      if (authority->empty()) authority.reset();
    }
  }
  std::optional<std::string_view> user, host;
  if (authority) {
    std::string_view server = *authority;
    if (const size_t at = server.rfind('@'); at != std::string_view::npos) {
      user = server.substr(0, at);
      server = server.substr(at + 1);
    }
    if (server.starts_with("[")) {
      const size_t close = server.find(']');
      if (close != std::string_view::npos) host = server.substr(0, close + 1);
    } else {
      const size_t port = server.rfind(':');
      std::string_view name = server.substr(0, port);
      const bool port_ok = port == std::string_view::npos ||
                           std::all_of(server.begin() + static_cast<int64_t>(port) + 1, server.end(), [](char c) { return c >= '0' && c <= '9'; });
      // A host that is no host name makes the authority registry-based: no host, no user.
      const bool name_ok = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.'; });
      if (port_ok && name_ok) host = name;
      else user.reset();
    }
  }
  const auto text = [](const std::optional<std::string_view>& value) { return value ? std::optional<std::string>(std::string(*value)) : std::nullopt; };
  if (part == "QUERY") {
    if (!query) return std::nullopt;
    if (key == nullptr) return std::string(*query);
    for (std::string_view left = *query; !left.empty();) {
      const size_t amp = left.find('&');
      const std::string_view pair = left.substr(0, amp);
      if (pair.size() > key->size() && pair.starts_with(*key) && pair[key->size()] == '=') return std::string(pair.substr(key->size() + 1));
      if (amp == std::string_view::npos) break;
      left.remove_prefix(amp + 1);
    }
    return std::nullopt;
  }
  if (key != nullptr) return std::nullopt;
  if (part == "HOST") return text(host);
  if (part == "PATH") return is_opaque ? std::nullopt : std::optional<std::string>(std::string(rest));
  if (part == "REF") return text(fragment);
  if (part == "PROTOCOL") return text(scheme);
  if (part == "FILE") {
    if (is_opaque) return std::nullopt;
    return query ? std::string(rest) + "?" + std::string(*query) : std::string(rest);
  }
  if (part == "AUTHORITY") return text(authority);
  if (part == "USERINFO") return text(user);
  return std::nullopt;
}

std::string UrlEncode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (IsAlphanumeric(c) || c == '.' || c == '-' || c == '*' || c == '_') out.push_back(c);
    else if (c == ' ') out.push_back('+');
    else {
      const auto u = static_cast<unsigned char>(c);
      out += {'%', "0123456789ABCDEF"[u >> 4], "0123456789ABCDEF"[u & 15]};
    }
  }
  return out;
}

std::optional<std::string> UrlDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] == '%') {
      if (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) return std::nullopt;
      out.push_back(static_cast<char>(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace crannog::engine::functions
