#include "engine/duckdb/functions/text_values.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "engine/functions/civil_time.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using duckdb::idx_t;
using duckdb::Vector;

FormatOptions::FormatOptions(const KernelCall& call) {
  for (const auto& [key, value] : call.settings) {
    if (!key.starts_with("option.")) continue;
    std::string name = key.substr(7);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    options_[name] = value;
  }
}

std::string FormatOptions::Text(const std::string& name, std::string otherwise) const {
  auto found = options_.find(name);
  return found == options_.end() ? std::move(otherwise) : found->second;
}

bool FormatOptions::Flag(const std::string& name, bool otherwise) const {
  std::string text = Text(name);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text == "true" ? true : text == "false" ? false : otherwise;
}

namespace {

std::shared_ptr<const fn::DateTimePattern> CompileOption(const KernelCall& call, const std::string& pattern, fn::PatternUse use) {
  auto compiled = fn::DateTimePattern::Compile(pattern, use, fn::ParseTimeParserPolicy(call.Setting("time_parser_policy")));
  if (!compiled) Raise(compiled.error(), call.origin);
  return *compiled;
}

std::shared_ptr<const fn::TimeZone> ZoneOption(const KernelCall& call, const FormatOptions& options) {
  const std::string id = options.Text("timezone");
  if (id.empty()) return ZoneOf(call);
  auto zone = fn::TimeZone::Find(id);
  if (!zone) Raise(zone.error(), call.origin);
  return *zone;
}

}  // namespace

ValueFormats ValueFormats::ForReading(const KernelCall& call, const FormatOptions& options) {
  ValueFormats out;
  out.zone = ZoneOption(call, options);
  if (options.Has("dateformat")) out.date = CompileOption(call, options.Text("dateformat"), fn::PatternUse::kParse);
  if (options.Has("timestampformat")) out.timestamp = CompileOption(call, options.Text("timestampformat"), fn::PatternUse::kParse);
  if (options.Has("timestampntzformat")) out.timestamp_ntz = CompileOption(call, options.Text("timestampntzformat"), fn::PatternUse::kParse);
  std::string mode = options.Text("mode", "PERMISSIVE");
  for (char& c : mode) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (mode == "FAILFAST") out.mode = RecordMode::kFailFast;
  else if (mode != "PERMISSIVE") {
    RaiseCondition("PARSE_MODE_UNSUPPORTED", {{"funcName", "`" + call.function + "`"}, {"mode", mode}}, call.origin);
  }
  out.corrupt_record_column = options.Text("columnnameofcorruptrecord", "_corrupt_record");
  return out;
}

ValueFormats ValueFormats::ForWriting(const KernelCall& call, const FormatOptions& options) {
  ValueFormats out;
  out.zone = ZoneOption(call, options);
  out.date = CompileOption(call, options.Text("dateformat", "yyyy-MM-dd"), fn::PatternUse::kFormat);
  out.timestamp = CompileOption(call, options.Text("timestampformat", "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"), fn::PatternUse::kFormat);
  out.timestamp_ntz = CompileOption(call, options.Text("timestampntzformat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]"), fn::PatternUse::kFormat);
  return out;
}

bool PutInteger(Vector& vector, idx_t row, TypeKind kind, int64_t value) {
  const auto put = [&](auto tag) {
    using T = decltype(tag);
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return false;
    duckdb::FlatVector::GetData<T>(vector)[row] = static_cast<T>(value);
    return true;
  };
  switch (kind) {
    case TypeKind::kByte: return put(int8_t{});
    case TypeKind::kShort: return put(int16_t{});
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return put(int32_t{});
    default: return put(int64_t{});
  }
}

std::optional<__int128> ParseDecimalText(std::string_view text, int precision, int scale) {
  fn::DecimalDigits digits;
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) digits.negative = text[i++] == '-';
  bool any = false, behind = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !behind) {
      behind = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (digits.digits.empty() && c == '0') {
        if (behind) --digits.exponent;
        continue;
      }
      digits.digits.push_back(c);
      if (!behind) ++digits.exponent;
    } else {
      break;
    }
  }
  if (!any) return std::nullopt;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    int exponent = 0;
    const char* begin = text.data() + i + 1;
    if (i + 1 < text.size() && *begin == '+') ++begin;
    const auto parsed = std::from_chars(begin, text.data() + text.size(), exponent);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (!digits.digits.empty()) digits.exponent += exponent;
    i = text.size();
  }
  if (i != text.size()) return std::nullopt;
  while (!digits.digits.empty() && digits.digits.back() == '0') digits.digits.pop_back();
  if (digits.digits.empty()) return 0;
  fn::RoundDigits(digits, scale, fn::Rounding::kHalfUp);
  if (digits.digits.empty()) return 0;
  if (digits.exponent > precision - scale) return std::nullopt;
  __int128 value = 0;
  const int count = digits.exponent + scale;
  for (int k = 0; k < count; ++k) value = value * 10 + (static_cast<size_t>(k) < digits.digits.size() ? digits.digits[static_cast<size_t>(k)] - '0' : 0);
  return digits.negative ? -value : value;
}

