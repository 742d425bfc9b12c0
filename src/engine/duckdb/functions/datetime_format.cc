#include "engine/duckdb/functions/datetime.h"
#include "engine/duckdb/functions/kit.h"
#include "engine/functions/civil_time.h"
#include "engine/functions/datetime_pattern.h"
#include "engine/functions/datetime_text.h"

#include <limits>

/// date_format, to_timestamp, to_date, unix_timestamp … by patterns.
namespace crannog::engine::duck {
namespace {

using duckdb::string_t;
using namespace crannog::engine::functions;

// The compiled pattern of a constant argument, or a cache of the patterns that rows bring.
class Patterns {
 public:
  Patterns(const KernelCall& call, std::optional<std::string> constant, PatternUse use)
      : use_(use), policy_(ParseTimeParserPolicy(call.Setting("time_parser_policy"))) {
    if (!constant) return;
    constant_text_ = *constant;
    auto compiled = DateTimePattern::Compile(*constant, use_, policy_);
    // Spark compiles a constant pattern when the first row comes: no row, no error.
    if (compiled) constant_ = *compiled;
    else error_ = compiled.error();
  }

  const DateTimePattern& Get(KernelContext& context, std::string_view text) const {
    if (constant_) return *constant_;
    if (error_) context.Fail(*error_);
    // Patterns from data are rare: the last one of this thread is kept.
    thread_local std::shared_ptr<const DateTimePattern> last;
    thread_local std::pair<PatternUse, TimeParserPolicy> last_use;
    if (!last || last->pattern() != text || last_use != std::pair(use_, policy_)) {
      auto compiled = DateTimePattern::Compile(text, use_, policy_);
      if (!compiled) context.Fail(compiled.error());
      last = *compiled;
      last_use = {use_, policy_};
    }
    return *last;
  }

