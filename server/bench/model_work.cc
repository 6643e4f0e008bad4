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

/// Keys that `count` rows see behind `before` tokens, all together.
std::uint64_t visible_keys(std::uint64_t before, std::uint64_t count) {
  return count * before + count * (count + 1) / 2;
}

}  // namespace

std::uint64_t ModelWork::bytes(const Rows& rows) const {
  return weight_bytes + slot_bytes * rows.before;
}

std::uint64_t ModelWork::matrix_products(const Rows& rows) const {
  return row_products * rows.count + asking_row_products * rows.asking;
}

std::uint64_t ModelWork::attention_products(const Rows& rows) const {
  const std::uint64_t silent = rows.count - rows.asking;
  return key_products * visible_keys(rows.before, rows.count) +
         asking_key_products * visible_keys(rows.before + silent, rows.asking);
}

ModelWork work_of(const Model& model, std::uint64_t slot_bytes) {
  ModelWork work{};
  work.weight_bytes = weight_bytes(model);
  work.slot_bytes = slot_bytes;
  work.asking_row_products = products_of({&model.output()});
  for (const LayerTensors& layer : model.layers()) {
    const bool is_last = &layer == &model.layers().back();
    work.row_products += products_of({layer.key, layer.value});
    (is_last ? work.asking_row_products : work.row_products) +=
        products_of({layer.query, layer.attention_output, layer.gate, layer.up, layer.down});
    (is_last ? work.asking_key_products : work.key_products) +=
        std::uint64_t{2} * model.hyperparameters().query_length();
  }
  return work;
}

}  // namespace nextline::bench