bool PutText(Vector& vector, idx_t row, const plan::DataType& type, std::string_view text, const ValueFormats& formats) {
  switch (type.kind()) {
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
      duckdb::FlatVector::GetData<duckdb::string_t>(vector)[row] = duckdb::StringVector::AddStringOrBlob(vector, text.data(), text.size());
      return true;
    case TypeKind::kBoolean: {
      std::string lower(text);
      for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      if (lower != "true" && lower != "false") return false;
      duckdb::FlatVector::GetData<bool>(vector)[row] = lower == "true";
      return true;
    }
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong: {
      int64_t value = 0;
      const char* begin = text.data();
      if (text.size() > 1 && *begin == '+') ++begin;
      const auto parsed = std::from_chars(begin, text.data() + text.size(), value);
      return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && PutInteger(vector, row, type.kind(), value);
    }
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
      while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
      double value = 0;
      if (text == "NaN") value = std::nan("");
      else if (text == "Infinity" || text == "+Infinity" || text == "Inf" || text == "+INF" || text == "INF") value = INFINITY;
      else if (text == "-Infinity" || text == "-Inf" || text == "-INF") value = -INFINITY;
      else {
        const char* begin = text.data();
        if (text.size() > 1 && *begin == '+') ++begin;
        const auto parsed = std::from_chars(begin, text.data() + text.size(), value);
        const char* end = parsed.ptr;
        if (end + 1 == text.data() + text.size() && (*end == 'd' || *end == 'D' || *end == 'f' || *end == 'F')) ++end;
        if (parsed.ec == std::errc::invalid_argument || end != text.data() + text.size()) return false;
      }
      if (type.Is(TypeKind::kFloat)) duckdb::FlatVector::GetData<float>(vector)[row] = static_cast<float>(value);
      else duckdb::FlatVector::GetData<double>(vector)[row] = value;
      return true;
    }
    case TypeKind::kDecimal: {
      const auto value = ParseDecimalText(text, type.precision(), type.scale());
      if (!value) return false;
      PutDecimal(vector, row, *value);
      return true;
    }
    case TypeKind::kDate: {
      if (formats.date) {
        auto parsed = formats.date->Parse(text);
        return parsed && PutInteger(vector, row, type.kind(), fn::DaysOfMicros(parsed->local_micros));
      }
      const auto days = fn::ParseDate(text);
      return days && PutInteger(vector, row, type.kind(), *days);
    }
    case TypeKind::kTimestamp: {
      if (formats.timestamp) {
        auto parsed = formats.timestamp->Parse(text);
        return parsed && PutInteger(vector, row, type.kind(), (parsed->zone ? *parsed->zone : *formats.zone).ToUtc(parsed->local_micros));
      }
      const auto micros = fn::ParseTimestamp(text, *formats.zone, 0);
      return micros && PutInteger(vector, row, type.kind(), *micros);
    }
    case TypeKind::kTimestampNtz: {
      if (formats.timestamp_ntz) {
        auto parsed = formats.timestamp_ntz->Parse(text);
        return parsed && !parsed->zone && PutInteger(vector, row, type.kind(), parsed->local_micros);
      }
      const auto micros = fn::ParseTimestampNtz(text, fn::ZoneInText::kRefused);
      return micros && PutInteger(vector, row, type.kind(), *micros);
    }
    case TypeKind::kTime: {
      const auto nanos = fn::ParseTime(text);
      return nanos && PutInteger(vector, row, type.kind(), *nanos);
    }
    case TypeKind::kYearMonthInterval: {
      auto months = fn::ParseYearMonthInterval(text, type.start_field(), type.end_field());
      return months && PutInteger(vector, row, type.kind(), *months);
    }
    case TypeKind::kDayTimeInterval: {
      auto micros = fn::ParseDayTimeInterval(text, type.start_field(), type.end_field());
      return micros && PutInteger(vector, row, type.kind(), *micros);
    }
    case TypeKind::kCalendarInterval: {
      auto interval = fn::ParseCalendarInterval(text);
      if (!interval) return false;
      duckdb::FlatVector::GetData<duckdb::interval_t>(vector)[row] = {interval->months, interval->days, interval->micros};
      return true;
    }
    default: return false;
  }
}

void AppendFormatted(std::string& out, const CellReader& cell, idx_t row, const ValueFormats& formats) {
  switch (cell.type().kind()) {
    case TypeKind::kDate: {
      const int64_t local = cell.Integer(row) * fn::kMicrosPerDay;
      formats.date->Format(local, formats.zone->ToUtc(local), *formats.zone, out);
      return;
    }
    case TypeKind::kTimestamp: formats.timestamp->Format(formats.zone->ToLocal(cell.Integer(row)), cell.Integer(row), *formats.zone, out); return;
    case TypeKind::kTimestampNtz: formats.timestamp_ntz->Format(cell.Integer(row), cell.Integer(row), *fn::TimeZone::Utc(), out); return;
    default: AppendCellText(out, cell, row, *formats.zone);
  }
}

}  // namespace crannog::engine::duck
