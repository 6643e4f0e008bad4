#include "server/heap.h"

#include <malloc.h>

namespace nextline::server {

void keep_heap_small() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

void trim_heap() { malloc_trim(0); }

}  // namespace nextline::server
