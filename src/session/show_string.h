#pragma once

#include <string>

#include "session/result_rows.h"
#include "session/value_text.h"

namespace crannog::session {

struct ShowOptions {
  int32_t row_count = 20;
  int32_t truncate = 20;  ///< characters of a cell; 0: all
  bool vertical = false;
};

/// Dataset.show as text: a frame around the first rows. `rows` holds one row more than `row_count` when there are more.
/// Source: Spark 4.1 Dataset.showString.
std::string ShowString(const plan::Schema& schema, const Rows& rows, const TextFormat& format, const ShowOptions& options);
/// The same rows as the HTML table that notebooks show. Source: Dataset.htmlString.
std::string HtmlString(const plan::Schema& schema, const Rows& rows, const TextFormat& format, const ShowOptions& options);

/// Columns that a text takes on a terminal: East Asian wide and full-width characters take two. Source: Spark's stringHalfWidth.
size_t DisplayWidth(std::string_view utf8);

}  // namespace crannog::session
