// The body of an instruction set's kernels: included by <set>/kernels.cc after <set>/simd.h, with
// NEXTLINE_SIMD_NAMESPACE defined. What it defines has internal linkage, so that no function
// compiled for one instruction set can stand in for another's.

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/cpu/limit_kernels.h"

namespace nextline::cpu::NEXTLINE_SIMD_NAMESPACE {
namespace {

#include "engine/backend/cpu/generic/count.h"

#include "engine/backend/cpu/generic/elementwise.h"

#include "engine/backend/cpu/generic/numbers.h"

#include "engine/backend/cpu/generic/attention.h"

#include "engine/backend/cpu/generic/panels.h"

#include "engine/backend/cpu/generic/matmul.h"

#include "engine/backend/cpu/generic/limits.h"

}  // namespace

extern const Kernels kKernels;
const Kernels kKernels = {
    rms_norm, swiglu, quantize, multiply,
    rotate,   merge,  finish,   {kKvKernels<float>, kKvKernels<Half>, kKvKernels<Bfloat16>}};

extern const LimitKernels kLimitKernels;
const LimitKernels kLimitKernels = {read_bytes, multiply_tiles, kTileProducts, accumulate_blocks,
                                    kBlockProducts};

}  // namespace nextline::cpu::NEXTLINE_SIMD_NAMESPACE
