/* SPDX-License-Identifier: MIT */

#include "modules.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include "file.h"
#include "lock.h"
#include "log.h"
#include "memory.h"
#include "stack.h"
#include "sys.h"

#define MODULES_MAX 65536u /* that one process loads, each counted once */

/* One mapped file.  Protected by the lock, but for `alive`. */
struct module {
	uintptr_t start, end; /* as _dl_find_object() reports them */
	uintptr_t bias;
	const void *map;    /* the loader's link_map, to tell reuse */
	const void *tables; /* its .eh_frame_hdr, likewise */
	uint8_t build_id[32];
	uint8_t build_id_length;
	bool alive;
};

atomic_bool modules_any_gone;

static struct lock lock;
static struct module *modules; /* [number - 1], mapped at first use */
static uint32_t nr_modules;
static struct block_header *block; /* of records, the last one */
static char program[PATH_MAX];

#pragma weak _dl_find_object

void modules_reset(void)
{
	lock = (struct lock){0};
	if (modules != NULL)
		memset(modules, 0, nr_modules * sizeof(*modules));
	nr_modules = 0;
	modules_any_gone = false;
	block = NULL;
}

const char *modules_program(void)
{
	if (program[0] == '\0') {
		ssize_t n = sys_readlink("/proc/self/exe", program,
					 sizeof(program) - 1);

		program[n > 0 ? n : 0] = '\0';
	}
	return program;
}

bool modules_look(uint32_t number)
{
	return number == 0 ||
	       __atomic_load_n(&modules[number - 1].alive, __ATOMIC_RELAXED);
}

static bool look_up(uintptr_t address, struct dl_find_object *found)
{
	return _dl_find_object != NULL &&
	       _dl_find_object((void *)address, found) == 0;
}

static bool same_object(const struct module *m, const struct dl_find_object *o)
{
	return m->start == (uintptr_t)o->dlfo_map_start &&
	       m->end == (uintptr_t)o->dlfo_map_end &&
	       m->map == o->dlfo_link_map && m->tables == o->dlfo_eh_frame;
}

/* Copies the build-id from the notes at [p, end). */
static void read_build_id(struct module *m, const uint8_t *p,
			  const uint8_t *end)
{
	while (end - p >= (ptrdiff_t)sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)p;
		size_t name = (note->n_namesz + 3u) & ~3u;
		size_t desc = (note->n_descsz + 3u) & ~3u;
		const uint8_t *id = p + sizeof(*note) + name;

		if (name + desc > (size_t)(end - p) - sizeof(*note))
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    memcmp(p + sizeof(*note), "GNU", 4) == 0 &&
		    note->n_descsz <= sizeof(m->build_id)) {
			memcpy(m->build_id, id, note->n_descsz);
			m->build_id_length = (uint8_t)note->n_descsz;
			return;
		}
		p = id + desc;
	}
}

/* The first page of a mapped ELF file has its header and program headers. */
static void read_notes(struct module *m)
{
	const ElfW(Ehdr) *ehdr = (const void *)m->start;
	const ElfW(Phdr) * ph;

	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) != 0 ||
	    ehdr->e_phoff + ehdr->e_phnum * sizeof(*ph) > 4096)
		return;
	ph = (const void *)(m->start + ehdr->e_phoff);
	for (unsigned i = 0; i < ehdr->e_phnum; i++) {
		uintptr_t at = m->bias + ph[i].p_vaddr;

		if (ph[i].p_type != PT_NOTE || at < m->start ||
		    at + ph[i].p_memsz > m->end)
			continue;
		read_build_id(m, (const void *)at,
			      (const uint8_t *)at + ph[i].p_memsz);
	}
}

/* Absolute path of @map into @path, of PATH_MAX bytes. */
static void read_path(const struct link_map *map, char *path)
{
	const char *name = map->l_name;
	size_t n = 0;

	if (name == NULL || name[0] == '\0')
		name = modules_program();
	if (name[0] != '/' && strchr(name, '/') != NULL) {
		long got = sys_may() ? syscall(SYS_getcwd, path, PATH_MAX) : 0;

		n = got > 1 && path[0] == '/' ? (size_t)got - 1 : 0;
		path[n++] = '/';
	}
	if (strlen(name) < PATH_MAX - n)
		memcpy(path + n, name, strlen(name) + 1);
	else
		path[n] = '\0';
}

