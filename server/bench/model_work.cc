#include "server/bench/model_work.h"

#include <initializer_list>

namespace nextline::bench {
namespace {

std::uint64_t products_of(std::initializer_list<const gguf::Tensor*> matrices) {
  std::uint64_t products = 0;
  for (const gguf::Tensor* matrix : matrices) products += matrix->columns() * matrix->rows();
  return products;
}

std::uint64_t bytes_of(const gguf::Tensor* tensor) { return tensor ? tensor->data.size() : 0; }

}  // namespace

std::uint64_t matrix_products(const Model& model, std::uint64_t rows, std::uint64_t asking_rows) {
  std::uint64_t products = asking_rows * products_of({&model.output()});
  for (const LayerTensors& layer : model.layers()) {
    const bool is_last = &layer == &model.layers().back();
    products += rows * products_of({layer.key, layer.value});
    products += (is_last ? asking_rows : rows) * products_of({layer.query, layer.attention_output,
                                                              layer.gate, layer.up, layer.down});
  }
  return products;
}

std::uint64_t weight_bytes(const Model& model) {
  std::uint64_t bytes = bytes_of(&model.output_norm()) + bytes_of(&model.output());
  for (const LayerTensors& layer : model.layers()) {
    for (const gguf::Tensor* tensor :
         {layer.attention_norm, layer.query, layer.key, layer.value, layer.query_bias,
          layer.key_bias, layer.value_bias, layer.query_norm, layer.key_norm,
          layer.attention_output, layer.feed_forward_norm, layer.gate, layer.up, layer.down}) {
      bytes += bytes_of(tensor);
    }
  }
  return bytes;
}

}  // namespace nextline::bench
