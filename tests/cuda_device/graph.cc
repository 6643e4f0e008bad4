#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cuda_device/call.h"

using nextline::cuda_device::call;
using nextline::cuda_device::call_in;
using nextline::cuda_device::call_to_release;
using nextline::cuda_device::Capture;
using nextline::cuda_device::Device;
using nextline::cuda_device::Task;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return call([&](Device& device) {
    if (stream == nullptr) return cudaErrorStreamCaptureUnsupported;
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (own->capture || mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed) {
      return cudaErrorInvalidValue;
    }
    own->capture = std::make_shared<Capture>();
    own->capture->mode = mode;
    own->capture->thread = std::this_thread::get_id();
    ++device.counts.captures;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (graph == nullptr) return cudaErrorInvalidValue;
  *graph = nullptr;
  std::shared_ptr<Capture> ended;
  // On a broken device, too: the stream is as before.
  const cudaError_t error = call_to_release([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (!own->capture) return cudaErrorInvalidValue;
    if (own->capture->mode != cudaStreamCaptureModeRelaxed &&
        own->capture->thread != std::this_thread::get_id()) {
      return cudaErrorStreamCaptureWrongThread;
    }
    ended = std::exchange(own->capture, nullptr);
    ended->is_over = true;
    return ended->is_valid ? cudaSuccess : cudaErrorStreamCaptureInvalidated;
  });
  if (error != cudaSuccess) return error;
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  auto tasks = std::make_shared<const std::vector<Task>>(std::move(ended->tasks));
  *graph = device.graphs.add(std::make_unique<CUgraph_st>(CUgraph_st{std::move(tasks)}));
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return call([&](Device& device) {
    CUstream_st* own = device.find(stream);
    if (own == nullptr) return cudaErrorInvalidResourceHandle;
    if (status == nullptr) return cudaErrorInvalidValue;
    *status = !own->capture            ? cudaStreamCaptureStatusNone
              : own->capture->is_valid ? cudaStreamCaptureStatusActive
                                       : cudaStreamCaptureStatusInvalidated;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long flags) {
  return call([&](Device& device) {
    if (executable == nullptr || !device.graphs.contains(graph) || flags != 0) {
      return cudaErrorInvalidValue;
    }
    *executable = device.executable_graphs.add(
        std::make_unique<CUgraphExec_st>(CUgraphExec_st{graph->tasks}));
    ++device.counts.instantiations;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return call_in(stream, [&](Device& device, CUstream_st& own) {
    if (!device.executable_graphs.contains(executable)) return cudaErrorInvalidValue;
    if (own.capture) return cudaErrorStreamCaptureUnsupported;  // Would be a graph in a graph.
    ++device.counts.graph_launches;
    if (device.settings.on_launch) device.settings.on_launch();
    // One by one, so that other streams get in between; in order, as one stream was captured. Each
    // keeps the list, as the graph may be destroyed before it is done.
    const std::shared_ptr<const std::vector<Task>> tasks = executable->tasks;
    for (const Task& task : *tasks) {
      task.count(device.asked_by_graphs);
      device.enqueue(own, [tasks, &task] { return task.run(); });
    }
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return call_to_release([&](Device& device) {
    return device.executable_graphs.remove(executable) ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return call_to_release([&](Device& device) {
    return device.graphs.remove(graph) ? cudaSuccess : cudaErrorInvalidValue;
  });
}
