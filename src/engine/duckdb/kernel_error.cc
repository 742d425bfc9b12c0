#include "engine/duckdb/kernel_error.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace crannog::engine::duck {
namespace {

constexpr std::string_view kMark = "crannog-error:";

// Fields as length-prefixed pieces, the whole in hexadecimal: survives whatever DuckDB does to message texts.
class Packer {
 public:
  void Add(std::string_view piece) {
    text_ += std::to_string(piece.size());
    text_ += ' ';
    text_ += piece;
  }
  std::string Take() const {
    std::string out(kMark);
    constexpr char kDigits[] = "0123456789abcdef";
    for (unsigned char byte : text_) {
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
    return out;
  }

 private:
  std::string text_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view hex) {
    auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (size_t i = 0; i + 1 < hex.size() && isxdigit(hex[i]) && isxdigit(hex[i + 1]); i += 2)
      text_ += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  std::string Next() {
    char* end = nullptr;
    if (position_ >= text_.size()) return "";
    size_t length = std::strtoull(text_.c_str() + position_, &end, 10);
    size_t start = static_cast<size_t>(end - text_.c_str()) + 1;
    if (start > text_.size()) return "";
    position_ = std::min(text_.size(), start + length);
    return text_.substr(start, length);
  }
  int64_t NextInteger() { return std::strtoll(Next().c_str(), nullptr, 10); }

 private:
  std::string text_;
  size_t position_ = 0;
};

std::string Pack(const Error& error, plan::Origin origin) {
  Packer packer;
  packer.Add(std::to_string(static_cast<int>(error.code)));
  packer.Add(error.condition);
  packer.Add(error.sql_state);
  packer.Add(error.message);
  packer.Add(error.hint);
  packer.Add(std::to_string(origin.start));
  packer.Add(std::to_string(origin.stop));
  packer.Add(std::to_string(error.parameters.size()));
  for (const auto& [name, value] : error.parameters) {
    packer.Add(name);
    packer.Add(value);
  }
  return packer.Take();
}

// Offsets count characters, the text is UTF-8.
std::string Fragment(const std::string& text, int32_t start, int32_t stop) {
  std::string out;
  int32_t character = -1;
  for (char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++character;
    if (character > stop) break;
    if (character >= start) out += c;
  }
  return out;
}

Error Unpack(std::string_view hex, const std::string& sql_text) {
  Unpacker unpacker(hex);
  Error error;
  error.code = static_cast<ErrorCode>(unpacker.NextInteger());
  error.condition = unpacker.Next();
  error.sql_state = unpacker.Next();
  error.message = unpacker.Next();
  error.hint = unpacker.Next();
  QueryContext context;
  context.start_index = static_cast<int32_t>(unpacker.NextInteger());
  context.stop_index = static_cast<int32_t>(unpacker.NextInteger());
  for (int64_t left = unpacker.NextInteger(); left > 0; --left) {
    std::string name = unpacker.Next();
    error.parameters[name] = unpacker.Next();
  }
  if (context.start_index >= 0) {
    context.fragment = Fragment(sql_text, context.start_index, context.stop_index);
    error.contexts.push_back(std::move(context));
  }
  return error;
}

bool Contains(const std::string& text, const char* piece) { return text.find(piece) != std::string::npos; }

Error MapForeign(duckdb::ExceptionType type, const std::string& text) {
  if (getenv("CRANNOG_ENGINE_TRACE") != nullptr) fprintf(stderr, "engine: %s\n", text.c_str());
  if (type == duckdb::ExceptionType::INTERRUPT) return ConditionError("OPERATION_CANCELED");
  if (Contains(text, "More than one row returned by a subquery")) return ConditionError("SCALAR_SUBQUERY_TOO_MANY_ROWS");
  if (type == duckdb::ExceptionType::OUT_OF_MEMORY)
    return MakeError(ErrorCode::kResourceExhausted, "the query needs more memory than this compute may use",
                     "raise the compute's memory limit, or give it a spill folder with more room");
  if (type == duckdb::ExceptionType::NOT_IMPLEMENTED) return NotImplemented("this combination of operations in the embedded engine");
  if (type == duckdb::ExceptionType::IO && (Contains(text, "No files found") || Contains(text, "No such file")))
    return ConditionError("FAILED_READ_FILE.FILE_NOT_EXIST", {{"path", "a file of the table"}});
  return ConditionError("INTERNAL_ERROR", {{"message", "the embedded engine could not execute this plan"}});
}

}  // namespace

void Raise(Error error, plan::Origin origin) { throw duckdb::InvalidInputException(Pack(error, origin)); }

void RaiseCondition(std::string_view condition, std::map<std::string, std::string> parameters, plan::Origin origin) {
  Raise(ConditionError(condition, std::move(parameters)), origin);
}

Error TakeError(const duckdb::ErrorData& error, const std::string& sql_text) {
  const std::string& text = error.RawMessage();
  size_t mark = text.find(kMark);
  if (mark != std::string::npos) return Unpack(std::string_view(text).substr(mark + kMark.size()), sql_text);
  return MapForeign(error.Type(), text);
}

Error TakeError(const std::exception& exception, const std::string& sql_text) {
  return TakeError(duckdb::ErrorData(exception), sql_text);
}

}  // namespace crannog::engine::duck
