#include "engine/backend/cpu/avx2/simd.h"

#define NEXTLINE_SIMD_NAMESPACE avx2
#include "engine/backend/cpu/generic/kernels.h"
