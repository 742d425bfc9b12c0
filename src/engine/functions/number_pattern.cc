#include "engine/functions/number_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace crannog::engine::functions {

NumberPattern NumberPattern::Compile(std::string_view given) {
  NumberPattern out;
  out.format_ = given;
  std::string format(given);
  for (char& c : format) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  bool behind = false;
  for (size_t i = 0; i < format.size();) {
    const char c = format[i];
    if (c == '0' || c == '9') {
      size_t end = i;
      // A run that begins with 0 takes what follows with it; a run of 9 ends at... the run's end all the same.
      while (end < format.size() && (format[end] == '0' || format[end] == '9')) ++end;
      const int count = static_cast<int>(end - i);
      out.tokens_.push_back({Kind::kDigits, count, c == '0'});
      (behind ? out.digits_behind_ : out.digits_before_) += count;
      i = end;
    } else if (c == '.' || c == 'D') {
      out.tokens_.push_back({Kind::kPoint});
      behind = true;
      ++i;
    } else if (c == ',' || c == 'G') {
      out.tokens_.push_back({Kind::kComma});
      ++i;
    } else if (c == '$') {
      out.tokens_.push_back({Kind::kDollar});
      ++i;
    } else if (c == 'S') {
      out.tokens_.push_back({Kind::kSign});
      ++i;
    } else if (c == 'M' && i + 1 < format.size() && format[i + 1] == 'I') {
      out.tokens_.push_back({Kind::kMinus});
      i += 2;
    } else if (c == 'P' && i + 1 < format.size() && format[i + 1] == 'R') {
      out.tokens_.insert(out.tokens_.begin(), {Kind::kOpen});
      out.tokens_.push_back({Kind::kClose});
      i += 2;
    } else {
      out.tokens_.push_back({Kind::kInvalid, 0, false, given[i]});
      ++i;
    }
  }
  return out;
}

int NumberPattern::precision() const { return digits_before_ + digits_behind_; }

// ToNumberParser.checkInputDataTypes.
std::optional<Error> NumberPattern::Check() const {
  const auto refuse = [&](const char* reason, std::map<std::string, std::string> parameters = {}) {
    parameters.emplace("format", fmt::format("'{}'", format_));
    return ConditionError(std::string("INVALID_FORMAT.") + reason, std::move(parameters));
  };
  const auto spell = [](const Token& token) -> std::string {
    switch (token.kind) {
      case Kind::kDigits: return "digits";
      case Kind::kComma: return ", or G";
      case Kind::kPoint: return ". or D";
      case Kind::kDollar: return "$";
      case Kind::kSign: return "S";
      case Kind::kMinus: return "MI";
      case Kind::kOpen:
      case Kind::kClose: return "PR";
      case Kind::kInvalid: return std::string(1, token.text);
    }
    return "";
  };
  if (format_.empty()) return refuse("EMPTY");
  for (const Token& token : tokens_) {
    if (token.kind == Kind::kInvalid) {
      return refuse("UNEXPECTED_TOKEN", {{"token", fmt::format("'{}'", token.text)}});
    }
  }
  int counts[9] = {};
  for (const Token& token : tokens_) ++counts[static_cast<int>(token.kind)];
  if (counts[static_cast<int>(Kind::kDigits)] == 0) return refuse("WRONG_NUM_DIGIT");
  for (Kind kind : {Kind::kPoint, Kind::kDollar, Kind::kSign, Kind::kMinus, Kind::kClose}) {
    if (counts[static_cast<int>(kind)] > 1) return refuse("WRONG_NUM_TOKEN", {{"token", fmt::format("'{}'", spell({kind}))}});
  }
  bool seen_point = false;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind == Kind::kPoint) seen_point = true;
    if (tokens_[i].kind == Kind::kComma) {
      if (seen_point) return refuse("THOUSANDS_SEPS_MUST_BEFORE_DEC");
      const bool between = i > 0 && tokens_[i - 1].kind == Kind::kDigits && i + 1 < tokens_.size() && tokens_[i + 1].kind == Kind::kDigits;
      if (!between) return refuse("CONT_THOUSANDS_SEPS");
    }
  }
  // Order: S MI $ digits point digits $ S MI PR.
  bool seen_digits = false;
  for (const Token& token : tokens_) {
    if (token.kind == Kind::kDigits) seen_digits = true;
    if (token.kind == Kind::kDollar && seen_digits) {
      return refuse("CUR_MUST_BEFORE_DIGIT");
    }
  }
  return std::nullopt;
}

