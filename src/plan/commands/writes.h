#pragma once

#include "plan/commands/objects.h"

/// Statements that change rows.
namespace crannog::plan {

/// How INSERT meets what is there.
enum class InsertMode : uint8_t {
  kInto,              ///< append
  kOverwrite,         ///< INSERT OVERWRITE [PARTITION]
  kReplaceWhere,      ///< REPLACE WHERE condition
  kReplaceUsing,      ///< REPLACE USING (columns)
  kReplaceOn          ///< REPLACE ON condition
};

struct Insert {
  Name table;
  InsertMode mode = InsertMode::kInto;
  std::vector<std::string> columns;      ///< explicit column list
  bool by_name = false;
  PartitionSpec partition;
  bool if_not_exists = false;            ///< of the partition
  bool with_schema_evolution = false;
  ExpressionPtr replace_condition;       ///< kReplaceWhere, kReplaceOn
  std::vector<std::string> replace_columns;
  std::string target_alias;
  Options options;
  RelationPtr source;
};

/// FROM t INSERT INTO a SELECT … INSERT INTO b SELECT …: every source repeats the common FROM.
struct MultiInsert { std::vector<Insert> inserts; };

/// INSERT OVERWRITE [LOCAL] DIRECTORY.
struct InsertDirectory {
  std::string path;
  bool is_local = false;
  std::string provider;
  Options options;
  std::string row_format;
  RelationPtr source;
};

/// LOAD DATA [LOCAL] INPATH ….
struct LoadData { std::string path; bool is_local = false; bool overwrite = false; Name table; PartitionSpec partition; };

/// column = value.
struct Assignment {
  Name target;
  ExpressionPtr value;
  Origin origin;
};

struct Update {
  Name table;
  std::string alias;
  std::vector<std::string> alias_columns;
  std::vector<Assignment> assignments;
  ExpressionPtr condition;
};

struct Delete {
  Name table;
  std::string alias;
  std::vector<std::string> alias_columns;
  ExpressionPtr condition;
};

enum class MergeMatch : uint8_t { kMatched, kNotMatched, kNotMatchedBySource };
enum class MergeActionKind : uint8_t { kUpdate, kUpdateAll, kDelete, kInsert, kInsertAll };

/// WHEN … [AND condition] THEN action.
struct MergeClause {
  MergeMatch match = MergeMatch::kMatched;
  ExpressionPtr condition;
  MergeActionKind action = MergeActionKind::kUpdate;
  std::vector<Assignment> assignments;   ///< kUpdate; kInsert: column = value in order
  std::vector<Name> except_columns;      ///< UPDATE SET * EXCEPT (…), INSERT * EXCEPT (…)
  Origin origin;
};

struct Merge {
  Name target;
  std::string target_alias;
  RelationPtr source;                    ///< with its alias
  ExpressionPtr condition;
  std::vector<MergeClause> clauses;
  bool with_schema_evolution = false;
};

/// COPY INTO table FROM 'path' | (SELECT … FROM 'path') FILEFORMAT = … .
struct CopyInto {
  Name table;
  std::string path;
  RelationPtr source;                    ///< the SELECT form; reads the path through a DataSource without format
  std::string file_format;
  std::vector<std::string> files;
  std::string pattern;
  Options format_options;
  Options copy_options;
  std::optional<int64_t> validate_rows;  ///< VALIDATE n ROWS; 0: VALIDATE [ALL]
  bool by_position = false;
  std::vector<std::string> columns;
};

enum class SaveMode : uint8_t { kErrorIfExists, kAppend, kOverwrite, kIgnore };

/// DataFrameWriter: df.write.format(…).mode(…).save(path) | .saveAsTable(name) | .insertInto(name). `path` or `table` is set.
struct SaveDataFrame {
  RelationPtr input;
  std::string format;                    ///< "" is the session's default
  std::string path;
  Name table;
  bool insert_into = false;              ///< by position into an existing table
  SaveMode mode = SaveMode::kErrorIfExists;
  std::vector<std::string> partition_columns;
  std::vector<std::string> clustering_columns;
  Options options;                       ///< mergeSchema, overwriteSchema, replaceWhere, partitionOverwriteMode, txnAppId, txnVersion, …
  bool with_schema_evolution = false;
};

enum class WriteToMode : uint8_t { kCreate, kOverwrite, kOverwritePartitions, kAppend, kReplace, kCreateOrReplace };

/// DataFrameWriterV2: df.writeTo(name)… .
struct WriteDataFrameTo {
  RelationPtr input;
  Name table;
  std::string format;
  WriteToMode mode = WriteToMode::kAppend;
  std::vector<ExpressionPtr> partitioning;
  std::vector<std::string> clustering_columns;
  Options options;
  Options properties;
  ExpressionPtr overwrite_condition;
  bool with_schema_evolution = false;
};

/// CALL procedure(arguments).
struct CallProcedure { Name name; std::vector<ExpressionPtr> arguments; };

}  // namespace crannog::plan
