#include "engine/backend/cpu/amx/simd.h"

#define NEXTLINE_SIMD_NAMESPACE amx
#include "engine/backend/cpu/generic/kernels.h"