std::optional<Int128> NumberPattern::Parse(std::string_view text) const {
  size_t at = 0;
  bool negative = false, behind = false;
  std::string before, after;
  for (size_t t = 0; t < tokens_.size(); ++t) {
    const Token& token = tokens_[t];
    switch (token.kind) {
      case Kind::kDigits: {
        // All groups of one side of the point are matched together, from the right.
        std::vector<const Token*> groups;
        size_t end = t;
        for (; end < tokens_.size() && (tokens_[end].kind == Kind::kDigits || tokens_[end].kind == Kind::kComma); ++end) {
          if (tokens_[end].kind == Kind::kDigits) groups.push_back(&tokens_[end]);
        }
        t = end - 1;
        std::vector<int> sizes{0};
        while (at < text.size()) {
          const char c = text[at];
          if (c >= '0' && c <= '9') {
            (behind ? after : before).push_back(c);
            ++sizes.back();
          } else if (c == ',' && !behind) {
            sizes.push_back(0);
          } else if (c != ' ') {
            break;
          }
          ++at;
        }
        if (sizes.size() > groups.size()) return std::nullopt;
        for (size_t i = 0; i < groups.size(); ++i) {
          const Token& group = behind ? *groups[i] : *groups[groups.size() - 1 - i];
          const int size = i < sizes.size() ? (behind ? sizes[i] : sizes[sizes.size() - 1 - i]) : 0;
          if (group.exact ? size != group.count : size > group.count) return std::nullopt;
        }
        break;
      }
      case Kind::kPoint:
        if (at < text.size() && text[at] == '.') {
          behind = true;
          ++at;
        } else {
          behind = true;
        }
        break;
      case Kind::kDollar:
        if (at >= text.size() || text[at] != '$') return std::nullopt;
        ++at;
        break;
      case Kind::kSign:
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative ^= text[at++] == '-';
        break;
      case Kind::kMinus:
        if (at < text.size() && text[at] == '-') negative ^= true, ++at;
        break;
      case Kind::kOpen:
        if (at < text.size() && text[at] == '<') ++at;
        break;
      case Kind::kClose:
        if (at < text.size() && text[at] == '>') negative ^= true, ++at;
        break;
      case Kind::kComma:
      case Kind::kInvalid: return std::nullopt;
    }
  }
  if (at < text.size() || (before.empty() && after.empty())) return std::nullopt;
  Int128 value = 0;
  after.resize(static_cast<size_t>(digits_behind_), '0');
  for (char c : before + after) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

std::string NumberPattern::Format(Int128 unscaled, int scale) const {
  const bool negative = unscaled < 0;
  const DecimalDigits digits = DigitsOf(unscaled, scale);
  std::string before, after;
  if (digits.exponent > 0) {
    before = digits.digits.substr(0, static_cast<size_t>(digits.exponent));
    before.resize(static_cast<size_t>(digits.exponent), '0');
    if (digits.digits.size() > static_cast<size_t>(digits.exponent)) after = digits.digits.substr(static_cast<size_t>(digits.exponent));
  } else if (!digits.digits.empty()) {
    after = std::string(static_cast<size_t>(-digits.exponent), '0') + digits.digits;
  }
  const bool fits = static_cast<int>(before.size()) <= digits_before_ && static_cast<int>(after.size()) <= digits_behind_;
  std::string out;
  // A sign or bracket stays next to the digits: spaces go before it.
  const auto space = [&]() {
    size_t at = out.size();
    while (at > 0 && (out[at - 1] == '<' || out[at - 1] == '-' || out[at - 1] == '+' || out[at - 1] == '$')) --at;
    out.insert(at, 1, ' ');
  };
  if (!fits) {
    for (const Token& token : tokens_) {
      switch (token.kind) {
        case Kind::kDigits: out.append(static_cast<size_t>(token.count), '#'); break;
        case Kind::kComma: out.push_back(','); break;
        case Kind::kPoint: out.push_back('.'); break;
        case Kind::kDollar: out.push_back('$'); break;
        case Kind::kSign: out.push_back(negative ? '-' : '+'); break;
        case Kind::kMinus:
          if (negative) out.push_back('-');
          break;
        case Kind::kOpen:
          if (negative) out.push_back('<');
          break;
        case Kind::kClose:
          if (negative) out.push_back('>');
          break;
        case Kind::kInvalid: break;
      }
    }
    return out;
  }
  if (before.empty() && digits_before_ > 0 && after.empty()) before = "0";
  before.insert(0, static_cast<size_t>(digits_before_) - before.size(), ' ');
  after.resize(static_cast<size_t>(digits_behind_), '0');
  size_t before_at = 0, after_at = 0;
  bool behind = false, any_digit = false;
  for (const Token& token : tokens_) {
    switch (token.kind) {
      case Kind::kDigits:
        for (int i = 0; i < token.count; ++i) {
          if (behind) {
            out.push_back(after[after_at++]);
            continue;
          }
          const char c = before[before_at++];
          if (c != ' ') {
            out.push_back(c);
            any_digit = true;
          } else if (token.exact) {
            out.push_back('0');
            any_digit = true;
          } else {
            space();
          }
        }
        break;
      case Kind::kComma:
        if (any_digit) out.push_back(',');
        else space();
        break;
      case Kind::kPoint:
        out.push_back('.');
        behind = true;
        break;
      case Kind::kDollar: out.push_back('$'); break;
      case Kind::kSign: out.push_back(negative ? '-' : '+'); break;
      case Kind::kMinus: out.push_back(negative ? '-' : ' '); break;
      case Kind::kOpen:
        if (negative) out.push_back('<');
        break;
      case Kind::kClose:
        if (negative) out.push_back('>');
        else out += "  ";
        break;
      case Kind::kInvalid: break;
    }
  }
  // A point without digits behind it is not shown.
  if (digits_behind_ == 0 && !out.empty() && out.back() == '.') out.pop_back();
  return out;
}

Result<DecimalFormat> DecimalFormat::Compile(std::string_view pattern) {
  DecimalFormat out;
  const auto refuse = [&]() { return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Malformed pattern \"{}\"", pattern)); };
  std::string prefix, suffix;
  bool in_suffix = false, in_number = false, behind = false, grouped = false;
  int hashes = 0, zeros = 0, group = 0, fraction_zeros = 0, fraction_hashes = 0;
  size_t i = 0;
  bool negative_part = false;
  for (; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == ';') {
      negative_part = true;
      ++i;
      break;
    }
    if (!in_suffix && (c == '#' || c == '0' || c == ',' || c == '.')) {
      in_number = true;
      if (c == '.') {
        if (behind) return refuse();
        behind = true;
      } else if (c == ',') {
        if (behind) return refuse();
        grouped = true;
        group = 0;
      } else if (behind) {
        if (c == '0') {
          if (fraction_hashes > 0) return refuse();
          ++fraction_zeros;
        } else {
          ++fraction_hashes;
        }
      } else {
        if (c == '0') ++zeros;
        else if (zeros > 0) return refuse();
        else ++hashes;
        ++group;
      }
      continue;
    }
    if (in_number && !in_suffix && c == 'E' && i + 1 < pattern.size() && pattern[i + 1] == '0') {
      out.exponent_ = true;
      while (i + 1 < pattern.size() && pattern[i + 1] == '0') ++i, ++out.exponent_min_;
      in_suffix = true;
      continue;
    }
    if (in_number) in_suffix = true;
    std::string& target = in_suffix ? suffix : prefix;
    if (in_suffix && (c == '#' || c == '0' || c == ',' || c == '.')) return refuse();
    if (c == '\'') {
      const size_t close = pattern.find('\'', i + 1);
      if (close == i + 1) target.push_back('\'');
      else target += pattern.substr(i + 1, close == std::string_view::npos ? close : close - i - 1);
      i = close == std::string_view::npos ? pattern.size() : close;
    } else if (c == '%') {
      out.multiplier_power_ = 2;
      target.push_back(c);
    } else {
      target.push_back(c);
    }
  }
  // "#.##" shows no zero before the point; "##" shows one.
  if (zeros == 0 && hashes > 0 && !behind) zeros = 1;
  if (zeros == 0 && fraction_zeros + fraction_hashes == 0 && behind) zeros = 1;
  out.integer_min_ = zeros;
  out.integer_max_ = hashes + zeros;
  out.fraction_min_ = fraction_zeros;
  out.fraction_max_ = fraction_zeros + fraction_hashes;
  out.grouping_ = grouped ? group : 0;
  out.positive_prefix_ = prefix;
  out.positive_suffix_ = suffix;
  out.negative_prefix_ = "-" + prefix;
  out.negative_suffix_ = suffix;
  if (negative_part) {
    std::string negative_prefix, negative_suffix;
    bool digits_seen = false;
    for (; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '#' || c == '0' || c == ',' || c == '.') digits_seen = true;
      else (digits_seen ? negative_suffix : negative_prefix).push_back(c);
    }
    out.negative_prefix_ = negative_prefix;
    out.negative_suffix_ = negative_suffix;
  }
  return out;
}

