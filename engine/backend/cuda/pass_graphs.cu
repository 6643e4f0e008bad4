#include "engine/backend/cuda/pass_graphs.h"

#include <algorithm>

namespace nextline::cuda {

PassGraphs::Pass& PassGraphs::find(const PassShape& shape) {
  if (std::exchange(buffer_moves_, device_.buffer_moves()) != device_.buffer_moves()) drop_all();
  const auto found = std::ranges::find(passes_, shape, &Pass::shape);
  if (found != passes_.end()) {
    std::rotate(passes_.begin(), found, found + 1);
    return passes_.front();
  }
  if (passes_.size() == kMost) {
    drop(passes_.back());
    passes_.pop_back();
  }
  Pass pass;
  pass.shape = shape;
  return *passes_.insert(passes_.begin(), pass);
}

bool PassGraphs::launch(Pass& pass) {
  if (pass.graph == nullptr) return false;
  if (cudaGraphLaunch(pass.graph, device_.stream()) == cudaSuccess) return true;
  cudaGetLastError();
  drop(pass);
  pass.is_refused = true;
  return false;
}

void PassGraphs::drop_all() {
  for (Pass& pass : passes_) drop(pass);
}

void PassGraphs::drop(Pass& pass) {
  if (pass.graph != nullptr) cudaGraphExecDestroy(pass.graph);
  pass.graph = nullptr;
  pass.is_refused = false;
}

}  // namespace nextline::cuda
