#include "engine/functions/java_regex.h"

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstring>

#include "engine/functions/java_regex_syntax.h"

namespace crannog::engine::functions {
namespace {

pcre2_code* Code(void* code) { return static_cast<pcre2_code*>(code); }

// A text may make a pattern backtrack for ever; Java would burn the stack.
constexpr uint32_t kMatchLimit = 50'000'000;
constexpr size_t kCachedMatcherMax = 256;

pcre2_match_context* MatchContext() {
  static pcre2_match_context* context = [] {
    pcre2_match_context* made = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(made, kMatchLimit);
    return made;
  }();
  return context;
}

size_t CharacterLength(std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  const size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Error PatternError(std::string_view function, std::string_view pattern) {
  return ConditionError("INVALID_PARAMETER_VALUE.PATTERN",
                        {{"parameter", "`regexp`"}, {"functionName", fmt::format("`{}`", function)}, {"value", fmt::format("'{}'", pattern)}});
}

Result<std::shared_ptr<const JavaRegex>> JavaRegex::Compile(std::string_view pattern, Letters letters) {
  TRY(TranslatedRegex translated, TranslateJavaRegex(pattern));
  static pcre2_compile_context* context = [] {
    pcre2_compile_context* made = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(made, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_bsr(made, PCRE2_BSR_UNICODE);
    return made;
  }();
  int error_code = 0;
  PCRE2_SIZE error_offset = 0;
  uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (letters == Letters::kIgnoreCase) options |= PCRE2_CASELESS;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.pattern.data()), translated.pattern.size(), options, &error_code,
                                   &error_offset, context);
  if (code == nullptr) {
    PCRE2_UCHAR message[256];
    pcre2_get_error_message(error_code, message, sizeof message);
    return Failure(ErrorCode::kInvalidParameterValue, reinterpret_cast<const char*>(message));
  }
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  std::shared_ptr<JavaRegex> regex(new JavaRegex());
  regex->code_ = code;
  uint32_t count = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &count);
  regex->group_count_ = static_cast<int32_t>(count);
  regex->is_literal_ = translated.is_literal && letters == Letters::kExact && !translated.literal.empty();
  regex->literal_ = std::move(translated.literal);
  return std::shared_ptr<const JavaRegex>(std::move(regex));
}

JavaRegex::~JavaRegex() { pcre2_code_free(Code(code_)); }

int32_t JavaRegex::GroupNumber(std::string_view name) const {
  return pcre2_substring_number_from_name(Code(code_), reinterpret_cast<PCRE2_SPTR>(std::string(name).c_str()));
}

RegexMatcher::RegexMatcher(std::shared_ptr<const JavaRegex> regex) : regex_(std::move(regex)) {
  auto* data = pcre2_match_data_create_from_pattern(Code(regex_->code_), nullptr);
  match_data_ = data;
  offsets_ = regex_->is_literal_ ? literal_offsets_ : pcre2_get_ovector_pointer(data);
}

RegexMatcher::~RegexMatcher() { pcre2_match_data_free(static_cast<pcre2_match_data*>(match_data_)); }

void RegexMatcher::Reset(std::string_view text, size_t from) {
  text_ = text;
  next_ = from;
}

bool RegexMatcher::Find() {
  if (next_ > text_.size()) return false;
  if (regex_->is_literal_) {
    const size_t found = text_.find(regex_->literal_, next_);
    if (found == std::string_view::npos) {
      next_ = text_.size() + 1;
      return false;
    }
    literal_offsets_[0] = found;
    literal_offsets_[1] = next_ = found + regex_->literal_.size();
    return true;
  }
  // PCRE2 wants a pointer even for no text.
  const char* data = text_.data() == nullptr ? "" : text_.data();
  const int rc = pcre2_match(Code(regex_->code_), reinterpret_cast<PCRE2_SPTR>(data), text_.size(), next_, PCRE2_NO_UTF_CHECK,
                             static_cast<pcre2_match_data*>(match_data_), MatchContext());
  if (rc < 0) {
    next_ = text_.size() + 1;
    return false;
  }
  next_ = offsets_[1];
  // After an empty match Java looks from the next character on.
  if (offsets_[0] == offsets_[1]) next_ += next_ < text_.size() ? CharacterLength(text_, next_) : 1;
  return true;
}

size_t RegexMatcher::start(int32_t group) const { return offsets_[2 * group]; }
size_t RegexMatcher::end(int32_t group) const { return offsets_[2 * group + 1]; }
bool RegexMatcher::Has(int32_t group) const { return offsets_[2 * group] != PCRE2_UNSET; }
std::string_view RegexMatcher::Group(int32_t group) const {
  if (!Has(group)) return {};
  return text_.substr(start(group), end(group) - start(group));
}

Result<RegexReplacement> RegexReplacement::Compile(std::string_view text, const JavaRegex& regex) {
  RegexReplacement out;
  std::string literal;
  const auto flush = [&]() {
    if (!literal.empty()) out.pieces_.push_back({std::move(literal), -1});
    literal.clear();
  };
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\\') {
      if (++i == text.size()) return Failure(ErrorCode::kInvalidParameterValue, "character to be escaped is missing");
      literal.push_back(text[i++]);
    } else if (text[i] == '$') {
      if (++i == text.size()) return Failure(ErrorCode::kInvalidParameterValue, "Illegal group reference: group index is missing");
      int32_t group = -1;
      if (text[i] == '{') {
        const size_t close = text.find('}', i);
        if (close == std::string_view::npos) return Failure(ErrorCode::kInvalidParameterValue, "named capturing group is missing trailing '}'");
        const std::string_view name = text.substr(i + 1, close - i - 1);
        group = regex.GroupNumber(name);
        if (group < 0) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("No group with name {{{}}}", name));
        i = close + 1;
      } else {
        if (!IsDigit(text[i])) return Failure(ErrorCode::kInvalidParameterValue, "Illegal group reference");
        group = text[i++] - '0';
        if (group > regex.group_count()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("No group {}", group));
        while (i < text.size() && IsDigit(text[i]) && group * 10 + (text[i] - '0') <= regex.group_count()) group = group * 10 + (text[i++] - '0');
      }
      flush();
      out.pieces_.push_back({"", group});
    } else {
      literal.push_back(text[i++]);
    }
  }
  flush();
  return out;
}

