#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/literal.h"

namespace crannog::engine::functions {
class TimeZone;
}

/// Values as text for people. Threads: a TextFormat is immutable after Make.
namespace crannog::session {

/// spark.sql.binaryOutputStyle.
enum class BinaryStyle : uint8_t { kUtf8, kBasic, kBase64, kHex, kHexDiscrete };

/// How values become text: what depends on the session.
class TextFormat {
 public:
  /// `binary_style` "" takes each form's default. Errors: INVALID_TIMEZONE.
  static Result<TextFormat> Make(std::string_view time_zone, std::string_view binary_style = "");

  /// As Spark's SQL command line and its golden files print a cell: NULL, nested values as JSON-like text with null.
  /// Source: Spark 4.1 HiveResult.toHiveString.
  std::string Hive(const plan::Literal& value, const plan::DataType& type) const { return Hive(value, type, /*nested=*/false); }
  /// As Dataset.show prints a cell: {1, a}, [1, 2], {k -> v}, binary as [61 62]. Source: Spark 4.1 ToPrettyString.
  std::string Pretty(const plan::Literal& value, const plan::DataType& type) const;
  /// As a cast to STRING gives it; NULL is "NULL" here.
  std::string Plain(const plan::Literal& value, const plan::DataType& type) const;

 private:
  std::string Hive(const plan::Literal& value, const plan::DataType& type, bool nested) const;
  std::string Scalar(const plan::Literal& value, const plan::DataType& type) const;
  std::string Binary(const std::string& bytes, BinaryStyle style) const;

  std::shared_ptr<const engine::functions::TimeZone> zone_;
  bool has_binary_style_ = false;
  BinaryStyle binary_style_ = BinaryStyle::kUtf8;
};

/// "1.0E10", "0.1", "NaN", "Infinity": Java's Double.toString and Float.toString.
std::string JavaDoubleText(double value);
std::string JavaFloatText(float value);
/// A decimal without exponent: BigDecimal.toPlainString.
std::string DecimalText(plan::Int128 unscaled, int scale);
/// With padding.
std::string Base64Text(const std::string& bytes);
/// "2024-02-29", "-0044-03-15", "+12345-01-01".
std::string DateText(int64_t days);
/// "2024-02-29 12:00:00.5": a wall clock, trailing zeros of the fraction cut.
std::string TimestampText(int64_t local_micros);

}  // namespace crannog::session
