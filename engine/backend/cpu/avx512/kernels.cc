#include "engine/backend/cpu/avx512/simd.h"

#define NEXTLINE_SIMD_NAMESPACE avx512
#include "engine/backend/cpu/generic/kernels.h"
