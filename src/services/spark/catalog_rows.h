#pragma once

#include "base/result.h"
#include "plan/relation.h"
#include "session/session.h"

namespace spark::connect {
class Catalog;
}

namespace crannog::spark_connect {

/// Answers a catalog operation (spark.catalog.…) with a relation of its rows. Changes happen when this is called, not when the relation is read.
/// Source: Spark Connect catalog.proto; row shapes of pyspark.sql.catalog.
Result<plan::RelationPtr> CatalogRows(const ::spark::connect::Catalog& message, session::Session& session);

}  // namespace crannog::spark_connect
