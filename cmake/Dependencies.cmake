# Third-party libraries as imported targets. What comes from .deps/ is pinned in deps.lock.
set(DEPS ${CMAKE_SOURCE_DIR}/.deps)
if(NOT EXISTS ${DEPS}/duckdb-library/libduckdb.so)
  message(FATAL_ERROR "dependencies are missing\nwhy: ${DEPS}/duckdb-library is not there\ntry: ./dev setup")
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(CURL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n data)
find_package(LibXml2 REQUIRED)
foreach(module grpc++ sqlite3 libpq simdjson libpcre2-8 liblz4 libzstd thrift)
  string(REPLACE "+" "x" target ${module})
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET ${module})
endforeach()

add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${DEPS}/duckdb-library/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${DEPS}/duckdb-headers/include)
set(CMAKE_BUILD_RPATH ${DEPS}/duckdb-library)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")

# nanoarrow: Arrow arrays, IPC reader and writer.
set(NANOARROW ${DEPS}/nanoarrow)
set(NANOARROW_VERSION "0.9.0")
set(NANOARROW_VERSION_MAJOR 0)
set(NANOARROW_VERSION_MINOR 9)
set(NANOARROW_VERSION_PATCH 0)
set(NANOARROW_NAMESPACE_DEFINE "#define NANOARROW_NAMESPACE Crannog")
configure_file(${NANOARROW}/src/nanoarrow/nanoarrow_config.h.in
               ${CMAKE_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h)
add_library(nanoarrow STATIC
  ${NANOARROW}/src/nanoarrow/common/array.c ${NANOARROW}/src/nanoarrow/common/array_stream.c
  ${NANOARROW}/src/nanoarrow/common/schema.c ${NANOARROW}/src/nanoarrow/common/utils.c
  ${NANOARROW}/src/nanoarrow/ipc/codecs.c ${NANOARROW}/src/nanoarrow/ipc/decoder.c
  ${NANOARROW}/src/nanoarrow/ipc/encoder.c ${NANOARROW}/src/nanoarrow/ipc/reader.c
  ${NANOARROW}/src/nanoarrow/ipc/writer.c
  ${NANOARROW}/flatcc/src/runtime/builder.c ${NANOARROW}/flatcc/src/runtime/emitter.c
  ${NANOARROW}/flatcc/src/runtime/refmap.c ${NANOARROW}/flatcc/src/runtime/verifier.c)
target_include_directories(nanoarrow SYSTEM PUBLIC ${NANOARROW}/src ${CMAKE_BINARY_DIR}/nanoarrow
                           ${CMAKE_BINARY_DIR}/nanoarrow/nanoarrow ${NANOARROW}/flatcc/include)
target_compile_definitions(nanoarrow PRIVATE NANOARROW_IPC_WITH_ZSTD NANOARROW_IPC_WITH_LZ4)
target_compile_options(nanoarrow PRIVATE -w)
target_link_libraries(nanoarrow PRIVATE PkgConfig::libzstd PkgConfig::liblz4)

# Spark Connect and Delta Connect messages, generated from the descriptors inside the pinned packages.
set(messages_dir ${CMAKE_BINARY_DIR}/messages)
file(MAKE_DIRECTORY ${messages_dir})
set(well_known ${messages_dir}/well_known.binpb)
add_custom_command(OUTPUT ${well_known}
  COMMAND protobuf::protoc -I${Protobuf_INCLUDE_DIRS} -o ${well_known}
          google/protobuf/any.proto google/protobuf/timestamp.proto
  VERBATIM)
set(spark_messages base catalog commands common expressions ml ml_common pipelines relations types)
set(delta_messages base commands relations)
set(spark_protos "")
set(message_sources "")
foreach(message ${spark_messages})
  list(APPEND spark_protos spark/connect/${message}.proto)
  list(APPEND message_sources ${messages_dir}/spark/connect/${message}.pb.cc)
endforeach()
set(delta_protos "")
foreach(message ${delta_messages})
  list(APPEND delta_protos delta/connect/${message}.proto)
  list(APPEND message_sources ${messages_dir}/delta/connect/${message}.pb.cc)
endforeach()
list(APPEND message_sources ${messages_dir}/spark/connect/base.grpc.pb.cc)
set(descriptor_sets "${well_known}:${DEPS}/spark-connect-messages/spark_connect.binpb:${DEPS}/delta-connect-messages/delta_connect.binpb")
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
add_custom_command(OUTPUT ${message_sources}
  COMMAND protobuf::protoc --descriptor_set_in=${descriptor_sets} --cpp_out=${messages_dir} ${spark_protos} ${delta_protos}
  COMMAND protobuf::protoc --descriptor_set_in=${descriptor_sets} --grpc_out=${messages_dir}
          --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN} spark/connect/base.proto
  DEPENDS ${well_known} ${DEPS}/spark-connect-messages/spark_connect.binpb ${DEPS}/delta-connect-messages/delta_connect.binpb
  VERBATIM)
add_library(connect_messages STATIC EXCLUDE_FROM_ALL ${message_sources})
target_include_directories(connect_messages SYSTEM PUBLIC ${messages_dir})
target_compile_options(connect_messages PRIVATE -w -O1)
target_link_libraries(connect_messages PUBLIC protobuf::libprotobuf PkgConfig::grpcxx)

# CRoaring: Debian ships no pkg-config file for it.
find_library(ROARING_LIBRARY roaring REQUIRED)
add_library(roaring INTERFACE)
target_link_libraries(roaring INTERFACE ${ROARING_LIBRARY})
