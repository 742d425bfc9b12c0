#include "engine/functions/civil_time.h"
#include "engine/duckdb/functions/datetime.h"
#include "engine/duckdb/functions/kit.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/duckdb/nested.h"

#include <cmath>
#include <limits>

/// Fields of dates and times, moving and building them. Formats live in datetime_format.cc.
namespace crannog::engine::duck {
namespace {

using duckdb::string_t;
using namespace crannog::engine::functions;

constexpr int64_t kNanosPerSecond = 1000000000;

using DateField = int32_t (*)(int64_t days);

int32_t YearOf(int64_t days) { return static_cast<int32_t>(CivilFromDays(days).year); }
int32_t QuarterOf(int64_t days) { return (CivilFromDays(days).month - 1) / 3 + 1; }
int32_t MonthOf(int64_t days) { return CivilFromDays(days).month; }
int32_t DayOf(int64_t days) { return CivilFromDays(days).day; }
int32_t DayOfYearOf(int64_t days) { return DayOfYear(days); }
int32_t DayOfWeekOf(int64_t days) { return IsoDayOfWeek(days) % 7 + 1; }
int32_t WeekDayOf(int64_t days) { return IsoDayOfWeek(days) - 1; }
int32_t IsoDayOf(int64_t days) { return IsoDayOfWeek(days); }
int32_t WeekOf(int64_t days) { return IsoWeekOf(days).week; }
int32_t WeekYearOf(int64_t days) { return static_cast<int32_t>(IsoWeekOf(days).year); }

// A kernel over the day of a DATE, TIMESTAMP or TIMESTAMP_NTZ argument.
ExprPtr BindDateField(KernelCall& call, PlanBuilder& builder, DateField field) {
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kDate: return BindRows<int32_t, int32_t>(call, builder, [field](KernelContext&, int32_t days) { return field(days); });
    case TypeKind::kTimestampNtz:
      return BindRows<int32_t, int64_t>(call, builder, [field](KernelContext&, int64_t micros) { return field(DaysOfMicros(micros)); });
    case TypeKind::kTimestamp: {
      auto zone = ZoneOf(call);
      return BindRows<int32_t, int64_t>(call, builder, [field, zone](KernelContext&, int64_t micros) { return field(DaysOfMicros(zone->ToLocal(micros))); });
    }
    default: RefuseTypes(call);
  }
}

KernelBinder OfDate(DateField field) {
  return [field](KernelCall& call, PlanBuilder& builder) { return BindDateField(call, builder, field); };
}

enum class TimeField : uint8_t { kHour, kMinute, kSecond };

int32_t FieldOfMicros(TimeField field, int64_t micros) {
  switch (field) {
    case TimeField::kHour: return static_cast<int32_t>(micros / kMicrosPerHour);
    case TimeField::kMinute: return static_cast<int32_t>(micros / kMicrosPerMinute % 60);
    case TimeField::kSecond: return static_cast<int32_t>(micros / kMicrosPerSecond % 60);
  }
  return 0;
}

KernelBinder OfTime(TimeField field) {
  return [field](KernelCall& call, PlanBuilder& builder) -> ExprPtr {
    switch (call.ArgumentType(0).kind()) {
      case TypeKind::kTimestamp: {
        auto zone = ZoneOf(call);
        return BindRows<int32_t, int64_t>(call, builder,
                                          [field, zone](KernelContext&, int64_t micros) { return FieldOfMicros(field, TimeOfDayMicros(zone->ToLocal(micros))); });
      }
      case TypeKind::kTimestampNtz:
        return BindRows<int32_t, int64_t>(call, builder, [field](KernelContext&, int64_t micros) { return FieldOfMicros(field, TimeOfDayMicros(micros)); });
      case TypeKind::kTime:
        return BindRows<int32_t, int64_t>(call, builder, [field](KernelContext&, int64_t nanos) { return FieldOfMicros(field, nanos / 1000); });
      case TypeKind::kDate: return BindRows<int32_t, int32_t>(call, builder, [](KernelContext&, int32_t) { return 0; });
      default: RefuseTypes(call);
    }
  };
}

// Seconds with microseconds, DECIMAL(8, 6): carried as INTEGER.
ExprPtr BindSecondsWithFraction(KernelCall& call, PlanBuilder& builder) {
  const auto put = [](int64_t micros) { return static_cast<int32_t>(micros % kMicrosPerMinute); };
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kTimestamp: {
      auto zone = ZoneOf(call);
      return BindRows<int32_t, int64_t>(call, builder, [put, zone](KernelContext&, int64_t micros) { return put(TimeOfDayMicros(zone->ToLocal(micros))); });
    }
    case TypeKind::kTimestampNtz:
      return BindRows<int32_t, int64_t>(call, builder, [put](KernelContext&, int64_t micros) { return put(TimeOfDayMicros(micros)); });
    case TypeKind::kTime: return BindRows<int32_t, int64_t>(call, builder, [put](KernelContext&, int64_t nanos) { return put(nanos / 1000); });
    case TypeKind::kDate: return BindRows<int32_t, int32_t>(call, builder, [](KernelContext&, int32_t) { return 0; });
    case TypeKind::kDayTimeInterval:
      return BindRows<int32_t, int64_t>(call, builder, [](KernelContext&, int64_t micros) { return static_cast<int32_t>(micros % kMicrosPerMinute); });
    case TypeKind::kCalendarInterval:
      return BindRows<int32_t, duckdb::interval_t>(call, builder,
                                                   [](KernelContext&, duckdb::interval_t i) { return static_cast<int32_t>(i.micros % kMicrosPerMinute); });
    default: RefuseTypes(call);
  }
}

