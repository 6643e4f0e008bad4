#include "tests/cuda_device/include/cublas_v2.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "tests/cuda_device/call.h"
#include "tests/cuda_device/gemm.h"

namespace nextline::cuda_device {

namespace {

cublasStatus_t status_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kOutOfMemory:
      return CUBLAS_STATUS_ALLOC_FAILED;
    case FaultKind::kRefused:
      return CUBLAS_STATUS_NOT_SUPPORTED;
    case FaultKind::kLaunchFailure:
      return CUBLAS_STATUS_EXECUTION_FAILED;
    case FaultKind::kLostDevice:
      break;
  }
  return CUBLAS_STATUS_INTERNAL_ERROR;
}

// cuBLAS tells of trouble in its own numbers; the device's state stays to be asked for. Where a
// call goes wrong, what the handle's stream captures does.
template <typename Function>
cublasStatus_t call_blas(cublasHandle_t handle, Function&& function,
                         ApiCall from = {__builtin_FUNCTION(), __builtin_return_address(0)}) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const bool was_in_order = device.state() == cudaSuccess;
  const std::optional<FaultKind> fault = device.note(from);
  if (!device.blas_handles.contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  const cublasStatus_t status = fault          ? status_of(*fault)
                                : was_in_order ? function(device)
                                               : CUBLAS_STATUS_EXECUTION_FAILED;
  CUstream_st* stream = device.find(handle->stream);
  const bool went_wrong = status != CUBLAS_STATUS_SUCCESS;
  if (went_wrong && stream != nullptr && stream->capture) stream->capture->is_valid = false;
  return status;
}

bool is_operation(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N || operation == CUBLAS_OP_T;
}

/// op(X) of `rows` x `columns`, of a matrix that lies column by column.
SixteenBitMatrix matrix(const void* numbers, cudaDataType type, cublasOperation_t operation,
                        int leading) {
  SixteenBitMatrix matrix{
      .numbers = static_cast<const std::uint16_t*>(numbers),
      .format = type == CUDA_R_16F ? SixteenBits::kHalf : SixteenBits::kBFloat16,
      .column_step = static_cast<std::size_t>(leading),
  };
  if (operation == CUBLAS_OP_T) std::swap(matrix.row_step, matrix.column_step);
  return matrix;
}

// Whether the device has the memory from the first to the last element.
bool is_on_device(const Device& device, const void* numbers, std::size_t element_bytes, int rows,
                  int columns, int leading) {
  const std::size_t elements =
      static_cast<std::size_t>(columns - 1) * static_cast<std::size_t>(leading) +
      static_cast<std::size_t>(rows);
  return device.memory.contains(numbers, elements * element_bytes);
}

}  // namespace

}  // namespace nextline::cuda_device

using nextline::cuda_device::AskedWork;
using nextline::cuda_device::call_blas;
using nextline::cuda_device::Device;
using nextline::cuda_device::FaultKind;
using nextline::cuda_device::status_of;

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = nullptr;
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const std::optional<FaultKind> fault =
      device.note({__builtin_FUNCTION(), __builtin_return_address(0)});
  if (fault) return status_of(*fault);
  if (device.state() != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;
  device.need_context();
  *handle = device.blas_handles.add(std::make_unique<cublasContext>());
  return CUBLAS_STATUS_SUCCESS;
}

// Done in any case, as is all that takes something back.
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  const std::optional<FaultKind> fault =
      device.note({__builtin_FUNCTION(), __builtin_return_address(0)});
  if (!device.blas_handles.remove(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  return fault ? status_of(*fault) : CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion(cublasHandle_t handle, int* version) {
  return call_blas(handle, [&](Device&) {
    *version = 130002;
    return CUBLAS_STATUS_SUCCESS;
  });
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
  }
  return "unknown status";
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  return call_blas(handle, [&](Device& device) {
    if (device.find(stream) == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  return call_blas(handle, [&](Device& device) {
    const bool is_aligned = reinterpret_cast<std::uintptr_t>(workspace) % 256 == 0;
    const bool is_known = bytes == 0 || device.memory.contains(workspace, bytes);
    return is_aligned && is_known ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
  });
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t) {
  return call_blas(handle, [](Device&) { return CUBLAS_STATUS_SUCCESS; });
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t a_operation,
                            cublasOperation_t b_operation, int m, int n, int k, const void* alpha,
                            const void* a, cudaDataType a_type, int a_leading, const void* b,
                            cudaDataType b_type, int b_leading, const void* beta, void* c,
                            cudaDataType c_type, int c_leading, cublasComputeType_t compute_type,
                            cublasGemmAlgo_t) {
  return call_blas(handle, [&](Device& device) {
    using nextline::cuda_device::is_on_device;
    using nextline::cuda_device::is_operation;
    using nextline::cuda_device::matrix;
    const bool a_turned = a_operation == CUBLAS_OP_T;
    const bool b_turned = b_operation == CUBLAS_OP_T;
    const int a_rows = a_turned ? k : m;
    const int b_rows = b_turned ? n : k;
    if (m < 0 || n < 0 || k < 0 || !is_operation(a_operation) || !is_operation(b_operation) ||
        a_leading < std::max(1, a_rows) || b_leading < std::max(1, b_rows) ||
        c_leading < std::max(1, m) || alpha == nullptr || beta == nullptr) {
      return CUBLAS_STATUS_INVALID_VALUE;
    }
    if ((a_type != CUDA_R_16F && a_type != CUDA_R_16BF) || b_type != a_type ||
        c_type != CUDA_R_32F ||
        (compute_type != CUBLAS_COMPUTE_32F && compute_type != CUBLAS_COMPUTE_32F_PEDANTIC)) {
      return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    CUstream_st* stream = device.find(handle->stream);
    if (stream == nullptr || device.is_usable(*stream) != cudaSuccess) {
      return CUBLAS_STATUS_EXECUTION_FAILED;  // Destroyed meanwhile, or capturing in vain.
    }
    if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;
    if (!is_on_device(device, c, sizeof(float), m, n, c_leading) ||
        (k > 0 && (!is_on_device(device, a, 2, a_rows, a_turned ? m : k, a_leading) ||
                   !is_on_device(device, b, 2, b_rows, b_turned ? k : n, b_leading)))) {
      return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    const auto multiply = [=, a_matrix = matrix(a, a_type, a_operation, a_leading),
                           b_matrix = matrix(b, b_type, b_operation, b_leading),
                           alpha_value = *static_cast<const float*>(alpha),
                           beta_value = *static_cast<const float*>(beta)] {
      nextline::cuda_device::multiply(static_cast<std::size_t>(m), static_cast<std::size_t>(n),
                                      static_cast<std::size_t>(k), alpha_value, a_matrix, b_matrix,
                                      beta_value, static_cast<float*>(c),
                                      static_cast<std::size_t>(c_leading));
      return cudaSuccess;
    };
    device.submit(*stream, {multiply, [](AskedWork& asked) { ++asked.counts.multiplications; }});
    return CUBLAS_STATUS_SUCCESS;
  });
}
