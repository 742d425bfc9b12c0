#include "connect/data_type_message.h"

#include "spark/connect/types.pb.h"

namespace crannog::connect {

namespace sc = spark::connect;
using plan::DataType;
using plan::TypeKind;

Result<DataType> FromMessage(const sc::DataType& message, const TextParsers& parsers) {
  switch (message.kind_case()) {
    case sc::DataType::kNull: return DataType::Null();
    case sc::DataType::kBinary: return DataType::Binary();
    case sc::DataType::kBoolean: return DataType::Boolean();
    case sc::DataType::kByte: return DataType::Byte();
    case sc::DataType::kShort: return DataType::Short();
    case sc::DataType::kInteger: return DataType::Int();
    case sc::DataType::kLong: return DataType::Long();
    case sc::DataType::kFloat: return DataType::Float();
    case sc::DataType::kDouble: return DataType::Double();
    case sc::DataType::kDecimal: {
      const auto& decimal = message.decimal();
      return DataType::Decimal(decimal.has_precision() ? decimal.precision() : 10, decimal.has_scale() ? decimal.scale() : 0);
    }
    case sc::DataType::kString: return DataType::String(message.string().collation());
    case sc::DataType::kChar: return DataType::Char(message.char_().length());
    case sc::DataType::kVarChar: return DataType::Varchar(message.var_char().length());
    case sc::DataType::kDate: return DataType::Date();
    case sc::DataType::kTimestamp: return DataType::Timestamp();
    case sc::DataType::kTimestampNtz: return DataType::TimestampNtz();
    case sc::DataType::kCalendarInterval: return DataType::CalendarInterval();
    case sc::DataType::kYearMonthInterval: {
      const auto& interval = message.year_month_interval();
      int start = interval.has_start_field() ? interval.start_field() : 0;
      return DataType::YearMonthInterval(start, interval.has_end_field() ? interval.end_field() : (interval.has_start_field() ? start : 1));
    }
    case sc::DataType::kDayTimeInterval: {
      const auto& interval = message.day_time_interval();
      int start = interval.has_start_field() ? interval.start_field() : 0;
      return DataType::DayTimeInterval(start, interval.has_end_field() ? interval.end_field() : (interval.has_start_field() ? start : 3));
    }
    case sc::DataType::kArray: {
      TRY(DataType element, FromMessage(message.array().element_type(), parsers));
      return DataType::Array(std::move(element), message.array().contains_null());
    }
    case sc::DataType::kMap: {
      TRY(DataType key, FromMessage(message.map().key_type(), parsers));
      TRY(DataType value, FromMessage(message.map().value_type(), parsers));
      return DataType::Map(std::move(key), std::move(value), message.map().value_contains_null());
    }
    case sc::DataType::kStruct: {
      std::vector<plan::StructField> fields;
      for (const auto& field : message.struct_().fields()) {
        TRY(DataType type, FromMessage(field.data_type(), parsers));
        fields.push_back({field.name(), std::move(type), field.nullable(), field.has_metadata() ? field.metadata() : ""});
      }
      return DataType::Struct(std::move(fields));
    }
    case sc::DataType::kVariant: return DataType::Variant();
    case sc::DataType::kTime: return DataType::Time(message.time().has_precision() ? message.time().precision() : 6);
    case sc::DataType::kUdt: return FromMessage(message.udt().sql_type(), parsers);
    case sc::DataType::kUnparsed: return parsers.data_type(message.unparsed().data_type_string());
    case sc::DataType::kGeometry: return Failure(NotImplemented("the GEOMETRY type"));
    case sc::DataType::kGeography: return Failure(NotImplemented("the GEOGRAPHY type"));
    case sc::DataType::KIND_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a data type message names no kind");
}

void ToMessage(const DataType& type, sc::DataType& message) {
  switch (type.kind()) {
    case TypeKind::kNull: message.mutable_null(); break;
    case TypeKind::kBoolean: message.mutable_boolean(); break;
    case TypeKind::kByte: message.mutable_byte(); break;
    case TypeKind::kShort: message.mutable_short_(); break;
    case TypeKind::kInt: message.mutable_integer(); break;
    case TypeKind::kLong: message.mutable_long_(); break;
    case TypeKind::kFloat: message.mutable_float_(); break;
    case TypeKind::kDouble: message.mutable_double_(); break;
    case TypeKind::kDecimal:
      message.mutable_decimal()->set_precision(type.precision());
      message.mutable_decimal()->set_scale(type.scale());
      break;
    case TypeKind::kString: message.mutable_string()->set_collation(type.collation().empty() ? "UTF8_BINARY" : type.collation()); break;
    case TypeKind::kChar: message.mutable_char_()->set_length(type.length()); break;
    case TypeKind::kVarchar: message.mutable_var_char()->set_length(type.length()); break;
    case TypeKind::kBinary: message.mutable_binary(); break;
    case TypeKind::kDate: message.mutable_date(); break;
    case TypeKind::kTime: message.mutable_time()->set_precision(type.precision()); break;
    case TypeKind::kTimestamp: message.mutable_timestamp(); break;
    case TypeKind::kTimestampNtz: message.mutable_timestamp_ntz(); break;
    case TypeKind::kYearMonthInterval:
      message.mutable_year_month_interval()->set_start_field(type.start_field());
      message.mutable_year_month_interval()->set_end_field(type.end_field());
      break;
    case TypeKind::kDayTimeInterval:
      message.mutable_day_time_interval()->set_start_field(type.start_field());
      message.mutable_day_time_interval()->set_end_field(type.end_field());
      break;
    case TypeKind::kCalendarInterval: message.mutable_calendar_interval(); break;
    case TypeKind::kArray:
      ToMessage(type.element(), *message.mutable_array()->mutable_element_type());
      message.mutable_array()->set_contains_null(type.contains_null());
      break;
    case TypeKind::kMap:
      ToMessage(type.key(), *message.mutable_map()->mutable_key_type());
      ToMessage(type.value(), *message.mutable_map()->mutable_value_type());
      message.mutable_map()->set_value_contains_null(type.value_contains_null());
      break;
    case TypeKind::kStruct: {
      auto* fields = message.mutable_struct_();
      for (const plan::StructField& field : type.fields()) {
        auto* out = fields->add_fields();
        out->set_name(field.name);
        out->set_nullable(field.nullable);
        if (!field.metadata_json.empty()) out->set_metadata(field.metadata_json);
        ToMessage(field.type, *out->mutable_data_type());
      }
      break;
    }
    case TypeKind::kVariant: message.mutable_variant(); break;
    case TypeKind::kUserDefined: message.mutable_udt(); break;
    case TypeKind::kGeometry: message.mutable_geometry(); break;
    case TypeKind::kGeography: message.mutable_geography(); break;
  }
}

}  // namespace crannog::connect