std::string UpperText(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

// Fields of the three kinds of interval.
ExprPtr BindIntervalField(KernelCall& call, PlanBuilder& builder, const std::string& field) {
  const TypeKind kind = call.ArgumentType(0).kind();
  const auto is = [&](std::initializer_list<const char*> names) { return std::any_of(names.begin(), names.end(), [&](const char* n) { return field == n; }); };
  const bool year = is({"YEAR", "Y", "YEARS", "YR", "YRS"}), month = is({"MONTH", "MON", "MONS", "MONTHS"}), day = is({"DAY", "D", "DAYS"});
  const bool hour = is({"HOUR", "H", "HOURS", "HR", "HRS"}), minute = is({"MINUTE", "M", "MIN", "MINS", "MINUTES"});
  if (kind == TypeKind::kYearMonthInterval) {
    if (year) return BindRows<int32_t, int32_t>(call, builder, [](KernelContext&, int32_t months) { return months / 12; });
    if (month) {
      // The result is a BYTE.
      return BindRows<int8_t, int32_t>(call, builder, [](KernelContext&, int32_t months) { return static_cast<int8_t>(months % 12); });
    }
  }
  if (kind == TypeKind::kDayTimeInterval) {
    if (day) return BindRows<int32_t, int64_t>(call, builder, [](KernelContext&, int64_t micros) { return static_cast<int32_t>(micros / kMicrosPerDay); });
    if (hour) {
      return BindRows<int8_t, int64_t>(call, builder, [](KernelContext&, int64_t micros) { return static_cast<int8_t>(micros % kMicrosPerDay / kMicrosPerHour); });
    }
    if (minute) {
      return BindRows<int8_t, int64_t>(call, builder, [](KernelContext&, int64_t micros) { return static_cast<int8_t>(micros % kMicrosPerHour / kMicrosPerMinute); });
    }
  }
  if (kind == TypeKind::kCalendarInterval) {
    using duckdb::interval_t;
    if (year) return BindRows<int32_t, interval_t>(call, builder, [](KernelContext&, interval_t i) { return i.months / 12; });
    if (month) return BindRows<int8_t, interval_t>(call, builder, [](KernelContext&, interval_t i) { return static_cast<int8_t>(i.months % 12); });
    if (day) return BindRows<int32_t, interval_t>(call, builder, [](KernelContext&, interval_t i) { return i.days; });
    if (hour) return BindRows<int8_t, interval_t>(call, builder, [](KernelContext&, interval_t i) { return static_cast<int8_t>(i.micros % kMicrosPerDay / kMicrosPerHour); });
    if (minute) {
      return BindRows<int8_t, interval_t>(call, builder, [](KernelContext&, interval_t i) { return static_cast<int8_t>(i.micros % kMicrosPerHour / kMicrosPerMinute); });
    }
  }
  return BindSecondsWithFraction(call, builder);
}

// date_part(field, source), extract(field FROM source): the field is a constant.
ExprPtr BindExtract(KernelCall& call, PlanBuilder& builder) {
  const auto given = ConstantText(call, 0);
  if (!given) {
    if (IsNullConstant(call, 0)) return NullResult(call);
    RefuseTypes(call);
  }
  const std::string field = UpperText(*given);
  std::vector<plan::ResolvedExpressionPtr> rest(call.resolved.begin() + 1, call.resolved.end());
  ExprList arguments;
  arguments.push_back(std::move(call.arguments[1]));
  KernelCall inner{.function = "extract_" + field, .mode = call.mode, .settings = call.settings, .resolved = rest, .arguments = std::move(arguments),
                   .type = call.type, .nullable = call.nullable, .origin = call.origin, .lambda = {}};
  const TypeKind kind = inner.ArgumentType(0).kind();
  if (kind == TypeKind::kYearMonthInterval || kind == TypeKind::kDayTimeInterval || kind == TypeKind::kCalendarInterval) {
    return BindIntervalField(inner, builder, field);
  }
  struct Row {
    std::initializer_list<const char*> names;
    DateField field;
  };
  static const std::vector<Row> rows = {
      {{"YEAR", "Y", "YEARS", "YR", "YRS"}, YearOf}, {{"YEAROFWEEK"}, WeekYearOf}, {{"QUARTER", "QTR"}, QuarterOf},
      {{"MONTH", "MON", "MONS", "MONTHS"}, MonthOf}, {{"WEEK", "W", "WEEKS"}, WeekOf}, {{"DAY", "D", "DAYS"}, DayOf},
      {{"DAYOFWEEK", "DOW"}, DayOfWeekOf}, {{"DAYOFWEEK_ISO", "DOW_ISO"}, IsoDayOf}, {{"DOY"}, DayOfYearOf}};
  for (const Row& row : rows) {
    for (const char* name : row.names) {
      if (field == name) return BindDateField(inner, builder, row.field);
    }
  }
  const auto is = [&](std::initializer_list<const char*> names) { return std::any_of(names.begin(), names.end(), [&](const char* n) { return field == n; }); };
  if (is({"HOUR", "H", "HOURS", "HR", "HRS"})) return OfTime(TimeField::kHour)(inner, builder);
  if (is({"MINUTE", "M", "MIN", "MINS", "MINUTES"})) return OfTime(TimeField::kMinute)(inner, builder);
  if (is({"SECOND", "S", "SEC", "SECONDS", "SECS"})) return BindSecondsWithFraction(inner, builder);
  RefuseTypes(call);
}

int32_t CheckedDays(KernelContext& context, int64_t days) {
  if (days > std::numeric_limits<int32_t>::max() || days < std::numeric_limits<int32_t>::min()) {
    context.Fail("ARITHMETIC_OVERFLOW", {{"message", "integer overflow"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
  }
  return static_cast<int32_t>(days);
}

template <int kSign>
ExprPtr BindDateAdd(KernelCall& call, PlanBuilder& builder) {
  const auto add = [](KernelContext&, int64_t days, int64_t count) { return static_cast<int32_t>(static_cast<uint32_t>(days) + static_cast<uint32_t>(kSign * count)); };
  switch (call.ArgumentType(1).kind()) {
    case TypeKind::kByte: return BindRows<int32_t, int32_t, int8_t>(call, builder, [add](KernelContext& c, int32_t d, int8_t n) { return add(c, d, n); });
    case TypeKind::kShort: return BindRows<int32_t, int32_t, int16_t>(call, builder, [add](KernelContext& c, int32_t d, int16_t n) { return add(c, d, n); });
    case TypeKind::kInt: return BindRows<int32_t, int32_t, int32_t>(call, builder, [add](KernelContext& c, int32_t d, int32_t n) { return add(c, d, n); });
    default: RefuseTypes(call);
  }
}

ExprPtr BindAddMonths(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int32_t, int32_t, int32_t>(call, builder,
                                             [](KernelContext& c, int32_t days, int32_t months) { return CheckedDays(c, AddMonthsToDays(days, months)); });
}

// DateTimeUtils.monthsBetween.
double MonthsBetween(int64_t local1, int64_t local2, bool round_off) {
  const int64_t days1 = DaysOfMicros(local1), days2 = DaysOfMicros(local2);
  const CivilDate a = CivilFromDays(days1), b = CivilFromDays(days2);
  const double months = static_cast<double>((a.year - b.year) * 12 + a.month - b.month);
  if (a.day == b.day || (a.day == DaysInMonth(a.year, a.month) && b.day == DaysInMonth(b.year, b.month))) return months;
  const int64_t seconds1 = FloorDivide(local1 - days1 * kMicrosPerDay, kMicrosPerSecond), seconds2 = FloorDivide(local2 - days2 * kMicrosPerDay, kMicrosPerSecond);
  const int64_t seconds = (a.day - b.day) * int64_t{86400} + seconds1 - seconds2;
  const double result = months + static_cast<double>(seconds) / static_cast<double>(31 * 86400);
  if (!round_off) return result;
  // Java's Math.round to eight digits.
  return std::floor(result * 1e8 + 0.5) / 1e8;
}

ExprPtr BindMonthsBetween(KernelCall& call, PlanBuilder& builder) {
  const bool is_ntz = call.ArgumentType(0).Is(TypeKind::kTimestampNtz);
  auto zone = is_ntz ? fn::TimeZone::Utc() : ZoneOf(call);
  if (call.arguments.size() == 3) {
    return BindRows<double, int64_t, int64_t, bool>(
        call, builder, [zone](KernelContext&, int64_t a, int64_t b, bool round_off) { return MonthsBetween(zone->ToLocal(a), zone->ToLocal(b), round_off); });
  }
  return BindRows<double, int64_t, int64_t>(call, builder,
                                            [zone](KernelContext&, int64_t a, int64_t b) { return MonthsBetween(zone->ToLocal(a), zone->ToLocal(b), true); });
}

// DateTimeUtils.getDayOfWeekFromString: 0 Monday … 6 Sunday, -1 unknown.
int WeekDayNamed(std::string_view given) {
  const std::string name = UpperText(given);
  constexpr const char* kNames[7][3] = {{"MO", "MON", "MONDAY"}, {"TU", "TUE", "TUESDAY"}, {"WE", "WED", "WEDNESDAY"}, {"TH", "THU", "THURSDAY"},
                                        {"FR", "FRI", "FRIDAY"}, {"SA", "SAT", "SATURDAY"}, {"SU", "SUN", "SUNDAY"}};
  for (int i = 0; i < 7; ++i) {
    for (const char* n : kNames[i]) {
      if (name == n) return i;
    }
  }
  return -1;
}

ExprPtr BindNextDay(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  return BindRows<int32_t, int32_t, string_t>(call, builder, [ansi](KernelContext& c, int32_t days, string_t name) -> std::optional<int32_t> {
    const int day = WeekDayNamed(View(name));
    if (day < 0) {
      if (ansi) c.Fail("ILLEGAL_DAY_OF_WEEK", {{"string", std::string(View(name))}});
      return std::nullopt;
    }
    const int64_t ahead = FloorModulo(day - (IsoDayOfWeek(days) - 1), 7);
    return static_cast<int32_t>(days + (ahead == 0 ? 7 : ahead));
  });
}

enum class Unit : uint8_t { kYear, kQuarter, kMonth, kWeek, kDay, kHour, kMinute, kSecond, kMillisecond, kMicrosecond, kNone };

// DateTimeUtils.parseTruncLevel.
Unit TruncationUnit(std::string_view given) {
  const std::string name = UpperText(given);
  if (name == "YEAR" || name == "YYYY" || name == "YY") return Unit::kYear;
  if (name == "QUARTER") return Unit::kQuarter;
  if (name == "MONTH" || name == "MON" || name == "MM") return Unit::kMonth;
  if (name == "WEEK") return Unit::kWeek;
  if (name == "DAY" || name == "DD") return Unit::kDay;
  if (name == "HOUR") return Unit::kHour;
  if (name == "MINUTE") return Unit::kMinute;
  if (name == "SECOND") return Unit::kSecond;
  if (name == "MILLISECOND") return Unit::kMillisecond;
  if (name == "MICROSECOND") return Unit::kMicrosecond;
  return Unit::kNone;
}

int64_t TruncateDays(int64_t days, Unit unit) {
  const CivilDate date = CivilFromDays(days);
  switch (unit) {
    case Unit::kYear: return DaysFromCivil(date.year, 1, 1);
    case Unit::kQuarter: return DaysFromCivil(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case Unit::kMonth: return DaysFromCivil(date.year, date.month, 1);
    case Unit::kWeek: return days - (IsoDayOfWeek(days) - 1);
    default: return days;
  }
}

ExprPtr BindTrunc(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int32_t, int32_t, string_t>(call, builder, [](KernelContext&, int32_t days, string_t format) -> std::optional<int32_t> {
    const Unit unit = TruncationUnit(View(format));
    if (unit > Unit::kWeek) return std::nullopt;
    return static_cast<int32_t>(TruncateDays(days, unit));
  });
}

int64_t TruncateMicros(int64_t utc, Unit unit, const fn::TimeZone& zone) {
  switch (unit) {
    case Unit::kMicrosecond: return utc;
    case Unit::kMillisecond: return FloorDivide(utc, 1000) * 1000;
    case Unit::kSecond: return FloorDivide(utc, kMicrosPerSecond) * kMicrosPerSecond;
    // Offsets are not whole minutes before 1900.
    case Unit::kMinute:
    case Unit::kHour: {
      const int64_t step = unit == Unit::kHour ? kMicrosPerHour : kMicrosPerMinute;
      const int64_t offset = int64_t{zone.OffsetSecondsAt(utc)} * kMicrosPerSecond;
      return FloorDivide(utc + offset, step) * step - offset;
    }
    default: return zone.ToUtc(TruncateDays(DaysOfMicros(zone.ToLocal(utc)), unit) * kMicrosPerDay);
  }
}

ExprPtr BindDateTrunc(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(1).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, string_t, int64_t>(call, builder, [zone](KernelContext&, string_t format, int64_t micros) -> std::optional<int64_t> {
    const Unit unit = TruncationUnit(View(format));
    if (unit == Unit::kNone) return std::nullopt;
    return TruncateMicros(micros, unit, *zone);
  });
}

[[noreturn]] void FailField(KernelContext& c, const std::string& message) {
  c.Fail("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", {{"rangeMessage", message}, {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

std::string DateComplaint(int64_t year, int64_t month, int64_t day) {
  if (month < 1 || month > 12) return "Invalid value for MonthOfYear (valid values 1 - 12): " + std::to_string(month);
  if (day < 1 || day > 31) return "Invalid value for DayOfMonth (valid values 1 - 28/31): " + std::to_string(day);
  constexpr const char* kNames[] = {"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};
  if (day == 29) return "Invalid date 'February 29' as '" + std::to_string(year) + "' is not a leap year";
  return std::string("Invalid date '") + kNames[month - 1] + " " + std::to_string(day) + "'";
}

ExprPtr BindMakeDate(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  return BindRows<int32_t, int32_t, int32_t, int32_t>(call, builder, [ansi](KernelContext& c, int32_t y, int32_t m, int32_t d) -> std::optional<int32_t> {
    if (!IsValidDate(y, m, d)) {
      if (ansi) FailField(c, DateComplaint(y, m, d));
      return std::nullopt;
    }
    return CheckedDays(c, DaysFromCivil(y, m, d));
  });
}

// Wall clock of make_timestamp's parts; seconds come as DECIMAL(16, 6). A second of 60 means the next minute.
std::optional<int64_t> LocalOfParts(KernelContext& c, bool ansi, int32_t y, int32_t mo, int32_t d, int32_t h, int32_t mi, int64_t micros) {
  const int64_t second = FloorDivide(micros, kMicrosPerSecond), fraction = FloorModulo(micros, kMicrosPerSecond);
  const auto refuse = [&](const std::string& message) -> std::optional<int64_t> {
    if (ansi) FailField(c, message);
    return std::nullopt;
  };
  if (second == 60) {
    if (fraction != 0) {
      if (!ansi) return std::nullopt;
      std::string text;
      fn::AppendDecimal(text, micros, 6);
      c.Fail("INVALID_FRACTION_OF_SECOND", {{"secAndMicros", text}});
    }
  } else if (second < 0 || second > 59) {
    return refuse("Invalid value for SecondOfMinute (valid values 0 - 59): " + std::to_string(second));
  }
  if (!IsValidDate(y, mo, d)) return refuse(DateComplaint(y, mo, d));
  if (h < 0 || h > 23) return refuse("Invalid value for HourOfDay (valid values 0 - 23): " + std::to_string(h));
  if (mi < 0 || mi > 59) return refuse("Invalid value for MinuteOfHour (valid values 0 - 59): " + std::to_string(mi));
  return DaysFromCivil(y, mo, d) * kMicrosPerDay + (h * int64_t{60} + mi) * kMicrosPerMinute + second * kMicrosPerSecond + fraction;
}

std::shared_ptr<const fn::TimeZone> FindZone(KernelContext& c, std::string_view id) {
  auto zone = fn::TimeZone::Find(id);
  if (!zone) c.Fail(zone.error());
  return *zone;
}

// (year, month, day, hour, minute, second [, zone]), (date, time [, zone]).
ExprPtr BindMakeTimestamp(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  const bool is_ntz = call.type.Is(TypeKind::kTimestampNtz);
  auto zone = is_ntz ? fn::TimeZone::Utc() : ZoneOf(call);
  if (call.arguments.size() <= 3) {
    const auto put = [](int32_t days, int64_t nanos) { return days * kMicrosPerDay + nanos / 1000; };
    if (call.arguments.size() == 2) {
      return BindRows<int64_t, int32_t, int64_t>(call, builder, [put, zone](KernelContext&, int32_t d, int64_t t) { return zone->ToUtc(put(d, t)); });
    }
    return BindRows<int64_t, int32_t, int64_t, string_t>(call, builder,
                                                         [put](KernelContext& c, int32_t d, int64_t t, string_t z) { return FindZone(c, View(z))->ToUtc(put(d, t)); });
  }
  if (call.arguments.size() == 6) {
    return BindRows<int64_t, int32_t, int32_t, int32_t, int32_t, int32_t, int64_t>(
        call, builder, [ansi, zone](KernelContext& c, int32_t y, int32_t mo, int32_t d, int32_t h, int32_t mi, int64_t s) -> std::optional<int64_t> {
          const auto local = LocalOfParts(c, ansi, y, mo, d, h, mi, s);
          if (!local) return std::nullopt;
          return zone->ToUtc(*local);
        });
  }
  return BindRows<int64_t, int32_t, int32_t, int32_t, int32_t, int32_t, int64_t, string_t>(
      call, builder, [ansi](KernelContext& c, int32_t y, int32_t mo, int32_t d, int32_t h, int32_t mi, int64_t s, string_t z) -> std::optional<int64_t> {
        const auto named = FindZone(c, View(z));
        const auto local = LocalOfParts(c, ansi, y, mo, d, h, mi, s);
        if (!local) return std::nullopt;
        return named->ToUtc(*local);
      });
}

// Argument i as DECIMAL(18, 6) (BIGINT microseconds of seconds) or INT, whatever its own type.
void CastArgument(KernelCall& call, PlanBuilder& builder, size_t i, const plan::DataType& to) {
  if (i >= call.arguments.size() || i >= call.resolved.size() || call.ArgumentType(i) == to) return;
  CastRequest request{.from = call.ArgumentType(i), .to = to, .mode = call.mode == plan::EvalMode::kTry ? plan::EvalMode::kTry : plan::EvalMode::kAnsi,
                      .zone = call.Setting("zone"), .origin = call.origin};
  call.arguments[i] = BindCast(request, std::move(call.arguments[i]), builder);
}

ExprPtr BindMakeTime(KernelCall& call, PlanBuilder& builder) {
  CastArgument(call, builder, 2, plan::DataType::Decimal(16, 6));
  return BindRows<int64_t, int32_t, int32_t, int64_t>(call, builder, [](KernelContext& c, int32_t h, int32_t m, int64_t micros) {
    const int64_t second = FloorDivide(micros, kMicrosPerSecond);
    const auto refuse = [&](const std::string& message) { c.Fail("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", {{"rangeMessage", message}}); };
    if (h < 0 || h > 23) refuse("Invalid value for HourOfDay (valid values 0 - 23): " + std::to_string(h));
    if (m < 0 || m > 59) refuse("Invalid value for MinuteOfHour (valid values 0 - 59): " + std::to_string(m));
    if (second < 0 || second > 59) refuse("Invalid value for SecondOfMinute (valid values 0 - 59): " + std::to_string(second));
    return (h * int64_t{60} + m) * 60 * kNanosPerSecond + micros * 1000;
  });
}

// from_utc_timestamp, to_utc_timestamp: shift a timestamp as if it were a wall clock.
KernelBinder ShiftZone(bool from_utc) {
  return [from_utc](KernelCall& call, PlanBuilder& builder) {
    return BindRows<int64_t, int64_t, string_t>(call, builder, [from_utc](KernelContext& c, int64_t micros, string_t zone) {
      const auto named = FindZone(c, View(zone));
      return from_utc ? named->ToLocal(micros) : named->ToUtc(micros);
    });
  };
}

// convert_timezone([source,] target, timestamp_ntz).
ExprPtr BindConvertTimezone(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 2) {
    auto source = ZoneOf(call);
    return BindRows<int64_t, string_t, int64_t>(
        call, builder, [source](KernelContext& c, string_t target, int64_t micros) { return FindZone(c, View(target))->ToLocal(source->ToUtc(micros)); });
  }
  return BindRows<int64_t, string_t, string_t, int64_t>(call, builder, [](KernelContext& c, string_t source, string_t target, int64_t micros) {
    return FindZone(c, View(target))->ToLocal(FindZone(c, View(source))->ToUtc(micros));
  });
}

template <int64_t kScale>
ExprPtr BindUnixOf(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int64_t, int64_t>(call, builder, [](KernelContext&, int64_t micros) { return FloorDivide(micros, kScale); });
}

ExprPtr BindTimestampOf(KernelCall& call, PlanBuilder& builder, int64_t scale) {
  const auto integral = [scale](KernelContext& c, int64_t value) {
    int64_t micros;
    if (__builtin_mul_overflow(value, scale, &micros)) {
      c.Fail("ARITHMETIC_OVERFLOW", {{"message", "long overflow"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
    }
    return micros;
  };
  const plan::DataType& type = call.ArgumentType(0);
  switch (type.kind()) {
    case TypeKind::kByte: return BindRows<int64_t, int8_t>(call, builder, [integral](KernelContext& c, int8_t v) { return integral(c, v); });
    case TypeKind::kShort: return BindRows<int64_t, int16_t>(call, builder, [integral](KernelContext& c, int16_t v) { return integral(c, v); });
    case TypeKind::kInt: return BindRows<int64_t, int32_t>(call, builder, [integral](KernelContext& c, int32_t v) { return integral(c, v); });
    case TypeKind::kLong: return BindRows<int64_t, int64_t>(call, builder, [integral](KernelContext& c, int64_t v) { return integral(c, v); });
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const auto real = [scale](double v) -> std::optional<int64_t> {
        if (!std::isfinite(v)) return std::nullopt;
        const double micros = v * static_cast<double>(scale);
        if (micros >= 9.2233720368547758e18) return std::numeric_limits<int64_t>::max();
        if (micros <= -9.2233720368547758e18) return std::numeric_limits<int64_t>::min();
        return static_cast<int64_t>(micros);
      };
      if (type.Is(TypeKind::kFloat)) return BindRows<int64_t, float>(call, builder, [real](KernelContext&, float v) { return real(v); });
      return BindRows<int64_t, double>(call, builder, [real](KernelContext&, double v) { return real(v); });
    }
    case TypeKind::kDecimal: {
      const int decimal_scale = type.scale();
      const auto decimal = [decimal_scale, scale](KernelContext& c, __int128 unscaled) {
        __int128 micros = unscaled * scale;
        const __int128 power = fn::PowerOfTen(decimal_scale);
        if (micros % power != 0) {
          c.Fail("ARITHMETIC_OVERFLOW", {{"message", "Rounding necessary"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
        }
        micros /= power;
        if (micros > std::numeric_limits<int64_t>::max() || micros < std::numeric_limits<int64_t>::min()) {
          c.Fail("ARITHMETIC_OVERFLOW", {{"message", "Overflow"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
        }
        return static_cast<int64_t>(micros);
      };
      switch (ToLogicalType(type).InternalType()) {
        case duckdb::PhysicalType::INT16: return BindRows<int64_t, int16_t>(call, builder, [decimal](KernelContext& c, int16_t v) { return decimal(c, v); });
        case duckdb::PhysicalType::INT32: return BindRows<int64_t, int32_t>(call, builder, [decimal](KernelContext& c, int32_t v) { return decimal(c, v); });
        case duckdb::PhysicalType::INT64: return BindRows<int64_t, int64_t>(call, builder, [decimal](KernelContext& c, int64_t v) { return decimal(c, v); });
        default: return BindRows<int64_t, duckdb::hugeint_t>(call, builder, [decimal](KernelContext& c, duckdb::hugeint_t v) { return decimal(c, ToInt128(v)); });
      }
    }
    default: RefuseTypes(call);
  }
}

Unit AddUnit(std::string_view given) {
  const std::string name = UpperText(given);
  if (name == "YEAR") return Unit::kYear;
  if (name == "QUARTER") return Unit::kQuarter;
  if (name == "MONTH") return Unit::kMonth;
  if (name == "WEEK") return Unit::kWeek;
  if (name == "DAY" || name == "DAYOFYEAR") return Unit::kDay;
  if (name == "HOUR") return Unit::kHour;
  if (name == "MINUTE") return Unit::kMinute;
  if (name == "SECOND") return Unit::kSecond;
  if (name == "MILLISECOND") return Unit::kMillisecond;
  if (name == "MICROSECOND") return Unit::kMicrosecond;
  return Unit::kNone;
}

int64_t MicrosOf(Unit unit) {
  switch (unit) {
    case Unit::kHour: return kMicrosPerHour;
    case Unit::kMinute: return kMicrosPerMinute;
    case Unit::kSecond: return kMicrosPerSecond;
    case Unit::kMillisecond: return 1000;
    default: return 1;
  }
}

int64_t MonthsOf(Unit unit) { return unit == Unit::kYear ? 12 : unit == Unit::kQuarter ? 3 : 1; }

[[noreturn]] void FailDatetimeOverflow(KernelContext& c, const std::string& operation) { c.Fail("DATETIME_OVERFLOW", {{"operation", operation}}); }

// timestampadd(unit, quantity, timestamp).
template <typename Quantity>
ExprPtr BindTimestampAddOf(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(2).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, string_t, Quantity, int64_t>(call, builder, [zone](KernelContext& c, string_t name, Quantity quantity, int64_t micros) {
    const Unit unit = AddUnit(View(name));
    const auto fail = [&]() {
      std::string shown;
      fn::AppendTimestamp(shown, zone->ToLocal(micros));
      FailDatetimeOverflow(c, "add " + std::to_string(quantity) + " " + std::string(View(name)) + " to TIMESTAMP '" + shown + "'");
    };
    if (unit == Unit::kNone) {
      c.Fail("INVALID_PARAMETER_VALUE.DATETIME_UNIT", {{"functionName", "`TIMESTAMPADD`"}, {"parameter", "`unit`"}, {"invalidValue", "'" + std::string(View(name)) + "'"}});
    }
    int64_t out;
    if (unit >= Unit::kHour) {
      if (__builtin_mul_overflow(static_cast<int64_t>(quantity), MicrosOf(unit), &out) || __builtin_add_overflow(micros, out, &out)) fail();
      return out;
    }
    const int64_t local = zone->ToLocal(micros);
    int64_t days = DaysOfMicros(local);
    if (std::abs(static_cast<double>(quantity)) > 4e9) fail();
    if (unit == Unit::kDay || unit == Unit::kWeek) days += static_cast<int64_t>(quantity) * (unit == Unit::kWeek ? 7 : 1);
    else days = AddMonthsToDays(days, static_cast<int64_t>(quantity) * MonthsOf(unit));
    if (std::abs(days) > 106000000) fail();
    return zone->ToUtc(days * kMicrosPerDay + TimeOfDayMicros(local));
  });
}

ExprPtr BindTimestampAdd(KernelCall& call, PlanBuilder& builder) {
  return call.ArgumentType(1).Is(TypeKind::kLong) ? BindTimestampAddOf<int64_t>(call, builder) : BindTimestampAddOf<int32_t>(call, builder);
}

// ChronoUnit.between of two wall clocks in whole months.
int64_t WholeMonths(int64_t from, int64_t to) {
  const int64_t from_days = DaysOfMicros(from), to_days = DaysOfMicros(to);
  const CivilDate a = CivilFromDays(from_days), b = CivilFromDays(to_days);
  int64_t months = (b.year - a.year) * 12 + b.month - a.month;
  const int64_t rest_from = (a.day - 1) * kMicrosPerDay + TimeOfDayMicros(from), rest_to = (b.day - 1) * kMicrosPerDay + TimeOfDayMicros(to);
  if (months > 0 && rest_to < rest_from) --months;
  if (months < 0 && rest_to > rest_from) ++months;
  return months;
}

ExprPtr BindTimestampDiff(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(1).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, string_t, int64_t, int64_t>(call, builder, [zone](KernelContext& c, string_t name, int64_t from, int64_t to) {
    const Unit unit = AddUnit(View(name));
    if (unit == Unit::kNone) {
      c.Fail("INVALID_PARAMETER_VALUE.DATETIME_UNIT", {{"functionName", "`TIMESTAMPDIFF`"}, {"parameter", "`unit`"}, {"invalidValue", "'" + std::string(View(name)) + "'"}});
    }
    if (unit >= Unit::kHour) return (to - from) / MicrosOf(unit);
    const int64_t a = zone->ToLocal(from), b = zone->ToLocal(to);
    if (unit == Unit::kDay) return (b - a) / kMicrosPerDay;
    if (unit == Unit::kWeek) return (b - a) / (7 * kMicrosPerDay);
    return WholeMonths(a, b) / MonthsOf(unit);
  });
}

// make_interval(years, months, weeks, days, hours, mins, secs): all but secs INTEGER, secs DECIMAL(18, 6).
ExprPtr BindMakeInterval(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() != 7) RefuseTypes(call);
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  return BindRows<duckdb::interval_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int64_t>(
      call, builder,
      [ansi](KernelContext& c, int32_t y, int32_t mo, int32_t w, int32_t d, int32_t h, int32_t mi, int64_t s) -> std::optional<duckdb::interval_t> {
        const int64_t months = int64_t{y} * 12 + mo, days = int64_t{w} * 7 + d;
        const __int128 micros = static_cast<__int128>(h) * kMicrosPerHour + static_cast<__int128>(mi) * kMicrosPerMinute + s;
        const auto narrow = [](int64_t v) { return v == static_cast<int32_t>(v); };
        if (!narrow(months) || !narrow(days) || micros != static_cast<int64_t>(micros)) {
          if (ansi) c.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", {});
          return std::nullopt;
        }
        return duckdb::interval_t{static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(micros)};
      });
}

ExprPtr BindMakeDayTime(KernelCall& call, PlanBuilder& builder) {
  while (call.arguments.size() < 3) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(0)));
  if (call.arguments.size() < 4) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::BIGINT(0)));
  CastArgument(call, builder, 3, plan::DataType::Decimal(18, 6));
  call.arguments[3] = builder.Reinterpret(std::move(call.arguments[3]), ToLogicalType(plan::DataType::Decimal(18, 6)));
  return BindRows<int64_t, int32_t, int32_t, int32_t, int64_t>(call, builder, [](KernelContext& c, int32_t d, int32_t h, int32_t mi, int64_t s) {
    const __int128 micros = static_cast<__int128>(d) * kMicrosPerDay + static_cast<__int128>(h) * kMicrosPerHour + static_cast<__int128>(mi) * kMicrosPerMinute + s;
    if (micros != static_cast<int64_t>(micros)) c.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", {});
    return static_cast<int64_t>(micros);
  });
}

ExprPtr BindMakeYearMonth(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 1) {
    call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(0)));
  }
  if (call.arguments.size() != 2) RefuseTypes(call);
  return BindRows<int32_t, int32_t, int32_t>(call, builder, [](KernelContext& c, int32_t y, int32_t m) {
    const int64_t months = int64_t{y} * 12 + m;
    if (months != static_cast<int32_t>(months)) c.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", {});
    return static_cast<int32_t>(months);
  });
}

// window(time, duration [, slide [, start]]) that tumbles: {start, end}. Sliding windows give several rows per row, which is no function.
ExprPtr BindWindow(KernelCall& call, PlanBuilder& builder) {
  const auto micros = [&](size_t i, int64_t otherwise) -> int64_t {
    if (i >= call.resolved.size()) return otherwise;
    const auto text = ConstantText(call, i);
    if (!text) RefuseTypes(call);
    auto interval = fn::ParseCalendarInterval(*text);
    if (!interval) Raise(interval.error(), call.origin);
    if (interval->months != 0) RefuseTypes(call);
    return interval->days * kMicrosPerDay + interval->micros;
  };
  const int64_t size = micros(1, 0), slide = micros(2, size), start = micros(3, 0);
  if (size <= 0 || slide != size) Raise(NotImplemented("sliding windows"), call.origin);
  call.arguments.resize(1);
  auto kernel = [size, start](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    const bool constant = args.AllConstant();
    const duckdb::idx_t rows = constant ? 1 : args.size();
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(args.size(), format);
    auto& fields = duckdb::StructVector::GetEntries(result);
    auto* begin = duckdb::FlatVector::GetData<int64_t>(*fields[0]);
    auto* end = duckdb::FlatVector::GetData<int64_t>(*fields[1]);
    for (duckdb::idx_t row = 0; row < rows; ++row) {
      const duckdb::idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const int64_t time = duckdb::UnifiedVectorFormat::GetData<int64_t>(format)[at];
      begin[row] = time - FloorModulo(time - start, size);
      end[row] = begin[row] + size;
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls, .fallibility = Fallibility::kNever});
}

// window_time(window): the last microsecond that belongs to it.
ExprPtr BindWindowTime(KernelCall& call, PlanBuilder& builder) {
  call.arguments[0] = GetField(builder, std::move(call.arguments[0]), 1);
  return BindRows<int64_t, int64_t>(call, builder, [](KernelContext&, int64_t end) { return end - 1; });
}

// current_time(timestamp of the statement, precision): nanoseconds of the session's day, cut to the precision.
ExprPtr BindCurrentTime(KernelCall& call, PlanBuilder& builder) {
  auto zone = ZoneOf(call);
  if (call.arguments.size() == 1) call.arguments.push_back(PlanBuilder::Constant(duckdb::Value::INTEGER(6)));
  return BindRows<int64_t, int64_t, int32_t>(call, builder, [zone](KernelContext&, int64_t micros, int32_t precision) {
    int64_t step = 1;
    for (int32_t i = precision; i < 9; ++i) step *= 10;
    return TimeOfDayMicros(zone->ToLocal(micros)) * 1000 / step * step;
  });
}

// time_from_seconds(number): whole microseconds of the day.
ExprPtr BindTimeFromSeconds(KernelCall& call, PlanBuilder& builder) {
  CastArgument(call, builder, 0, plan::DataType::Decimal(18, 6));
  return BindRows<int64_t, int64_t>(call, builder, [](KernelContext& c, int64_t micros) {
    if (micros < 0 || micros >= kMicrosPerDay) FailField(c, "Invalid value for SecondOfDay (valid values 0 - 86399): " + std::to_string(FloorDivide(micros, kMicrosPerSecond)));
    return micros * 1000;
  });
}

KernelBinder TimeFrom(int64_t nanos, int64_t limit, const char* field) {
  return [=](KernelCall& call, PlanBuilder& builder) {
    CastArgument(call, builder, 0, plan::DataType::Long());
    return BindRows<int64_t, int64_t>(call, builder, [=](KernelContext& c, int64_t value) {
      if (value < 0 || value >= limit) FailField(c, std::string("Invalid value for ") + field + " (valid values 0 - " + std::to_string(limit - 1) + "): " + std::to_string(value));
      return value * nanos;
    });
  };
}

KernelBinder IntervalField(const char* field) {
  return [field](KernelCall& call, PlanBuilder& builder) { return BindIntervalField(call, builder, field); };
}

// months in one call: timestamp + INTERVAL YEAR TO MONTH, timestamp + legacy interval.
ExprPtr BindTimestampAddMonths(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(0).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, int64_t, int32_t>(call, builder, [zone](KernelContext&, int64_t micros, int32_t months) {
    const int64_t local = zone->ToLocal(micros);
    return zone->ToUtc(AddMonthsToDays(DaysOfMicros(local), months) * kMicrosPerDay + TimeOfDayMicros(local));
  });
}

ExprPtr BindTimestampAddMicros(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(0).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, int64_t, int64_t>(call, builder, [zone](KernelContext& c, int64_t micros, int64_t interval) {
    // Days move the wall clock, the rest the instant (DateTimeUtils.timestampAddDayTime).
    int64_t out;
    const int64_t days = interval / kMicrosPerDay, rest = interval - days * kMicrosPerDay;
    if (days == 0) {
      if (__builtin_add_overflow(micros, rest, &out)) c.Fail("DATETIME_OVERFLOW", {{"operation", "add an interval to a timestamp"}});
      return out;
    }
    const int64_t local = zone->ToLocal(micros);
    if (__builtin_add_overflow(local, days * kMicrosPerDay, &out)) c.Fail("DATETIME_OVERFLOW", {{"operation", "add an interval to a timestamp"}});
    out = zone->ToUtc(out);
    if (__builtin_add_overflow(out, rest, &out)) c.Fail("DATETIME_OVERFLOW", {{"operation", "add an interval to a timestamp"}});
    return out;
  });
}

ExprPtr BindTimestampAddInterval(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(0).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, int64_t, duckdb::interval_t>(call, builder, [zone](KernelContext& c, int64_t micros, duckdb::interval_t interval) {
    int64_t out = micros;
    if (interval.months != 0 || interval.days != 0) {
      const int64_t local = zone->ToLocal(micros);
      const int64_t days = AddMonthsToDays(DaysOfMicros(local), interval.months) + interval.days;
      out = zone->ToUtc(days * kMicrosPerDay + TimeOfDayMicros(local));
    }
    if (__builtin_add_overflow(out, interval.micros, &out)) c.Fail("DATETIME_OVERFLOW", {{"operation", "add an interval to a timestamp"}});
    return out;
  });
}

ExprPtr BindDateAddInterval(KernelCall& call, PlanBuilder& builder) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  auto zone = ZoneOf(call);
  return BindRows<int32_t, int32_t, duckdb::interval_t>(call, builder, [ansi, zone](KernelContext& c, int32_t days, duckdb::interval_t interval) {
    if (interval.micros != 0 && ansi) c.Fail("INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION", {});
    const int64_t moved = AddMonthsToDays(days, interval.months) + interval.days;
    return CheckedDays(c, moved + FloorDivide(interval.micros, kMicrosPerDay));
  });
}

ExprPtr BindTimestampDifference(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(0).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  return BindRows<int64_t, int64_t, int64_t>(call, builder, [zone](KernelContext& c, int64_t end, int64_t start) {
    int64_t out;
    if (__builtin_sub_overflow(zone->ToLocal(end), zone->ToLocal(start), &out)) c.Fail("DATETIME_OVERFLOW", {{"operation", "subtract timestamps"}});
    return out;
  });
}

ExprPtr BindTimeTrunc(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int64_t, string_t, int64_t>(call, builder, [](KernelContext& c, string_t name, int64_t nanos) {
    const Unit unit = AddUnit(View(name));
    if (unit < Unit::kHour || unit == Unit::kNone) {
      c.Fail("INVALID_PARAMETER_VALUE.TIME_UNIT", {{"functionName", "`time_trunc`"}, {"parameter", "`unit`"}, {"invalidValue", std::string(View(name))}});
    }
    const int64_t step = MicrosOf(unit) * 1000;
    return nanos / step * step;
  });
}

ExprPtr BindTimeDiff(KernelCall& call, PlanBuilder& builder) {
  return BindRows<int64_t, string_t, int64_t, int64_t>(call, builder, [](KernelContext& c, string_t name, int64_t from, int64_t to) {
    const Unit unit = AddUnit(View(name));
    if (unit < Unit::kHour || unit == Unit::kNone) {
      c.Fail("INVALID_PARAMETER_VALUE.TIME_UNIT", {{"functionName", "`time_diff`"}, {"parameter", "`unit`"}, {"invalidValue", std::string(View(name))}});
    }
    return (to - from) / (MicrosOf(unit) * 1000);
  });
}

// time_bucket(size, timestamp [, origin]).
ExprPtr BindTimeBucket(KernelCall& call, PlanBuilder& builder) {
  auto zone = call.ArgumentType(1).Is(TypeKind::kTimestampNtz) ? fn::TimeZone::Utc() : ZoneOf(call);
  if (call.arguments.size() == 2) call.arguments.push_back(PlanBuilder::Null(call.arguments[1]->return_type));
  const bool has_origin = call.resolved.size() == 3;
  if (!has_origin) call.arguments.pop_back();
  const auto in_micros = [zone](int64_t size, int64_t at, int64_t origin) { return origin + FloorDivide(at - origin, size) * size; };
  const auto in_months = [zone](int32_t size, int64_t at, int64_t origin) {
    const int64_t local = zone->ToLocal(at), base = zone->ToLocal(origin);
    const auto move = [&](int64_t months) { return AddMonthsToDays(DaysOfMicros(base), months) * kMicrosPerDay + TimeOfDayMicros(base); };
    const CivilDate a = CivilFromDays(DaysOfMicros(base)), b = CivilFromDays(DaysOfMicros(local));
    int64_t bucket = FloorDivide((b.year - a.year) * 12 + b.month - a.month, size);
    if (move(bucket * size) > local) --bucket;
    return zone->ToUtc(move(bucket * size));
  };
  const int64_t epoch = zone->ToUtc(0);
  if (call.ArgumentType(0).Is(TypeKind::kYearMonthInterval)) {
    if (has_origin) return BindRows<int64_t, int32_t, int64_t, int64_t>(call, builder, [in_months](KernelContext&, int32_t s, int64_t t, int64_t o) { return in_months(s, t, o); });
    return BindRows<int64_t, int32_t, int64_t>(call, builder, [in_months, epoch](KernelContext&, int32_t s, int64_t t) { return in_months(s, t, epoch); });
  }
  if (has_origin) return BindRows<int64_t, int64_t, int64_t, int64_t>(call, builder, [in_micros](KernelContext&, int64_t s, int64_t t, int64_t o) { return in_micros(s, t, o); });
  return BindRows<int64_t, int64_t, int64_t>(call, builder, [in_micros, epoch](KernelContext&, int64_t s, int64_t t) { return in_micros(s, t, epoch); });
}

ExprPtr BindName(KernelCall& call, PlanBuilder& builder) {
  const bool is_month = call.function == "monthname";
  return BindRows<string_t, int32_t>(call, builder, [is_month](KernelContext&, int32_t days) {
    constexpr const char* kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr const char* kDayNames[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return string_t(is_month ? kMonthNames[MonthOf(days) - 1] : kDayNames[WeekDayOf(days)], 3);
  });
}

}  // namespace

void RegisterDatetime(KernelRegistry& registry) {
  registry.Add({"year"}, OfDate(YearOf));
  registry.Add({"quarter"}, OfDate(QuarterOf));
  registry.Add({"month"}, OfDate(MonthOf));
  registry.Add({"day", "dayofmonth"}, OfDate(DayOf));
  registry.Add({"dayofyear"}, OfDate(DayOfYearOf));
  registry.Add({"dayofweek"}, OfDate(DayOfWeekOf));
  registry.Add({"dayofweek_iso"}, OfDate(IsoDayOf));
  registry.Add({"weekday"}, OfDate(WeekDayOf));
  registry.Add({"weekofyear"}, OfDate(WeekOf));
  registry.Add({"yearofweek", "year_of_week"}, OfDate(WeekYearOf));
  registry.Add({"hour", "hour_of_time"}, OfTime(TimeField::kHour));
  registry.Add({"minute", "minute_of_time"}, OfTime(TimeField::kMinute));
  registry.Add({"second", "second_of_time"}, OfTime(TimeField::kSecond));
  registry.Add({"second_with_fraction", "seconds_with_fraction", "second_of_time_with_fraction"}, BindSecondsWithFraction);
  registry.Add({"extract", "date_part", "datepart"}, BindExtract);
  registry.Add({"monthname", "dayname"}, BindName);
  registry.Add({"last_day"}, Rows<int32_t, int32_t>([](KernelContext&, int32_t days) {
                 const CivilDate date = CivilFromDays(days);
                 return days + DaysInMonth(date.year, date.month) - date.day;
               }));
  registry.Add({"next_day"}, BindNextDay);
  registry.Add({"date_add"}, BindDateAdd<1>);
  registry.Add({"date_sub"}, BindDateAdd<-1>);
  registry.Add({"datediff", "date_diff"}, Rows<int32_t, int32_t, int32_t>([](KernelContext&, int32_t end, int32_t start) { return end - start; }));
  registry.Add({"date_diff_interval"}, Rows<int64_t, int32_t, int32_t>([](KernelContext&, int32_t end, int32_t start) { return (int64_t{end} - start) * kMicrosPerDay; }));
  registry.Add({"add_months", "add_months_interval", "date_add_ym"}, BindAddMonths);
  registry.Add({"months_between"}, BindMonthsBetween);
  registry.Add({"trunc"}, BindTrunc);
  registry.Add({"date_trunc"}, BindDateTrunc);
  registry.Add({"unix_date"}, Rows<int32_t, int32_t>([](KernelContext&, int32_t days) { return days; }));
  registry.Add({"date_from_unix_date"}, Rows<int32_t, int32_t>([](KernelContext&, int32_t days) { return days; }));
  registry.Add({"unix_seconds"}, BindUnixOf<kMicrosPerSecond>);
  registry.Add({"unix_millis"}, BindUnixOf<1000>);
  registry.Add({"unix_micros"}, BindUnixOf<1>);
  registry.Add({"timestamp_seconds"}, [](KernelCall& call, PlanBuilder& builder) { return BindTimestampOf(call, builder, kMicrosPerSecond); });
  registry.Add({"timestamp_millis"}, [](KernelCall& call, PlanBuilder& builder) { return BindTimestampOf(call, builder, 1000); });
  registry.Add({"timestamp_micros"}, [](KernelCall& call, PlanBuilder& builder) { return BindTimestampOf(call, builder, 1); });
  registry.Add({"make_date"}, BindMakeDate);
  registry.Add({"make_timestamp", "make_timestamp_ltz", "make_timestamp_ntz", "try_make_timestamp", "try_make_timestamp_ltz", "try_make_timestamp_ntz"}, BindMakeTimestamp);
  registry.Add({"make_time"}, BindMakeTime);
  registry.Add({"make_interval", "try_make_interval"}, BindMakeInterval);
  registry.Add({"make_dt_interval"}, BindMakeDayTime);
  registry.Add({"make_ym_interval"}, BindMakeYearMonth);
  registry.Add({"from_utc_timestamp"}, ShiftZone(true));
  registry.Add({"to_utc_timestamp"}, ShiftZone(false));
  registry.Add({"convert_timezone"}, BindConvertTimezone);
  registry.Add({"timestampadd", "timestamp_add"}, BindTimestampAdd);
  registry.Add({"timestampdiff", "timestamp_diff"}, BindTimestampDiff);
  registry.Add({"timestamp_add_ym"}, BindTimestampAddMonths);
  registry.Add({"timestamp_add_dt"}, BindTimestampAddMicros);
  registry.Add({"timestamp_add_interval"}, BindTimestampAddInterval);
  registry.Add({"date_add_interval"}, BindDateAddInterval);
  registry.Add({"timestamp_diff_interval"}, BindTimestampDifference);
  registry.Add({"time_trunc"}, BindTimeTrunc);
  registry.Add({"time_diff"}, BindTimeDiff);
  registry.Add({"time_bucket"}, BindTimeBucket);
  registry.Add({"time_to_millis"}, Rows<int64_t, int64_t>([](KernelContext&, int64_t nanos) { return nanos / 1000000; }));
  registry.Add({"time_to_micros"}, Rows<int64_t, int64_t>([](KernelContext&, int64_t nanos) { return nanos / 1000; }));
  registry.Add({"time_to_seconds"}, Rows<int64_t, int64_t>([](KernelContext&, int64_t nanos) { return nanos / 1000; }));
  registry.Add({"time_from_seconds"}, BindTimeFromSeconds);
  registry.Add({"time_from_millis"}, TimeFrom(1000000, 86400000, "MilliOfDay"));
  registry.Add({"time_from_micros"}, TimeFrom(1000, kMicrosPerDay, "MicroOfDay"));
  registry.Add({"current_time"}, BindCurrentTime);
  registry.Add({"window"}, BindWindow);
  registry.Add({"window_time"}, BindWindowTime);
  registry.Add({"extract_interval_years"}, IntervalField("YEAR"));
  registry.Add({"extract_interval_months"}, IntervalField("MONTH"));
  registry.Add({"extract_interval_days"}, IntervalField("DAY"));
  registry.Add({"extract_interval_hours"}, IntervalField("HOUR"));
  registry.Add({"extract_interval_minutes"}, IntervalField("MINUTE"));
  registry.Add({"extract_interval_seconds"}, IntervalField("SECOND"));
  RegisterDatetimeFormats(registry);
}

}  // namespace crannog::engine::duck
