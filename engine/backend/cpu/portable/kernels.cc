#include "engine/backend/cpu/portable/simd.h"

#define NEXTLINE_SIMD_NAMESPACE portable
#include "engine/backend/cpu/generic/kernels.h"
