#pragma once

#include "session/statement.h"

/// From what CREATE TABLE says to what the catalog keeps.
namespace crannog::session {

/// Fields of column definitions with comments, defaults, generation and identity in their metadata, as Spark and Delta keep them.
/// Errors: COLUMN_ALREADY_EXISTS, INVALID_DEFAULT_VALUE.*.
Result<plan::Schema> FieldsOf(const std::vector<plan::ColumnDefinition>& columns, Statement& statement);
Result<plan::StructField> FieldOf(const plan::ColumnDefinition& column, Statement& statement, std::string_view command);

/// Keys of a field's metadata object.
std::string MetadataText(const plan::StructField& field, std::string_view key);
void SetMetadata(plan::StructField& field, std::string_view key, std::string value);
void RemoveMetadata(plan::StructField& field, std::string_view key);
inline constexpr const char* kCommentKey = "comment";
inline constexpr const char* kDefaultKey = "CURRENT_DEFAULT";
inline constexpr const char* kExistsDefaultKey = "EXISTS_DEFAULT";
inline constexpr const char* kGenerationKey = "delta.generationExpression";

/// "parquet" of "org.apache.spark.sql.parquet", lower case. Errors: DATA_SOURCE_NOT_FOUND.
Result<std::string> ProviderOf(const std::string& name, Statement& statement);

/// Position of a column by name (case ignored unless the session says otherwise); -1 when absent.
int FindColumn(const plan::Schema& schema, std::string_view name, bool case_sensitive = false);

/// The first name that stands twice; "" when none does.
std::string DuplicateName(const std::vector<std::string>& names, bool case_sensitive);

/// Constant options as text. Errors: of evaluation.
Result<plan::Options> OptionsOf(const plan::ExpressionOptions& options, Statement& statement);

/// The folder of a LOCATION clause as URL: relative ones are below the current schema's folder.
Result<std::string> LocationOf(const std::string& written, const analyze::SchemaName& schema, Statement& statement);

}  // namespace crannog::session
