/* SPDX-License-Identifier: MIT */

/*
 * A block of events is handed to a lane, filled, sealed with its checksum and
 * unmapped.  `used` is stored after the bytes it covers (release), so a reader
 * of the file sees whole events only.
 */

#include "log.h"

#include <string.h>

#include "file.h"
#include "sys.h"

#define META_FIRST 16u	 /* blocks of the first extent of .hpm: 256 KiB */
#define EVENTS_FIRST 64u /* of .hpd: 1 MiB */
/* Of all later ones: 2 MiB, for which tmpfs, which clears them, takes half a
   millisecond. */
#define GROWTH 128u

#define PAUSE (10000000u >> LOG_TICK_SHIFT) /* until another try: 10 ms */

static struct file meta, events;
static struct hpm_state *state;
static uint64_t start_ns, max_size;
static struct lock marks_lock;
static struct block_header *marks; /* the last block of them */

static _Atomic uint64_t wait_until; /* tick: no growth before that */

atomic_bool log_running, log_is_full;

uint64_t log_ns(void)
{
	return sys_now_ns() - start_ns;
}

uint64_t log_tick(void)
{
	return log_ns() >> LOG_TICK_SHIFT;
}

struct hpm_state *log_state(void)
{
	return state;
}

void log_count(enum hpm_lost what)
{
	__atomic_fetch_add(&state->lost[what], 1, __ATOMIC_RELAXED);
}

void log_count_unwritten(void)
{
	log_count(log_full() ? HPM_LOST_STOPPED : HPM_LOST_BLOCKED);
}

void log_stop(int error)
{
	if (atomic_exchange(&log_is_full, true))
		return;
	state->end_tick = log_tick();
	state->error = (uint32_t)error;
	__atomic_store_n(&state->end,
			 error == E2BIG ? HPM_SIZE_LIMIT : HPM_NO_SPACE,
			 __ATOMIC_RELEASE);
}

void log_check(void)
{
	bool cut = file_was_cut(&events);

	/* The reason is written to the other one, if that is still there. */
	if (file_was_cut(&meta) || cut)
		log_stop(ESTALE);
}

/* Will the program have what we lack before long? */
static bool passes(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == EINTR || error == EAGAIN;
}

static struct block_header *take_block(struct file *f, enum block_kind kind)
{
	const struct file *other = f == &meta ? &events : &meta;
	uint64_t taken = __atomic_load_n(&other->used, __ATOMIC_RELAXED);
	struct block_header *b;
	int error;

	if (log_full() || (wait_until > 0 && log_tick() < wait_until))
		return NULL;
	b = file_block(f, kind, taken < max_size ? max_size - taken : 0,
		       &error);
	if (b == NULL && passes(error))
		wait_until = log_tick() + PAUSE;
	else if (b == NULL)
		log_stop(error);
	return b;
}

struct block_header *log_meta_block(enum block_kind kind)
{
	return take_block(&meta, kind);
}

static bool open_lane_block(struct log_lane *lane, const struct hpd_event *e)
{
	struct block_header *b = take_block(&events, BLOCK_EVENTS);

	if (b == NULL)
		return false;
	b->first = e->tick;
	b->lane = lane->number;
	b->sequence = lane->sequence++;
	b->thread = e->thread;
	hpd_start(&lane->coder, b);
	file_publish(b);
	lane->block = b;
	return true;
}

static void close_lane_block(struct log_lane *lane)
{
	block_seal(lane->block);
	file_close_block(&events, lane->block);
	lane->block = NULL;
}

static void append(struct log_lane *lane, const struct hpd_event *e)
{
	struct block_header *b = lane->block;
	uint8_t *payload = (uint8_t *)(b + 1);
	size_t n = hpd_put(payload + b->used, &lane->coder, e);

	__atomic_store_n(&b->used, b->used + (uint32_t)n, __ATOMIC_RELEASE);
}

bool log_event(struct log_lane *lane, const struct hpd_event *e)
{
	struct block_header *b = lane->block;

	if (b != NULL && BLOCK_PAYLOAD - b->used < LOG_ROOM)
		close_lane_block(lane);
	if (unlikely(log_full()) ||
	    (lane->block == NULL && !open_lane_block(lane, e))) {
		if (e->kind <= HPD_TEMPORARY)
			log_count_unwritten();
		return false;
	}
	if (lane->coder.thread != e->thread) {
		struct hpd_event change = {.kind = HPD_THREAD,
					   .tick = e->tick,
					   .thread = e->thread};

		append(lane, &change);
	}
	append(lane, e);
	return true;
}