DecimalFormat DecimalFormat::Grouped(int fraction_digits) {
  DecimalFormat out;
  out.grouping_ = 3;
  out.fraction_min_ = out.fraction_max_ = fraction_digits;
  return out;
}

std::string DecimalFormat::Format(DecimalDigits number) const {
  if (multiplier_power_ != 0 && !number.digits.empty()) number.exponent += multiplier_power_;
  int exponent = 0;
  if (exponent_ && !number.digits.empty()) {
    exponent = number.exponent - std::max(integer_min_, 1);
    number.exponent -= exponent;
  }
  RoundDigits(number, fraction_max_, Rounding::kHalfEven);
  std::string text = PlainText(number, fraction_max_);
  std::string whole = text, fraction;
  if (const size_t point = text.find('.'); point != std::string::npos) {
    whole = text.substr(0, point);
    fraction = text.substr(point + 1);
  }
  while (static_cast<int>(fraction.size()) > fraction_min_ && fraction.back() == '0') fraction.pop_back();
  if (whole == "0") whole.clear();
  while (static_cast<int>(whole.size()) < integer_min_) whole.insert(0, 1, '0');
  if (whole.empty() && fraction.empty()) whole = "0";
  std::string grouped;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (grouping_ > 0 && i > 0 && (whole.size() - i) % static_cast<size_t>(grouping_) == 0) grouped.push_back(',');
    grouped.push_back(whole[i]);
  }
  if (!fraction.empty()) grouped += "." + fraction;
  if (exponent_) grouped += fmt::format("E{}{:0{}}", exponent < 0 ? "-" : "", std::abs(exponent), exponent_min_);
  const bool negative = number.negative && (!number.digits.empty() || true);
  return negative ? negative_prefix_ + grouped + negative_suffix_ : positive_prefix_ + grouped + positive_suffix_;
}

std::string DecimalFormat::FormatDouble(double value) const {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? negative_prefix_ + "∞" + negative_suffix_ : positive_prefix_ + "∞" + positive_suffix_;
  return Format(ExactDigits(value));
}

}  // namespace crannog::engine::functions
