#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Sketches, vectors and shapes: typed here; kernels come later. Source: Spark 4.1 and 4.2 function lists.
namespace crannog::analyze {
namespace {

constexpr auto kAggregate = FunctionKind::kAggregate;
constexpr auto kNever = NullRule::kNever;
constexpr auto kAlways = NullRule::kAlways;

#define KLL(suffix, type, quantile_type) \
    {.names = "kll_sketch_agg_" suffix, .args = "expr:" type ",k:int?", .result = "binary", .nulls = kNever, .kind = kAggregate}, \
    {.names = "kll_merge_agg_" suffix, .args = "expr:binary,k:int?", .result = "binary", .nulls = kNever, .kind = kAggregate}, \
    {.names = "kll_sketch_to_string_" suffix, .args = "expr:=binary", .result = "string"}, \
    {.names = "kll_sketch_get_n_" suffix, .args = "expr:=binary", .result = "bigint"}, \
    {.names = "kll_sketch_merge_" suffix, .args = "left:=binary,right:=binary", .result = "binary"}, \
    {.names = "kll_sketch_get_quantile_" suffix, .args = "expr:=binary,rank:double|array<double>", .result = quantile_type}, \
    {.names = "kll_sketch_get_rank_" suffix, .args = "expr:=binary,quantile:" type "|array<" type ">", .result = "double"}

constexpr FunctionEntry kEntries[] = {
    KLL("bigint", "bigint", "bigint"), KLL("float", "float", "float"), KLL("double", "double", "double"),
    {.names = "hll_sketch_estimate", .args = "expr:=binary", .result = "bigint"},
    {.names = "hll_union", .args = "first:=binary,second:=binary,allowDifferentLgConfigK:boolean?=false", .result = "binary"},
    {.names = "theta_sketch_agg", .args = "expr:int|bigint|float|double|string|binary|array,lgNomEntries:int?=12", .result = "binary", .nulls = kNever, .kind = kAggregate},
    {.names = "theta_union_agg", .args = "expr:=binary,lgNomEntries:int?=12", .result = "binary", .nulls = kNever, .kind = kAggregate},
    {.names = "theta_intersection_agg", .args = "expr:=binary", .result = "binary", .nulls = kNever, .kind = kAggregate},
    {.names = "theta_sketch_estimate", .args = "expr:=binary", .result = "bigint"},
    {.names = "theta_union", .args = "first:=binary,second:=binary,lgNomEntries:int?=12", .result = "binary"},
    {.names = "theta_intersection", .args = "first:=binary,second:=binary", .result = "binary"},
    {.names = "theta_difference", .args = "first:=binary,second:=binary", .result = "binary"},
    {.names = "approx_top_k_accumulate", .args = "expr:any,maxItemsTracked:int?=10000", .result = "struct<sketch:binary,maxItemsTracked:int,itemDataType:$1,itemDataTypeDDL:string>", .nulls = kNever, .kind = kAggregate},
    {.names = "approx_top_k_combine", .args = "state:struct,maxItemsTracked:int?", .result = "$1", .nulls = kNever, .kind = kAggregate},
    {.names = "approx_top_k_estimate", .args = "state:struct,k:int?=5", .result = "array<struct<item:string,count:bigint!>>", .nulls = kNever},
    {.names = "st_asbinary", .args = "geo:geometry|geography,endianness:string?='NDR'", .result = "binary"},
    {.names = "st_geogfromwkb", .args = "wkb:binary", .result = "geography"},
    {.names = "st_geomfromwkb", .args = "wkb:binary,srid:int?=0", .result = "geometry"},
    {.names = "st_srid", .args = "geo:geometry|geography", .result = "int"},
    {.names = "st_setsrid", .args = "geo:geometry|geography,srid:int", .result = "$1"},
    {.names = "vector_cosine_similarity", .args = "a:=array<float>,b:=array<float>", .result = "float", .nulls = kAlways},
    {.names = "vector_inner_product", .args = "a:=array<float>,b:=array<float>", .result = "float", .nulls = kAlways},
    {.names = "vector_l2_distance", .args = "a:=array<float>,b:=array<float>", .result = "float", .nulls = kAlways},
    {.names = "vector_norm", .args = "a:=array<float>,degree:float?", .result = "float", .nulls = kAlways},
    {.names = "vector_normalize", .args = "a:=array<float>,degree:float?", .result = "array<float?>", .nulls = kAlways},
    {.names = "vector_avg", .args = "a:=array<float>", .result = "array<float>", .nulls = kAlways, .kind = kAggregate},
    {.names = "vector_sum", .args = "a:=array<float>", .result = "array<float>", .nulls = kAlways, .kind = kAggregate},
};

}  // namespace

std::span<const FunctionEntry> SketchFunctions() { return kEntries; }

}  // namespace crannog::analyze