static void put_strings(struct hpm_header *h, const struct log_options *o)
{
	char *p = (char *)(h + 1);

	h->strings = 0;
	h->argc = 0;
	for (unsigned i = 0; i < o->nr_strings; i++) {
		size_t n = strlen(o->strings[i]) + 1;
		/* The three fixed strings must be there, if empty. */
		size_t keep = i < 3 ? 3 - i : 0;

		if (n > HPM_STRINGS_MAX - h->strings - keep) {
			h->flags |= HPM_ARGS_CUT;
			if (i >= 3)
				return;
			n = 1;
		}
		memcpy(p + h->strings, o->strings[i], n - 1);
		p[h->strings + n - 1] = '\0';
		h->strings += (uint32_t)n;
		h->argc += i >= 3;
	}
}

/* Block 0 of either file; only .hpm's is complete. */
static int put_header(struct file *f, const struct log_options *o,
		      uint64_t realtime_ns)
{
	struct block_header *b = take_block(f, BLOCK_HEADER);
	struct hpm_header *h = (struct hpm_header *)(b + 1);

	if (b == NULL)
		return ENOSPC;
	if (f == &meta) {
		*h = o->header;
		h->start_ns = realtime_ns;
		h->start_mono_ns = start_ns;
		put_strings(h, o);
	} else {
		/* Three empty strings keep it a valid header. */
		h->strings = 3;
	}
	memcpy(h->magic, HPM_MAGIC, sizeof(h->magic));
	h->version = HPM_VERSION;
	h->tick_shift = LOG_TICK_SHIFT;
	b->used = (uint32_t)sizeof(*h) + h->strings;
	file_publish(b);
	block_seal(b);
	file_close_block(f, b);
	return 0;
}

static int put_state(const struct log_options *o)
{
	struct block_header *b = take_block(&meta, BLOCK_STATE);

	if (b == NULL)
		return ENOSPC;
	state = (struct hpm_state *)(b + 1);
	state->parent = o->parent;
	state->origin = o->origin;
	b->used = sizeof(*state);
	file_publish(b);
	return 0;
}

static int create(struct file *f, const struct log_options *o,
		  const char *ending, uint32_t step)
{
	size_t n = strlen(o->base);
	int error;

	memset(f, 0, sizeof(*f));
	if (n + 5 > sizeof(f->path))
		return ENAMETOOLONG;
	memcpy(f->path, o->base, n);
	memcpy(f->path + n, ending, 5);
	memcpy(&f->profile, o->profile, sizeof(f->profile));
	f->step = step;
	sys_unlink(f->path);
	error = file_create(f);
	f->step = GROWTH;
	return error;
}

int log_open(const struct log_options *o, const char **file)
{
	struct timespec now;
	int error;

	max_size = UINT64_MAX;
	wait_until = 0;
	atomic_store(&log_is_full, false);
	marks_lock = (struct lock){0};
	marks = NULL;
	*file = meta.path;
	error = create(&meta, o, ".hpm", META_FIRST);
	if (error != 0)
		return error;
	*file = events.path;
	error = create(&events, o, ".hpd", EVENTS_FIRST);
	if (error != 0) {
		sys_unlink(meta.path);
		return error;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	start_ns = sys_now_ns();
	put_header(&meta, o,
		   (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	put_state(o);
	put_header(&events, o, 0);
	max_size = o->max_size;
	atomic_store(&log_running, true);
	return 0;
}

void log_mark(uint32_t thread, const char *label)
{
	struct hpm_mark m = {.tick = log_tick(),
			     .thread = thread,
			     .label = label,
			     .label_length =
				     (uint16_t)strnlen(label, HPM_LABEL_MAX)};
	size_t n;

	lock_take(&marks_lock);
	if (marks != NULL && BLOCK_PAYLOAD - marks->used < HPM_MARK_MAX)
		marks = NULL;
	if (marks == NULL) {
		marks = log_meta_block(BLOCK_MARKS);
		if (marks != NULL)
			file_publish(marks);
	}
	if (marks != NULL) {
		n = hpm_put_mark((uint8_t *)(marks + 1) + marks->used, &m);
		__atomic_store_n(&marks->used, marks->used + (uint32_t)n,
				 __ATOMIC_RELEASE);
	}
	lock_drop(&marks_lock);
}

void log_close_lane(struct log_lane *lane)
{
	if (lane->block != NULL)
		close_lane_block(lane);
	lane->sequence = 0;
}

void log_end(enum hpm_end why)
{
	if (!log_full()) {
		state->end_tick = log_tick();
		__atomic_store_n(&state->end, why, __ATOMIC_RELEASE);
	}
	file_trim(&events);
	file_trim(&meta);
}

void log_resume(void)
{
	if (log_full())
		return;
	__atomic_store_n(&state->end, HPM_RUNNING, __ATOMIC_RELEASE);
	state->end_tick = 0;
}

void log_reserve(void)
{
	file_reserve(&events);
	file_reserve(&meta);
}

void log_off(void)
{
	atomic_store(&log_running, false);
}