void RegexReplacement::AppendTo(std::string& out, const RegexMatcher& matcher) const {
  for (const Piece& piece : pieces_) {
    if (piece.group < 0) out += piece.literal;
    else out += matcher.Group(piece.group);
  }
}

void ReplaceAll(RegexMatcher& matcher, std::string_view text, size_t from, const RegexReplacement& replacement, std::string& out) {
  matcher.Reset(text, from);
  size_t copied = 0;
  while (matcher.Find()) {
    out.append(text, copied, matcher.start() - copied);
    replacement.AppendTo(out, matcher);
    copied = matcher.end();
  }
  out.append(text, copied);
}

void Split(RegexMatcher& matcher, std::string_view text, int32_t limit, std::vector<std::string_view>& pieces) {
  pieces.clear();
  matcher.Reset(text);
  size_t index = 0;
  bool found = false;
  while (matcher.Find()) {
    if (limit > 0 && pieces.size() + 1 >= static_cast<size_t>(limit)) break;
    // No empty leading piece for a zero-width match at the beginning.
    if (index == 0 && matcher.start() == 0 && matcher.end() == 0) continue;
    // A zero-width match behind the last character gives the empty trailing piece that Java gives.
    found = true;
    pieces.push_back(text.substr(index, matcher.start() - index));
    index = matcher.end();
  }
  if (!found) {
    pieces.assign(1, text);
    return;
  }
  pieces.push_back(text.substr(index));
}

void SplitCharacters(std::string_view text, int32_t limit, std::vector<std::string_view>& pieces) {
  pieces.clear();
  if (text.empty()) {
    pieces.push_back(text);
    return;
  }
  size_t at = 0;
  while (at < text.size()) {
    if (limit > 0 && pieces.size() + 1 == static_cast<size_t>(limit)) {
      pieces.push_back(text.substr(at));
      return;
    }
    const size_t length = CharacterLength(text, at);
    pieces.push_back(text.substr(at, length));
    at += length;
  }
}

Result<RegexMatcher*> RegexCache::Get(std::string_view pattern) {
  auto found = matchers_.find(std::string(pattern));
  if (found != matchers_.end()) return found->second.get();
  TRY(std::shared_ptr<const JavaRegex> regex, JavaRegex::Compile(pattern));
  if (matchers_.size() >= kCachedMatcherMax) matchers_.clear();
  auto& slot = matchers_[std::string(pattern)];
  slot = std::make_unique<RegexMatcher>(std::move(regex));
  return slot.get();
}

int32_t Utf16Length(std::string_view text) {
  int32_t count = 0;
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u & 0xC0) != 0x80) count += u >= 0xF0 ? 2 : 1;
  }
  return count;
}

}  // namespace crannog::engine::functions
