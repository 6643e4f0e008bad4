/* A ring buffer of bytes that overwrites what is oldest. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 16
#define AT(buffer, i) ((buffer)->bytes[((buffer)->first + (i)) % (buffer)->room])

enum fullness { EMPTY, PARTLY, FULL };

struct ring_buffer {
  unsigned char *bytes;
  size_t first;
  size_t count, room;
};

typedef void (*visitor)(unsigned char byte, void *context);

static size_t at_least(size_t room) { return room < SMALLEST ? SMALLEST : room; }

bool ring_buffer_open(struct ring_buffer *buffer, size_t room) {
  memset(buffer, 0, sizeof *buffer);
  buffer->bytes = malloc(at_least(room));
  if (buffer->bytes == NULL) {
    return false;
  }
  buffer->room = at_least(room);
  return true;
}

void ring_buffer_push(struct ring_buffer *buffer, unsigned char byte) {
  if (buffer->count == buffer->room) {
    buffer->first = (buffer->first + 1) % buffer->room;
    buffer->count--;
  }
  AT(buffer, buffer->count++) = byte;
}

void ring_buffer_each(const struct ring_buffer *buffer, visitor visit, void *context) {
  for (size_t i = 0; i < buffer->count; ++i) {
    visit(AT(buffer, i), context);
  }
}

enum fullness ring_buffer_fullness(const struct ring_buffer *buffer) {
  switch (buffer->count) {
    case 0:
      return EMPTY;
    default:
      break;
  }
  return buffer->count == buffer->room ? FULL : PARTLY;
}

const char *ring_buffer_name(enum fullness fullness) {
  static const char *const names[] = {"empty", "partly \"full\"", "full"};
  return names[fullness];  // One for each.
}
