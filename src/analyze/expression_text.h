#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/literal.h"

namespace crannog::analyze {

class ExpressionText;
using TextPtr = std::shared_ptr<const ExpressionText>;

/// How Spark writes an expression, as a tree of pieces rendered on demand: column names, error parameters. Immutable. Threads: any.
/// Two forms: pretty (Spark's toPrettySQL: names without qualifier, strings without quotes, implicit casts left out) and full (Expression.sql).
class ExpressionText {
 public:
  struct Piece {
    std::string pretty;
    std::optional<std::string> full;  ///< when it differs
    TextPtr child;                    ///< instead of text
    bool only_full = false;           ///< left out of the pretty form
  };
  explicit ExpressionText(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  std::string Pretty() const;
  std::string Full() const;
  void Append(std::string& out, bool is_full) const;

 private:
  std::vector<Piece> pieces_;
};

TextPtr MakeText(std::string text);
/// A column: `qualified` is how the full form spells it.
TextPtr ColumnText(std::string name, std::string qualified);
/// A constant as Spark prints it in a column name ("abc", "1.0", "DATE '2020-01-01'"). `zone` spells timestamps.
TextPtr LiteralText(const plan::Literal& literal, std::string_view zone);
/// name(a, b).
TextPtr CallText(std::string_view name, const std::vector<TextPtr>& arguments, bool is_distinct = false);
/// (a + b).
TextPtr BinaryText(const TextPtr& left, std::string_view symbol, const TextPtr& right);
/// Texts and children in a row: SpliceText({MakeText("CAST("), child, MakeText(" AS INT)")}).
TextPtr SpliceText(std::vector<TextPtr> parts);
/// A cast that nobody wrote: seen in the full form only.
TextPtr ImplicitCastText(const TextPtr& child, const plan::DataType& type);

/// Java's Double.toString / Float.toString.
std::string JavaDoubleText(double value);
std::string JavaFloatText(float value);
/// A decimal with its scale, as Java's BigDecimal.toPlainString.
std::string DecimalText(plan::Int128 unscaled, int scale);
/// Day number, and microseconds with zone, as Spark casts them to text ("2020-01-01", "2020-01-01 00:00:00.5").
std::string DateText(int64_t days);
std::string TimestampText(int64_t micros, std::string_view zone);
std::string TimeText(int64_t nanos);
/// An ANSI interval literal as Spark writes it: INTERVAL '1-2' YEAR TO MONTH.
std::string YearMonthIntervalText(int64_t months, int start_field, int end_field);
std::string DayTimeIntervalText(int64_t micros, int start_field, int end_field);
std::string CalendarIntervalText(const plan::CalendarIntervalValue& value);

/// `a`.`b`, a part quoted always.
std::string QuoteName(const std::vector<std::string>& parts);
std::string QuoteName(std::string_view part);
/// a.b, a part quoted where it is not a plain identifier.
std::string QuoteIfNeeded(std::string_view part);
/// "INT" in double quotes, as error parameters show a type.
std::string QuoteType(const plan::DataType& type);
/// "text" in double quotes.
std::string QuoteExpression(std::string_view text);
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);
bool EqualsIgnoreCase(std::string_view left, std::string_view right);

}  // namespace crannog::analyze
