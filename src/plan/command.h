#pragma once

#include <variant>

#include "plan/commands/catalogs.h"
#include "plan/commands/functions.h"
#include "plan/commands/governance.h"
#include "plan/commands/maintenance.h"
#include "plan/commands/pipelines.h"
#include "plan/commands/scripting.h"
#include "plan/commands/sessions.h"
#include "plan/commands/show.h"
#include "plan/commands/tables.h"
#include "plan/commands/views.h"
#include "plan/commands/writes.h"

/// Every statement that is not a query, one struct each, grouped per noun in plan/commands/. Sources: Spark 4.1's grammar, Databricks SQL reference.
namespace crannog::plan {

struct Command {
  using Node = std::variant<
      // catalogs.h
      CreateCatalog, CreateSchema, DropCatalog, DropSchema, AlterSchema, CommentOn, AlterOwner, AlterTags, RenameObject, DropObject,
      CreateExternalLocation, CreateConnection, CreatePolicy, Use,
      // tables.h
      CreateTable, CreateTableLike, CloneTable, DropTable, UndropTable, AlterTable, TruncateTable, RepairTable, AnalyzeTable, AnalyzeTables,
      RefreshTable, RefreshPath, RefreshForeign, SyncObjects, CreateIndex, DropIndex,
      // views.h, pipelines.h
      CreateView, CreateTemporaryViewUsing, AlterViewQuery, AlterViewSchemaMode, DropView, CreateMaterializedView, CreateStreamingTable, AutoCdc,
      CreateFlow,
      // functions.h
      CreateFunction, DropFunction, RefreshFunction, CreateVolume, DropVolume, StageFile, ListFiles,
      // writes.h
      Insert, MultiInsert, InsertDirectory, LoadData, Update, Delete, Merge, CopyInto, SaveDataFrame, WriteDataFrameTo, CallProcedure,
      // maintenance.h
      Optimize, Vacuum, Restore, ConvertToDelta, Reorg, DescribeHistory, DescribeDetail, IsDeltaTable, GenerateManifest, FsckRepair, CacheTable, UncacheTable,
      ClearCache, CacheSelect,
      // show.h
      Show, Describe, DescribeQuery,
      // sessions.h
      SetConfig, ResetConfig, SetTimeZone, SetCatalog, SetCollation, SetPath, DeclareVariable, SetVariable, DropVariable, Explain,
      ExecuteImmediate, ManageResource, UnsupportedStatement,
      // governance.h
      Grant, ShowGrants, CreateShare, AlterShare, CreateRecipient, AlterRecipient,
      // scripting.h
      CompoundStatement, IfStatement, CaseStatement, WhileStatement, RepeatStatement, LoopStatement, ForStatement, LeaveStatement,
      IterateStatement, SignalStatement, OpenCursor, FetchCursor, CloseCursor, GetDiagnostics>;
  Node node;
  Origin origin;

  template <typename T>
  const T* As() const { return std::get_if<T>(&node); }
};

template <typename T>
CommandPtr MakeCommand(T node, Origin origin = {}) {
  return std::make_shared<const Command>(Command{std::move(node), origin});
}

}  // namespace crannog::plan
