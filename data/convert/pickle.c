/* The pickle machine: a stack, marks, a memo, and a short list of what may be called.
 * SPDX-License-Identifier: MIT
 *
 * Opcodes as in CPython's pickletools; those that weight files of protocols 2 to 5 use. */
#include "data/convert/pickle.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef pleat_pickle_value value;

enum { MAX_OPCODES = 20000000, MAX_STACK = 1000000, MAX_MEMO = 10000000, MAX_MARKS = 10000, MAX_TEXT = 1 << 24 };

typedef struct machine {
  pleat_pool *pool;
  pleat_context *context;
  const pleat_pickle_source *source;
  size_t position;
  value **stack, **memo;
  size_t depth, stack_capacity, memo_count, memo_capacity;
  size_t *marks;
  size_t mark_count, mark_capacity;
} machine;

/* ---- Names that a pickle may use ---- */

typedef enum call { CALL_DICT, CALL_SIZE, CALL_TENSOR, CALL_PARAMETER, CALL_NONE } call;

static const struct known_name {
  const char *module, *name;
  call call;
  pleat_dtype dtype; /* of storages */
} known_names[] = {
    {"collections", "OrderedDict", CALL_DICT, 0},
    {"torch", "Size", CALL_SIZE, 0},
    {"torch._utils", "_rebuild_tensor_v2", CALL_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor", CALL_TENSOR, 0},
    {"torch._utils", "_rebuild_parameter", CALL_PARAMETER, 0},
    {"torch", "FloatStorage", CALL_NONE, PLEAT_DTYPE_F32},
    {"torch", "DoubleStorage", CALL_NONE, PLEAT_DTYPE_F64},
    {"torch", "HalfStorage", CALL_NONE, PLEAT_DTYPE_F16},
    {"torch", "BFloat16Storage", CALL_NONE, PLEAT_DTYPE_BF16},
    {"torch", "LongStorage", CALL_NONE, PLEAT_DTYPE_I64},
    {"torch", "IntStorage", CALL_NONE, PLEAT_DTYPE_I32},
    {"torch", "ShortStorage", CALL_NONE, PLEAT_DTYPE_I16},
    {"torch", "CharStorage", CALL_NONE, PLEAT_DTYPE_I8},
    {"torch", "ByteStorage", CALL_NONE, PLEAT_DTYPE_U8},
    {"torch", "BoolStorage", CALL_NONE, PLEAT_DTYPE_BOOL},
};
enum { KNOWN_NAMES = sizeof known_names / sizeof *known_names };

/* A few letters of the file as they may stand in a sentence. */
static const char *printable(const char *bytes, size_t length, char text[81]) {
  size_t used = length < 80 ? length : 80;
  for (size_t i = 0; i < used; i++) text[i] = isprint((unsigned char)bytes[i]) ? bytes[i] : '?';
  text[used] = 0;
  return text;
}

static pleat_status damaged(machine *m, const char *what) {
  return pleat_status_fail(m->context, PLEAT_ERROR_FORMAT, "%s: the pickle is damaged at byte %zu: %s", m->source->path,
                           m->position, what);
}

/* ---- Bytes ---- */

static pleat_status read_bytes(machine *m, size_t count, const unsigned char **bytes) {
  *bytes = m->source->bytes;
  if (count > m->source->length - m->position) return damaged(m, "it ends too early");
  *bytes = m->source->bytes + m->position;
  m->position += count;
  return PLEAT_OK;
}

/* A little-endian number of 1 to 8 bytes without sign. */
static pleat_status read_number(machine *m, size_t count, uint64_t *number) {
  const unsigned char *bytes;
  *number = 0;
  PLEAT_TRY(read_bytes(m, count, &bytes));
  for (size_t i = count; i-- > 0;) *number = *number << 8 | bytes[i];
  return PLEAT_OK;
}

/* ---- Stack, marks, memo ---- */

static pleat_status new_value(machine *m, pleat_pickle_kind kind, value **out) {
  PLEAT_TRY(pleat_pool_take(m->pool, 1, sizeof(value), out));
  (*out)->kind = kind;
  return PLEAT_OK;
}

static pleat_status push(machine *m, value *v) {
  if (m->depth >= MAX_STACK) return damaged(m, "it stacks too many values");
  PLEAT_TRY(pleat_memory_grow(m->context, &m->stack, &m->stack_capacity, m->depth + 1, sizeof *m->stack));
  m->stack[m->depth++] = v;
  return PLEAT_OK;
}

static size_t floor_of(const machine *m) { return m->mark_count ? m->marks[m->mark_count - 1] : 0; }

static pleat_status pop(machine *m, value **v) {
  *v = NULL;
  if (m->depth <= floor_of(m)) return damaged(m, "its stack is empty");
  *v = m->stack[--m->depth];
  return PLEAT_OK;
}

static pleat_status top(machine *m, value **v) {
  PLEAT_TRY(pop(m, v));
  m->depth++;
  return PLEAT_OK;
}

static pleat_status set_mark(machine *m) {
  if (m->mark_count >= MAX_MARKS) return damaged(m, "it nests too deeply");
  PLEAT_TRY(pleat_memory_grow(m->context, &m->marks, &m->mark_capacity, m->mark_count + 1, sizeof *m->marks));
  m->marks[m->mark_count++] = m->depth;
  return PLEAT_OK;
}

/* The values above the last mark, which goes; they stay readable until the next push. */
static pleat_status pop_mark(machine *m, value ***items, size_t *count) {
  *items = NULL;
  *count = 0;
  if (!m->mark_count) return damaged(m, "a mark is missing");
  size_t start = m->marks[--m->mark_count];
  *items = m->stack + start;
  *count = m->depth - start;
  m->depth = start;
  return PLEAT_OK;
}

static pleat_status remember(machine *m, uint64_t index) {
  value *v;
  PLEAT_TRY(top(m, &v));
  /* picklers number their memo without gaps; the factor forgives, the cap keeps a short file from a huge table */
  if (index >= MAX_MEMO || index > m->source->length) return damaged(m, "its memo is too large");
  PLEAT_TRY(pleat_memory_grow(m->context, &m->memo, &m->memo_capacity, index + 1, sizeof *m->memo));
  m->memo[index] = v;
  if (index >= m->memo_count) m->memo_count = index + 1;
  return PLEAT_OK;
}

static pleat_status recall(machine *m, uint64_t index) {
  if (index >= m->memo_count || !m->memo[index]) return damaged(m, "it recalls what it never stored");
  return push(m, m->memo[index]);
}

/* ---- Numbers and texts ---- */

static pleat_status push_integer(machine *m, pleat_pickle_kind kind, int64_t number) {
  value *v;
  PLEAT_TRY(new_value(m, kind, &v));
  v->integer = number;
  return push(m, v);
}

static pleat_status push_unsigned(machine *m, size_t count) {
  uint64_t number;
  PLEAT_TRY(read_number(m, count, &number));
  return push_integer(m, PLEAT_PICKLE_INTEGER, (int64_t)number);
}

static pleat_status push_int32(machine *m) {
  uint64_t number;
  PLEAT_TRY(read_number(m, 4, &number));
  return push_integer(m, PLEAT_PICKLE_INTEGER, (int32_t)(uint32_t)number);
}

/* LONG1: two's complement of 0 to 255 bytes, of which 8 are enough for every size and index. */
static pleat_status push_long(machine *m) {
  uint64_t count, number = 0;
  PLEAT_TRY(read_number(m, 1, &count));
  if (count > 8) return damaged(m, "it holds a whole number of more than 64 bits");
  PLEAT_TRY(read_number(m, count, &number));
  if (count > 0 && count < 8 && number >> (8 * count - 1)) number |= UINT64_MAX << (8 * count);
  return push_integer(m, PLEAT_PICKLE_INTEGER, (int64_t)number);
}

/* BINFLOAT: eight bytes, the highest first. */
static pleat_status push_real(machine *m) {
  const unsigned char *bytes;
  uint64_t bits = 0;
  value *v;
  PLEAT_TRY(read_bytes(m, 8, &bytes));
  for (int i = 0; i < 8; i++) bits = bits << 8 | bytes[i];
  PLEAT_TRY(new_value(m, PLEAT_PICKLE_REAL, &v));
  memcpy(&v->real, &bits, sizeof bits);
  return push(m, v);
}

/* A text whose length stands before it in `width` bytes. */
static pleat_status push_text(machine *m, pleat_pickle_kind kind, size_t width) {
  uint64_t length;
  const unsigned char *bytes;
  char *copy;
  value *v;
  PLEAT_TRY(read_number(m, width, &length));
  if (length > MAX_TEXT) return damaged(m, "a text is too long");
  PLEAT_TRY(read_bytes(m, length, &bytes));
  PLEAT_TRY(pleat_pool_copy_text(m->pool, (const char *)bytes, length, &copy));
  PLEAT_TRY(new_value(m, kind, &v));
  v->text.bytes = copy;
  v->text.length = length;
  return push(m, v);
}

/* ---- Containers ---- */

static pleat_status extend(machine *m, value *container, value *const *items, size_t count) {
  size_t need = container->list.count + count;
  if (!count) return PLEAT_OK;
  if (need > container->list.capacity) {
    size_t capacity = need < 4 ? 4 : 2 * need;
    value **grown;
    PLEAT_TRY(pleat_pool_take(m->pool, capacity, sizeof *grown, &grown));
    if (container->list.count) memcpy(grown, container->list.items, container->list.count * sizeof *grown);
    container->list.items = grown;
    container->list.capacity = capacity;
  }
  memcpy(container->list.items + container->list.count, items, count * sizeof *items);
  container->list.count = need;
  return PLEAT_OK;
}

static pleat_status push_tuple(machine *m, value *const *items, size_t count) {
  value *v;
  PLEAT_TRY(new_value(m, PLEAT_PICKLE_TUPLE, &v));
  if (count) {
    PLEAT_TRY(pleat_pool_take(m->pool, count, sizeof *items, &v->list.items));
    memcpy(v->list.items, items, count * sizeof *items);
    v->list.count = v->list.capacity = count;
  }
  return push(m, v);
}

static pleat_status push_short_tuple(machine *m, size_t count) {
  if (m->depth < floor_of(m) + count) return damaged(m, "its stack is empty");
  m->depth -= count;
  return push_tuple(m, m->stack + m->depth, count);
}

static pleat_status push_container(machine *m, pleat_pickle_kind kind) {
  value *v;
  PLEAT_TRY(new_value(m, kind, &v));
  return push(m, v);
}

static pleat_status push_marked_tuple(machine *m) {
  value **items;
  size_t count;
  PLEAT_TRY(pop_mark(m, &items, &count));
  return push_tuple(m, items, count);
}

/* APPEND, APPENDS (step 1) and SETITEM, SETITEMS (step 2): `count` values at `items` go into the container below. */
static pleat_status store_items(machine *m, pleat_pickle_kind kind, value *const *items, size_t count) {
  value *container;
  PLEAT_TRY(top(m, &container));
  if (container->kind != kind) return damaged(m, "it fills what is not a container");
  if (kind == PLEAT_PICKLE_DICT && count % 2) return damaged(m, "a key has no value");
  return extend(m, container, items, count);
}

static pleat_status store_last(machine *m, pleat_pickle_kind kind, size_t count) {
  if (m->depth < floor_of(m) + count) return damaged(m, "its stack is empty");
  m->depth -= count;
  return store_items(m, kind, m->stack + m->depth, count);
}

static pleat_status store_marked(machine *m, pleat_pickle_kind kind) {
  value **items;
  size_t count;
  PLEAT_TRY(pop_mark(m, &items, &count));
  return store_items(m, kind, items, count);
}

/* ---- Globals and calls ---- */

static pleat_status refuse(machine *m, const char *module, size_t module_length, const char *name, size_t name_length) {
  char first[81], second[81];
  return pleat_status_fail(m->context, PLEAT_ERROR_UNSUPPORTED,
                           "%s: the pickle wants to call %s.%s, which is refused: only tensors are read",
                           m->source->path, printable(module, module_length, first),
                           printable(name, name_length, second));
}

static bool is_text(const char *text, size_t length, const char *wanted) {
  return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

static pleat_status push_global(machine *m, const char *module, size_t module_length, const char *name,
                                size_t name_length) {
  for (int i = 0; i < KNOWN_NAMES; i++) {
    const struct known_name *known = &known_names[i];
    bool home = is_text(module, module_length, known->module) ||
                (known->call == CALL_NONE && is_text(module, module_length, "torch.cuda"));
    if (home && is_text(name, name_length, known->name)) return push_integer(m, PLEAT_PICKLE_GLOBAL, i);
  }
  return refuse(m, module, module_length, name, name_length);
}

/* A line up to its line feed, which is skipped. */
static pleat_status read_line(machine *m, const char **line, size_t *length) {
  const unsigned char *start = m->source->bytes + m->position;
  const unsigned char *end = memchr(start, '\n', m->source->length - m->position);
  *line = NULL;
  *length = 0;
  if (!end) return damaged(m, "it ends too early");
  *line = (const char *)start;
  *length = (size_t)(end - start);
  m->position += *length + 1;
  return PLEAT_OK;
}

static pleat_status read_global(machine *m) {
  const char *module, *name;
  size_t module_length, name_length;
  PLEAT_TRY(read_line(m, &module, &module_length));
  PLEAT_TRY(read_line(m, &name, &name_length));
  return push_global(m, module, module_length, name, name_length);
}

static pleat_status read_stack_global(machine *m) {
  value *module, *name;
  PLEAT_TRY(pop(m, &name));
  PLEAT_TRY(pop(m, &module));
  if (module->kind != PLEAT_PICKLE_TEXT || name->kind != PLEAT_PICKLE_TEXT) return damaged(m, "a name is not a text");
  return push_global(m, module->text.bytes, module->text.length, name->text.bytes, name->text.length);
}

static pleat_status read_sizes(machine *m, const value *v, int64_t *sizes, int *rank) {
  if (v->kind != PLEAT_PICKLE_TUPLE) return damaged(m, "a tensor's shape is not a tuple");
  if (v->list.count > PLEAT_TENSOR_MAX_RANK) return damaged(m, "a tensor has more than 8 dimensions");
  *rank = (int)v->list.count;
  for (int d = 0; d < *rank; d++) {
    const value *item = v->list.items[d];
    if (item->kind != PLEAT_PICKLE_INTEGER || item->integer < 0)
      return damaged(m, "a tensor's size or stride is not a count");
    sizes[d] = item->integer;
  }
  return PLEAT_OK;
}

/* offset + sum (shape - 1) stride < count, without overflow; a tensor without items touches nothing. */
static bool lies_within(const pleat_pickle_tensor *tensor) {
  int64_t last = tensor->offset, step;
  for (int d = 0; d < tensor->rank; d++)
    if (tensor->shape[d] == 0) return true;
  for (int d = 0; d < tensor->rank; d++)
    if (__builtin_mul_overflow(tensor->shape[d] - 1, tensor->stride[d], &step) ||
        __builtin_add_overflow(last, step, &last))
      return false;
  return last < tensor->storage->count;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]) */
static pleat_status call_tensor(machine *m, const value *arguments) {
  value *const *argument = arguments->list.items, *v;
  pleat_pickle_tensor *tensor;
  int rank;
  if (arguments->list.count < 4 || argument[0]->kind != PLEAT_PICKLE_STORAGE ||
      argument[1]->kind != PLEAT_PICKLE_INTEGER || argument[1]->integer < 0)
    return damaged(m, "a tensor is not built from a storage and an offset");
  PLEAT_TRY(pleat_pool_take(m->pool, 1, sizeof *tensor, &tensor));
  tensor->storage = argument[0]->storage;
  tensor->offset = argument[1]->integer;
  PLEAT_TRY(read_sizes(m, argument[2], tensor->shape, &tensor->rank));
  PLEAT_TRY(read_sizes(m, argument[3], tensor->stride, &rank));
  if (rank != tensor->rank || !lies_within(tensor)) return damaged(m, "a tensor reaches outside its storage");
  PLEAT_TRY(new_value(m, PLEAT_PICKLE_TENSOR, &v));
  v->tensor = tensor;
  return push(m, v);
}

/* OrderedDict() or OrderedDict([[key, value], ...]) */
static pleat_status call_dict(machine *m, const value *arguments) {
  value *v;
  PLEAT_TRY(new_value(m, PLEAT_PICKLE_DICT, &v));
  if (arguments->list.count > 0) {
    const value *pairs = arguments->list.items[0];
    if (pairs->kind != PLEAT_PICKLE_LIST) return damaged(m, "a dictionary is not built from pairs");
    for (size_t i = 0; i < pairs->list.count; i++) {
      const value *pair = pairs->list.items[i];
      if ((pair->kind != PLEAT_PICKLE_LIST && pair->kind != PLEAT_PICKLE_TUPLE) || pair->list.count != 2)
        return damaged(m, "a dictionary is not built from pairs");
      PLEAT_TRY(extend(m, v, pair->list.items, 2));
    }
  }
  return push(m, v);
}

static pleat_status call_global(machine *m) {
  value *arguments, *callee;
  PLEAT_TRY(pop(m, &arguments));
  PLEAT_TRY(pop(m, &callee));
  if (callee->kind != PLEAT_PICKLE_GLOBAL || arguments->kind != PLEAT_PICKLE_TUPLE)
    return damaged(m, "it calls what is no function");
  const struct known_name *known = &known_names[callee->integer];
  switch (known->call) {
    case CALL_DICT: return call_dict(m, arguments);
    case CALL_TENSOR: return call_tensor(m, arguments);
    case CALL_SIZE:
      if (arguments->list.count != 1 || arguments->list.items[0]->kind != PLEAT_PICKLE_TUPLE)
        return damaged(m, "a size is not a tuple");
      return push(m, arguments->list.items[0]);
    case CALL_PARAMETER:
      if (!arguments->list.count || arguments->list.items[0]->kind != PLEAT_PICKLE_TENSOR)
        return damaged(m, "a parameter is not a tensor");
      return push(m, arguments->list.items[0]);
    case CALL_NONE: break;
  }
  return refuse(m, known->module, strlen(known->module), known->name, strlen(known->name));
}

/* BUILD: the state of a dictionary (torch's _metadata) is dropped; nothing else here has one. */
static pleat_status drop_state(machine *m) {
  value *state, *object;
  PLEAT_TRY(pop(m, &state));
  PLEAT_TRY(top(m, &object));
  if (object->kind != PLEAT_PICKLE_DICT) return damaged(m, "it sets the state of what is no dictionary");
  return PLEAT_OK;
}

/* ('storage', class, key, location, count[, view]); the location ("cuda:0") does not matter here. */
static pleat_status load_storage(machine *m) {
  value *id, *v;
  PLEAT_TRY(pop(m, &id));
  if (id->kind != PLEAT_PICKLE_TUPLE || id->list.count < 5) return damaged(m, "a persistent id is not a storage's");
  value *const *part = id->list.items;
  if (part[0]->kind != PLEAT_PICKLE_TEXT || strcmp(part[0]->text.bytes, "storage") != 0 ||
      part[1]->kind != PLEAT_PICKLE_GLOBAL || known_names[part[1]->integer].call != CALL_NONE ||
      part[2]->kind != PLEAT_PICKLE_TEXT || part[4]->kind != PLEAT_PICKLE_INTEGER || part[4]->integer < 0)
    return damaged(m, "a persistent id is not a storage's");
  if (id->list.count > 5 && part[5]->kind != PLEAT_PICKLE_NONE)
    return pleat_status_fail(m->context, PLEAT_ERROR_UNSUPPORTED,
                             "%s: was saved by a very old PyTorch with shared views; load and save it with a newer one",
                             m->source->path);
  pleat_pickle_storage *storage;
  PLEAT_TRY(pleat_pool_take(m->pool, 1, sizeof *storage, &storage));
  *storage = (pleat_pickle_storage){known_names[part[1]->integer].dtype, part[2]->text.bytes, part[4]->integer};
  PLEAT_TRY(new_value(m, PLEAT_PICKLE_STORAGE, &v));
  v->storage = storage;
  return push(m, v);
}

/* ---- The machine ---- */

static pleat_status skip(machine *m, size_t count) {
  const unsigned char *bytes;
  return read_bytes(m, count, &bytes);
}

static pleat_status check_protocol(machine *m) {
  uint64_t protocol;
  PLEAT_TRY(read_number(m, 1, &protocol));
  if (protocol < 2 || protocol > 5) return damaged(m, "its protocol is not 2 to 5");
  return PLEAT_OK;
}

static pleat_status memo_step(machine *m, unsigned char opcode) {
  uint64_t index = m->memo_count;
  if (opcode != 0x94) PLEAT_TRY(read_number(m, opcode == 'q' || opcode == 'h' ? 1 : 4, &index));
  return opcode == 'h' || opcode == 'j' ? recall(m, index) : remember(m, index);
}

static pleat_status unknown_opcode(machine *m, unsigned char opcode) {
  char what[80];
  snprintf(what, sizeof what, "opcode 0x%02x is not one that tensors need", opcode);
  return damaged(m, what);
}

static pleat_status step(machine *m, unsigned char opcode) {
  switch (opcode) {
    case 0x80: return check_protocol(m);                     /* PROTO */
    case 0x95: return skip(m, 8);                            /* FRAME */
    case '(': return set_mark(m);                            /* MARK */
    case 'N': return push_container(m, PLEAT_PICKLE_NONE);   /* NONE */
    case 0x88: return push_integer(m, PLEAT_PICKLE_BOOL, 1); /* NEWTRUE */
    case 0x89: return push_integer(m, PLEAT_PICKLE_BOOL, 0); /* NEWFALSE */
    case 'K': return push_unsigned(m, 1);                    /* BININT1 */
    case 'M': return push_unsigned(m, 2);                    /* BININT2 */
    case 'J': return push_int32(m);                          /* BININT */
    case 0x8a: return push_long(m);                          /* LONG1 */
    case 'G': return push_real(m);                           /* BINFLOAT */
    case 'X': return push_text(m, PLEAT_PICKLE_TEXT, 4);     /* BINUNICODE */
    case 0x8c: return push_text(m, PLEAT_PICKLE_TEXT, 1);    /* SHORT_BINUNICODE */
    case 'T': return push_text(m, PLEAT_PICKLE_TEXT, 4);     /* BINSTRING of Python 2 */
    case 'U': return push_text(m, PLEAT_PICKLE_TEXT, 1);     /* SHORT_BINSTRING */
    case 'B': return push_text(m, PLEAT_PICKLE_BYTES, 4);    /* BINBYTES */
    case 'C': return push_text(m, PLEAT_PICKLE_BYTES, 1);    /* SHORT_BINBYTES */
    case '}': return push_container(m, PLEAT_PICKLE_DICT);   /* EMPTY_DICT */
    case ']': return push_container(m, PLEAT_PICKLE_LIST);   /* EMPTY_LIST */
    case ')': return push_short_tuple(m, 0);                 /* EMPTY_TUPLE */
    case 0x85: return push_short_tuple(m, 1);                /* TUPLE1 */
    case 0x86: return push_short_tuple(m, 2);                /* TUPLE2 */
    case 0x87: return push_short_tuple(m, 3);                /* TUPLE3 */
    case 't': return push_marked_tuple(m);                   /* TUPLE */
    case 'a': return store_last(m, PLEAT_PICKLE_LIST, 1);    /* APPEND */
    case 'e': return store_marked(m, PLEAT_PICKLE_LIST);     /* APPENDS */
    case 's': return store_last(m, PLEAT_PICKLE_DICT, 2);    /* SETITEM */
    case 'u': return store_marked(m, PLEAT_PICKLE_DICT);     /* SETITEMS */
    case 'q':
    case 'r':
    case 0x94:
    case 'h':
    case 'j': return memo_step(m, opcode);  /* BINPUT ... BINGET, MEMOIZE */
    case 'c': return read_global(m);        /* GLOBAL */
    case 0x93: return read_stack_global(m); /* STACK_GLOBAL */
    case 'R': return call_global(m);        /* REDUCE */
    case 'b': return drop_state(m);         /* BUILD */
    case 'Q': return load_storage(m);       /* BINPERSID */
    default: return unknown_opcode(m, opcode);
  }
}

static pleat_status run(machine *m, const pleat_pickle_value **result) {
  for (size_t steps = 0; steps < MAX_OPCODES; steps++) {
    uint64_t opcode;
    value *last;
    PLEAT_TRY(read_number(m, 1, &opcode));
    if (opcode != '.') {
      PLEAT_TRY(step(m, (unsigned char)opcode));
      continue;
    }
    PLEAT_TRY(pop(m, &last));
    *result = last;
    return PLEAT_OK;
  }
  return damaged(m, "it goes on for too long");
}

pleat_status pleat_pickle_read(pleat_pool *pool, const pleat_pickle_source *source, size_t *position,
                               const pleat_pickle_value **result) {
  machine m = {.pool = pool, .context = pool->context, .source = source, .position = *position};
  *result = NULL;
  pleat_status status = pleat_memory_grow(m.context, &m.stack, &m.stack_capacity, 64, sizeof *m.stack);
  if (!status) status = run(&m, result);
  pleat_memory_release(pool->context, m.stack);
  pleat_memory_release(pool->context, m.memo);
  pleat_memory_release(pool->context, m.marks);
  *position = m.position;
  return status;
}