static bool make_room(void)
{
	if (block != NULL && BLOCK_PAYLOAD - block->used >= HPM_MODULE_MAX)
		return true;
	if (block != NULL)
		block_seal(block);
	block = log_meta_block(BLOCK_MODULES);
	if (block != NULL)
		file_publish(block);
	return block != NULL;
}

static void write_record(const struct hpm_module *record)
{
	size_t n;

	if (!make_room())
		return;
	n = hpm_put_module((uint8_t *)(block + 1) + block->used, record);
	__atomic_store_n(&block->used, block->used + (uint32_t)n,
			 __ATOMIC_RELEASE);
}

static void write_loaded(uint32_t number, const struct module *m)
{
	static char path[PATH_MAX]; /* under the lock */
	struct hpm_module record = {.number = number,
				    .tick = log_tick(),
				    .bias = m->bias,
				    .start = m->start,
				    .end = m->end,
				    .build_id_length = m->build_id_length,
				    .path = path};
	struct stat st;

	read_path(m->map, path);
	record.path_length = (uint16_t)MIN(strlen(path), HPM_PATH_MAX);
	memcpy(record.build_id, m->build_id, sizeof(record.build_id));
	if (sys_may() && syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0) {
		record.file_size = (uint64_t)st.st_size;
		record.file_mtime_ns =
			st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
	}
	write_record(&record);
}

static void write_gone(uint32_t number)
{
	struct hpm_module record = {
		.number = number, .tick = log_tick(), .gone = true};

	write_record(&record);
}

static bool same_file(const struct module *a, const struct module *b)
{
	return a->start == b->start && a->end == b->end && a->bias == b->bias &&
	       a->build_id_length > 0 &&
	       a->build_id_length == b->build_id_length &&
	       memcmp(a->build_id, b->build_id, a->build_id_length) == 0;
}

static void set_alive(struct module *m, bool alive)
{
	__atomic_store_n(&m->alive, alive, __ATOMIC_RELAXED);
}

static uint32_t add_locked(const struct dl_find_object *o)
{
	struct module m = {.start = (uintptr_t)o->dlfo_map_start,
			   .end = (uintptr_t)o->dlfo_map_end,
			   .bias = o->dlfo_link_map->l_addr,
			   .map = o->dlfo_link_map,
			   .tables = o->dlfo_eh_frame,
			   .alive = true};

	read_notes(&m);
	for (uint32_t i = 0; i < nr_modules; i++) {
		if (modules[i].alive || !same_file(&modules[i], &m))
			continue;
		modules[i] = m;
		return i + 1;
	}
	if (nr_modules == MODULES_MAX)
		return 0;
	modules[nr_modules] = m;
	write_loaded(++nr_modules, &m);
	return nr_modules;
}

static bool check_locked(void)
{
	bool gone = false;

	for (uint32_t i = 0; i < nr_modules; i++) {
		struct dl_find_object o;

		if (!modules[i].alive || (look_up(modules[i].start, &o) &&
					  same_object(&modules[i], &o)))
			continue;
		set_alive(&modules[i], false);
		modules_any_gone = true;
		write_gone(i + 1);
		gone = true;
	}
	/* What is known of it must not be taken for what comes in its place. */
	if (gone)
		stack_unloaded();
	return gone;
}

static uint32_t find_locked(const struct dl_find_object *o)
{
	if (modules == NULL) {
		modules = memory_map(MODULES_MAX * sizeof(*modules));
		if (modules == NULL)
			return 0;
	}
	for (uint32_t i = 0; i < nr_modules; i++)
		if (modules[i].alive && same_object(&modules[i], o))
			return i + 1;
	check_locked();
	return add_locked(o);
}

uint32_t modules_find(uintptr_t address)
{
	struct dl_find_object o;
	uint32_t number;

	if (!look_up(address, &o) || o.dlfo_link_map == NULL)
		return 0;
	lock_take(&lock);
	number = find_locked(&o);
	lock_drop(&lock);
	return number;
}

bool modules_check(void)
{
	bool gone;

	lock_take(&lock);
	gone = check_locked();
	lock_drop(&lock);
	return gone;
}