 private:
  PatternUse use_;
  TimeParserPolicy policy_;
  std::string constant_text_;
  std::shared_ptr<const DateTimePattern> constant_;
  std::optional<Error> error_;
};

string_t Formatted(KernelContext& c, const DateTimePattern& pattern, int64_t local, int64_t utc, const fn::TimeZone& zone) {
  thread_local std::string text;
  text.clear();
  if (!pattern.Format(local, utc, zone, text)) {
    c.Fail("INVALID_DATETIME_PATTERN.WITH_SUGGESTION", {{"pattern", "'" + pattern.pattern() + "'"}, {"docroot", "https://spark.apache.org/docs/latest"}});
  }
  return c.String(text);
}

// date_format(timestamp | timestamp_ntz | date | time, pattern).
ExprPtr BindDateFormat(KernelCall& call, PlanBuilder& builder) {
  Patterns patterns(call, ConstantText(call, 1), PatternUse::kFormat);
  auto zone = ZoneOf(call);
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kTimestamp:
      return BindRows<string_t, int64_t, string_t>(call, builder, [patterns, zone](KernelContext& c, int64_t micros, string_t text) {
        return Formatted(c, patterns.Get(c, View(text)), zone->ToLocal(micros), micros, *zone);
      });
    case TypeKind::kTimestampNtz:
      return BindRows<string_t, int64_t, string_t>(call, builder, [patterns, zone](KernelContext& c, int64_t local, string_t text) {
        return Formatted(c, patterns.Get(c, View(text)), local, zone->ToUtc(local), *zone);
      });
    case TypeKind::kDate:
      return BindRows<string_t, int32_t, string_t>(call, builder, [patterns, zone](KernelContext& c, int32_t days, string_t text) {
        const int64_t local = days * kMicrosPerDay;
        return Formatted(c, patterns.Get(c, View(text)), local, zone->ToUtc(local), *zone);
      });
    case TypeKind::kTime:
      return BindRows<string_t, int64_t, string_t>(call, builder, [patterns, zone](KernelContext& c, int64_t nanos, string_t text) {
        return Formatted(c, patterns.Get(c, View(text)), nanos / 1000, nanos / 1000, *fn::TimeZone::Utc());
      });
    default: RefuseTypes(call);
  }
}

[[noreturn]] void FailParse(KernelContext& c, const Error& error, const char* function) {
  if (!error.condition.empty()) c.Fail(error);
  c.Fail("CANNOT_PARSE_TIMESTAMP", {{"message", error.message}, {"func", std::string("`") + function + "`"}});
}

[[noreturn]] void FailCast(KernelContext& c, std::string_view text, const char* type) {
  c.Fail("CAST_INVALID_INPUT", {{"expression", "'" + std::string(text) + "'"}, {"sourceType", "\"STRING\""}, {"targetType", std::string("\"") + type + "\""},
                                {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

// What a parsed text means as the result: an instant, a wall clock or a day.
int64_t MicrosOf(const ParsedDateTime& parsed, bool is_ntz, const fn::TimeZone& zone) {
  if (is_ntz) return parsed.local_micros;
  return (parsed.zone ? *parsed.zone : zone).ToUtc(parsed.local_micros);
}

// to_timestamp(text [, pattern]) and kin; also of dates and timestamps.
ExprPtr BindToTimestamp(KernelCall& call, PlanBuilder& builder) {
  const bool is_ntz = call.type.Is(TypeKind::kTimestampNtz);
  const bool raise = call.mode == plan::EvalMode::kAnsi && !call.function.starts_with("try_");
  const char* tolerant = call.function == "to_date_timestamp" ? "try_to_date" : "try_to_timestamp";
  auto zone = ZoneOf(call);
  const TypeKind from = call.ArgumentType(0).kind();
  if (from != TypeKind::kString && from != TypeKind::kChar && from != TypeKind::kVarchar) {
    // The pattern plays no part then.
    CastRequest request{.from = call.ArgumentType(0), .to = call.type, .mode = call.mode, .zone = call.Setting("zone"), .origin = call.origin};
    return BindCast(request, std::move(call.arguments[0]), builder);
  }
  if (call.arguments.size() == 1) {
    return BindRows<int64_t, string_t>(call, builder, [is_ntz, raise, zone](KernelContext& c, string_t text) {
      auto micros = is_ntz ? ParseTimestampNtz(View(text), ZoneInText::kIgnored) : ParseTimestamp(View(text), *zone, 0);
      if (!micros && raise) FailCast(c, View(text), is_ntz ? "TIMESTAMP_NTZ" : "TIMESTAMP");
      return micros;
    });
  }
  Patterns patterns(call, ConstantText(call, 1), PatternUse::kParse);
  return BindRows<int64_t, string_t, string_t>(call, builder,
                                               [patterns, is_ntz, raise, zone, tolerant](KernelContext& c, string_t text, string_t pattern) -> std::optional<int64_t> {
                                                 auto parsed = patterns.Get(c, View(pattern)).Parse(View(text));
                                                 if (!parsed) {
                                                   if (raise || !parsed.error().condition.empty()) FailParse(c, parsed.error(), tolerant);
                                                   return std::nullopt;
                                                 }
                                                 return MicrosOf(*parsed, is_ntz, *zone);
                                               });
}

ExprPtr BindToDate(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode == plan::EvalMode::kAnsi && !call.function.starts_with("try_");
  const TypeKind from = call.ArgumentType(0).kind();
  if (from != TypeKind::kString && from != TypeKind::kChar && from != TypeKind::kVarchar) {
    CastRequest request{.from = call.ArgumentType(0), .to = call.type, .mode = call.mode, .zone = call.Setting("zone"), .origin = call.origin};
    return BindCast(request, std::move(call.arguments[0]), builder);
  }
  if (call.arguments.size() == 1) {
    return BindRows<int32_t, string_t>(call, builder, [raise](KernelContext& c, string_t text) {
      auto days = ParseDate(View(text));
      if (!days && raise) FailCast(c, View(text), "DATE");
      return days;
    });
  }
  Patterns patterns(call, ConstantText(call, 1), PatternUse::kParse);
  auto zone = ZoneOf(call);
  return BindRows<int32_t, string_t, string_t>(call, builder, [patterns, raise, zone](KernelContext& c, string_t text, string_t pattern) -> std::optional<int32_t> {
    auto parsed = patterns.Get(c, View(pattern)).Parse(View(text));
    if (!parsed) {
      if (raise || !parsed.error().condition.empty()) FailParse(c, parsed.error(), "try_to_date");
      return std::nullopt;
    }
    return static_cast<int32_t>(DaysOfMicros(zone->ToLocal(MicrosOf(*parsed, false, *zone))));
  });
}

ExprPtr BindToTime(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode == plan::EvalMode::kAnsi && !call.function.starts_with("try_");
  if (call.arguments.size() == 1) {
    return BindRows<int64_t, string_t>(call, builder, [raise](KernelContext& c, string_t text) {
      auto nanos = ParseTime(View(text));
      if (!nanos && raise) c.Fail("CANNOT_PARSE_TIME", {{"input", "'" + std::string(View(text)) + "'"}, {"format", "'HH:mm:ss.SSSSSS'"}});
      return nanos;
    });
  }
  Patterns patterns(call, ConstantText(call, 1), PatternUse::kParse);
  return BindRows<int64_t, string_t, string_t>(call, builder, [patterns, raise](KernelContext& c, string_t text, string_t pattern) -> std::optional<int64_t> {
    auto parsed = patterns.Get(c, View(pattern)).Parse(View(text));
    if (parsed) return parsed->nano_of_day;
    if (raise) c.Fail("CANNOT_PARSE_TIME", {{"input", "'" + std::string(View(text)) + "'"}, {"format", "'" + std::string(View(pattern)) + "'"}});
    return std::nullopt;
  });
}

constexpr const char* kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

// unix_timestamp(text | date | timestamp [, pattern]) in seconds.
ExprPtr BindUnixTimestamp(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode == plan::EvalMode::kAnsi;
  auto zone = ZoneOf(call);
  if (call.arguments.size() == 1) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value(kDefaultPattern)));
  const auto constant = call.resolved.size() == 1 ? std::optional<std::string>(kDefaultPattern) : ConstantText(call, 1);
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kDate:
      return BindRows<int64_t, int32_t, string_t>(
          call, builder, [zone](KernelContext&, int32_t days, string_t) { return FloorDivide(zone->ToUtc(days * kMicrosPerDay), kMicrosPerSecond); });
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return BindRows<int64_t, int64_t, string_t>(call, builder, [](KernelContext&, int64_t micros, string_t) { return FloorDivide(micros, kMicrosPerSecond); });
    default: break;
  }
  Patterns patterns(call, constant, PatternUse::kParse);
  return BindRows<int64_t, string_t, string_t>(call, builder, [patterns, raise, zone](KernelContext& c, string_t text, string_t pattern) -> std::optional<int64_t> {
    auto parsed = patterns.Get(c, View(pattern)).Parse(View(text));
    if (!parsed) {
      if (raise || !parsed.error().condition.empty()) FailParse(c, parsed.error(), "try_to_timestamp");
      return std::nullopt;
    }
    return FloorDivide(MicrosOf(*parsed, false, *zone), kMicrosPerSecond);
  });
}

ExprPtr BindFromUnixtime(KernelCall& call, PlanBuilder& builder) {
  auto zone = ZoneOf(call);
  if (call.arguments.size() == 1) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value(kDefaultPattern)));
  Patterns patterns(call, call.resolved.size() == 1 ? std::optional<std::string>(kDefaultPattern) : ConstantText(call, 1), PatternUse::kFormat);
  return BindRows<string_t, int64_t, string_t>(call, builder, [patterns, zone](KernelContext& c, int64_t seconds, string_t pattern) {
    // As Spark: the product wraps.
    const auto micros = static_cast<int64_t>(static_cast<uint64_t>(seconds) * static_cast<uint64_t>(kMicrosPerSecond));
    return Formatted(c, patterns.Get(c, View(pattern)), zone->ToLocal(micros), micros, *zone);
  });
}

}  // namespace

void RegisterDatetimeFormats(KernelRegistry& registry) {
  registry.Add({"date_format"}, BindDateFormat);
  registry.Add({"to_timestamp", "to_timestamp_ltz", "to_timestamp_ntz", "try_to_timestamp", "to_date_timestamp"}, BindToTimestamp);
  registry.Add({"to_date", "try_to_date"}, BindToDate);
  registry.Add({"to_time", "try_to_time"}, BindToTime);
  registry.Add({"unix_timestamp", "to_unix_timestamp"}, BindUnixTimestamp);
  registry.Add({"from_unixtime"}, BindFromUnixtime);
}

}  // namespace crannog::engine::duck
