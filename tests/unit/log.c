/* SPDX-License-Identifier: MIT */

/* What the recorder writes, read back by the functions of format/ alone. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/chores.h"
#include "capture/file.h"
#include "capture/log.h"
#include "capture/modules.h"
#include "capture/threads.h"
#include "capture/traces.h"
#include "format/varint.h"
#include "unit.h"

static char base[64];

static void make_base(void)
{
	strcpy(base, "/tmp/heapprof-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	strcat(base, "/p");
}

static int open_log(uint64_t max_size, const char **file)
{
	static const char *const strings[] = {"/bin/prog", "/dir", "host",
					      "prog", "-x"};
	struct log_options o = {.base = base,
				.max_size = max_size,
				.profile = (const uint8_t *)"\1\2\3\4\5\6\7\10",
				.header = {.pid = 7, .nr_ranges = 0},
				.strings = strings,
				.nr_strings = 5};

	return log_open(&o, file);
}

/* All of BASE@ending; the caller frees. */
static char *slurp(const char *ending, size_t *n)
{
	char path[80];
	struct stat st;
	char *p;
	int fd;

	snprintf(path, sizeof(path), "%s%s", base, ending);
	fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = malloc(*n + 1);
	ck_assert_int_eq(read(fd, p, *n), st.st_size);
	close(fd);
	return p;
}

static void put(struct log_lane *lane, uint32_t thread, uint64_t tick,
		uint64_t size)
{
	struct hpd_event e = {.kind = HPD_ALLOC,
			      .tick = tick,
			      .thread = thread,
			      .block = {.size = size, .thread = thread}};

	log_event(lane, &e);
}

static uint64_t nr_rss; /* of the events that were counted last */

/* Allocations of @lane in the file, checking that sizes count up from 1. */
static uint64_t count_events(const char *file, size_t n, uint32_t lane)
{
	static struct hpd_coder coder;
	uint64_t size = 1;
	uint32_t sequence = 0;

	nr_rss = 0;
	for (size_t at = BLOCK_SIZE; at < n; at += BLOCK_SIZE) {
		const struct block_header *b = (const void *)(file + at);
		const uint8_t *p = (const uint8_t *)(b + 1);
		struct cursor c = {p, p + b->used, false};
		struct hpd_event e;

		if (block_check(b, 0) == FORMAT_END)
			continue;
		ck_assert_int_eq(block_check(b, 0), FORMAT_OK);
		ck_assert_int_eq(b->kind, BLOCK_EVENTS);
		if (b->lane != lane)
			continue;
		ck_assert_uint_eq(b->sequence, sequence++);
		hpd_start(&coder, b);
		while (hpd_get(&c, &coder, &e) == FORMAT_OK)
			if (e.kind == HPD_ALLOC)
				ck_assert_uint_eq(e.block.size, size++);
			else if (e.kind == HPD_RSS)
				nr_rss++;
		ck_assert(!c.bad && c.p == c.end);
	}
	return size - 1;
}

START_TEST(events_of_two_lanes_come_back)
{
	static struct log_lane lane[2] = {{.number = 0}, {.number = 1}};
	const char *why;
	char *file;
	size_t n;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	for (uint64_t i = 1; i <= 50000; i++) {
		put(&lane[0], 1, i, i);
		if (i % 2 == 0)
			put(&lane[1], i % 4 == 0 ? 2 : 3, i, i / 2);
	}
	file = slurp(".hpd", &n);
	ck_assert_uint_eq(count_events(file, n, 0), 50000);
	ck_assert_uint_eq(count_events(file, n, 1), 25000);
	free(file);
	log_end(HPM_EXIT);
	file = slurp(".hpd", &n);
	ck_assert_uint_eq(count_events(file, n, 0), 50000);
	ck_assert_uint_eq(n % BLOCK_SIZE, 0);
	put(&lane[0], 1, 50001, 50001);
	free(file);
}
END_TEST

/* Bytes of BASE.hpd that this process has mapped. */
static size_t mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512], path[80];
	size_t sum = 0;

	snprintf(path, sizeof(path), "%s.hpd", base);
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, path) != NULL &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			sum += end - start;
	fclose(maps);
	return sum;
}

/* A slow lane holds its window, and no other. */
START_TEST(no_more_is_mapped_than_needed)
{
	static struct log_lane lane[2] = {{.number = 0}, {.number = 1}};
	const char *why;
	char *file;
	size_t n, window;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	window = mapped();
	ck_assert_uint_gt(window, 0);
	ck_assert_uint_le(window, 1 << 18);
	for (uint64_t i = 1; i <= 600000; i++) {
		put(&lane[0], 1, i, i);
		if (i % 1000 == 0)
			put(&lane[1], 2, i, i / 1000);
		if (i % 10000 == 0)
			ck_assert_uint_le(mapped(), 3 * window);
	}
	/* Everything is handed out, and finished where it can be. */
	log_reserve();
	log_close_lane(&lane[0]);
	log_close_lane(&lane[1]);
	put(&lane[0], 1, 600001, 600001);
	file = slurp(".hpd", &n);
	ck_assert_uint_gt(n, 20 * window);
	ck_assert_uint_eq(count_events(file, n, 1), 600);
	free(file);
	log_end(HPM_EXIT);
	log_close_lane(&lane[0]);
	ck_assert_uint_eq(mapped(), 0);
}
END_TEST

START_TEST(header_and_state_are_there_at_once)
{
	const struct block_header *b;
	const struct hpm_header *h;
	const char *why;
	struct stat st;
	char *file;
	size_t n;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	log_count(HPM_CUT_STACKS);
	file = slurp(".hpm", &n);
	b = (const void *)file;
	h = (const void *)(b + 1);
	ck_assert_int_eq(block_check(b, 0), FORMAT_OK);
	ck_assert_int_eq(b->flags, BLOCK_SEALED);
	ck_assert_int_eq(hpm_check_header(h, b->used), FORMAT_OK);
	ck_assert_str_eq(hpm_string(h, 0), "/bin/prog");
	ck_assert_str_eq(hpm_string(h, 4), "-x");
	b = (const void *)(file + BLOCK_SIZE);
	ck_assert_int_eq(b->kind, BLOCK_STATE);
	ck_assert_uint_eq(
		((const struct hpm_state *)(b + 1))->lost[HPM_CUT_STACKS], 1);
	free(file);
	ck_assert_int_eq(stat(base, &st), -1);
	file = slurp(".hpd", &n);
	b = (const void *)file;
	ck_assert_int_eq(hpm_check_header((const void *)(b + 1), b->used),
			 FORMAT_OK);
	free(file);
}
END_TEST

START_TEST(long_arguments_are_cut)
{
	static char longest[HPM_STRINGS_MAX];
	const char *strings[] = {longest, "", "", "prog", longest, "x"};
	struct log_options o = {.base = base,
				.max_size = UINT64_MAX,
				.profile = (const uint8_t *)"12345678",
				.strings = strings,
				.nr_strings = 6};
	const struct block_header *b;
	const struct hpm_header *h;
	const char *why;
	char *file;
	size_t n;

	memset(longest, 'a', sizeof(longest) - 1);
	make_base();
	ck_assert_int_eq(log_open(&o, &why), 0);
	file = slurp(".hpm", &n);
	b = (const void *)file;
	h = (const void *)(b + 1);
	ck_assert_int_eq(hpm_check_header(h, b->used), FORMAT_OK);
	ck_assert(h->flags & HPM_ARGS_CUT);
	free(file);
}
END_TEST

START_TEST(nothing_is_followed_or_kept_of_an_old_profile)
{
	char path[80], target[80];
	const char *why;
	struct stat st;

	make_base();
	snprintf(path, sizeof(path), "%s.hpd", base);
	snprintf(target, sizeof(target), "%s-target", base);
	ck_assert_int_eq(close(creat(target, 0644)), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(target, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
}
END_TEST

static void fill(struct log_lane *lane)
{
	for (uint64_t i = 1; i < 10000000 && !log_full(); i++)
		put(lane, 1, i * 1000, i);
}

START_TEST(max_size_stops_recording)
{
	static struct log_lane lane;
	const char *why;
	size_t n, m;

	make_base();
	ck_assert_int_eq(open_log(3u << 20, &why), 0);
	fill(&lane);
	ck_assert_uint_eq(log_state()->end, HPM_SIZE_LIMIT);
	ck_assert_uint_eq(log_state()->lost[HPM_LOST_STOPPED], 1);
	put(&lane, 1, UINT32_MAX * 10000ull, 1);
	ck_assert_uint_eq(log_state()->lost[HPM_LOST_STOPPED], 2);
	log_end(HPM_EXIT);
	ck_assert_uint_eq(log_state()->end, HPM_SIZE_LIMIT);
	free(slurp(".hpd", &n));
	free(slurp(".hpm", &m));
	ck_assert_uint_gt(n, 2u << 20);
}
END_TEST

/* A limit on the size of files must not kill with SIGXFSZ. */
START_TEST(file_size_limit_stops_recording)
{
	static struct log_lane lane;
	struct rlimit limit = {3u << 20, 3u << 20};
	const char *why;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill(&lane);
	ck_assert(log_full());
	ck_assert_uint_eq(log_state()->end, HPM_NO_SPACE);
	ck_assert_uint_eq(log_state()->error, EFBIG);
}
END_TEST

/* Descriptors, which are all taken, come back: only events are lost. */
START_TEST(recording_goes_on_when_descriptors_are_back)
{
	static struct log_lane lane;
	struct rlimit limit, none;
	const char *why;
	uint64_t i = 1;
	char *file;
	size_t n;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (log_state()->lost[HPM_LOST_BLOCKED] < 1000) {
		put(&lane, 1, i, i);
		i += log_state()->lost[HPM_LOST_BLOCKED] == 0;
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	usleep(20000);
	for (uint64_t more = i + 1000; i < more; i++)
		put(&lane, 1, i, i);
	ck_assert(!log_full());
	ck_assert_uint_eq(log_state()->lost[HPM_LOST_BLOCKED], 1000);
	file = slurp(".hpd", &n);
	ck_assert_uint_eq(count_events(file, n, 0), i - 1);
	free(file);
}
END_TEST

/* Recording must not go on into a file that someone put in its place. */
START_TEST(replaced_file_stops_recording)
{
	static struct log_lane lane;
	char path[80];
	const char *why;
	struct stat st;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	snprintf(path, sizeof(path), "%s.hpd", base);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(close(creat(path, 0600)), 0);
	fill(&lane);
	ck_assert(log_full());
	ck_assert_uint_eq(log_state()->error, ESTALE);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
}
END_TEST

START_TEST(unwritable_directory_is_an_error)
{
	const char *why;

	strcpy(base, "/nonexistent/p");
	ck_assert_int_eq(open_log(UINT64_MAX, &why), ENOENT);
	ck_assert_str_eq(why, "/nonexistent/p.hpm");
}
END_TEST

/* The trace of the @n return addresses @pcs, of which the @known outermost were
   there in the last call. */
static uint32_t find_trace(const uintptr_t *pcs, size_t n, size_t known,
			   bool cut)
{
	static _Thread_local char memory[STACK_MEMORY(4)];
	static _Thread_local struct traces_lately lately;
	static _Thread_local struct stack s;

	if (s.frames == NULL)
		stack_use(&s, memory, 4);
	s.nr = n;
	s.known = known;
	s.cut = cut;
	for (size_t i = 0; i < n; i++)
		s.frames[n - 1 - i].at.pc = pcs[i];
	return traces_find(&s, &lately);
}

START_TEST(traces_are_a_tree_in_the_file)
{
	uintptr_t here = (uintptr_t)count_events, a[] = {3, 2, here},
		  b[] = {4, 2, here};
	const struct hpm_node *node = NULL;
	uint32_t ta, tb, tc;
	const char *why;
	char *file;
	size_t n;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert(traces_reset());
	ck_assert_uint_eq(find_trace(a, 0, 0, false), 0);
	ta = find_trace(a, 3, 0, false);
	tb = find_trace(b, 3, 0, false);
	tc = find_trace(b, 3, 0, true);
	ck_assert_uint_eq(ta, 3);
	ck_assert_uint_eq(tb, 4);
	ck_assert_uint_eq(tc, 8);
	ck_assert_uint_eq(find_trace(a, 3, 2, true), 9);
	ck_assert_uint_eq(find_trace(a, 3, 3, true), 9);
	ck_assert_uint_eq(find_trace(a, 3, 0, false), ta);
	ck_assert_uint_eq(find_trace(b, 3, 0, true), tc);
	file = slurp(".hpm", &n);
	for (size_t at = 0; at < n; at += BLOCK_SIZE) {
		const struct block_header *h = (const void *)(file + at);

		if (h->kind == BLOCK_NODES && h->magic == BLOCK_MAGIC)
			node = (const struct hpm_node *)(h + 1) - 1;
	}
	ck_assert_ptr_nonnull(node);
	ck_assert_uint_eq(node[ta].address, 3);
	ck_assert_uint_eq(node[ta].parent, node[tb].parent);
	ck_assert_uint_eq(node[1].address, here);
	ck_assert_uint_eq(node[1].module, modules_find(here));
	ck_assert_uint_ne(node[1].module, 0);
	ck_assert_uint_eq(node[5].address, HPM_NODE_CUT);
	free(file);
}
END_TEST

START_TEST(many_traces_are_told_apart)
{
	const char *why;
	uint32_t first;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert(traces_reset());
	for (uintptr_t i = 1; i <= 5000; i++)
		ck_assert_uint_eq(find_trace(&i, 1, 0, false), i);
	for (uintptr_t i = 1; i <= 5000; i++) {
		first = find_trace(&i, 1, 0, false);
		ck_assert_uint_eq(first, i);
	}
}
END_TEST

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

#define FINDERS 4
#define FOUND (1u << 15)

/* Nodes under 100 others, each thread in an order of its own. */
static void *find_all(void *arg)
{
	uint32_t *ids = arg;
	uint32_t odd = 2 * (ids[0] + 7777) + 1;

	for (uint32_t i = 0; i < FOUND; i++) {
		uint32_t n = (uint32_t)((uint64_t)i * odd % FOUND);
		uintptr_t pcs[] = {0x5000 + n, 0x100 + n % 100};

		ids[n] = find_trace(pcs, 2, 0, false);
	}
	return NULL;
}

START_TEST(threads_find_the_same_traces)
{
	static uint32_t ids[FINDERS][FOUND];
	pthread_t threads[FINDERS];
	const char *why;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	ck_assert(traces_reset());
	for (uint32_t i = 0; i < FINDERS; i++) {
		ids[i][0] = i;
		pthread_create(&threads[i], NULL, find_all, ids[i]);
	}
	for (uint32_t i = 0; i < FINDERS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 1; i < FINDERS; i++)
		ck_assert_mem_eq(ids[i], ids[0], sizeof(ids[0]));
	qsort(ids[0], FOUND, sizeof(ids[0][0]), by_number);
	for (uint32_t i = 0; i < FOUND; i++)
		ck_assert_uint_gt(ids[0][i], i > 0 ? ids[0][i - 1] : 0);
	ck_assert_uint_le(ids[0][FOUND - 1], FOUND + 100);
}
END_TEST

START_TEST(states_of_threads_are_used_again)
{
	struct thread *a, *b;
	struct hpm_thread sum;
	const char *why;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	threads_begin(16, 1);
	a = threads_new();
	b = threads_new();
	ck_assert_uint_eq(a->number, 1);
	ck_assert_uint_eq(b->number, 2);
	ck_assert_uint_ne(a->lane.number, b->lane.number);
	a->slot->seen = 5;
	b->slot->seen = 7;
	threads_retire(a);
	ck_assert_ptr_eq(threads_borrow(), a);
	ck_assert_uint_eq(a->number, 1);
	threads_retire(a);
	ck_assert_ptr_eq(threads_new(), a);
	ck_assert_uint_eq(a->number, 3);
	threads_count(&sum);
	ck_assert_uint_eq(sum.seen, 12);
	ck_assert(!threads_forked());
}
END_TEST

/* Lets @t do its chores each millisecond from @from to @to, and counts in
   nr_rss how often memory has been looked at so far. */
static void count_looks(struct thread *t, uint64_t from, uint64_t to)
{
	const uint64_t ms = 1000000 >> LOG_TICK_SHIFT;
	char *file;
	size_t n;

	for (uint64_t i = from; i < to; i++)
		chores_do(t, i * ms);
	file = slurp(".hpd", &n);
	count_events(file, n, t->lane.number);
	free(file);
}

/* As many in the first 2.56 s as later in each time that doubles what was. */
START_TEST(memory_is_looked_at_ever_less_often)
{
	struct thread *t;
	const char *why;

	make_base();
	ck_assert_int_eq(open_log(UINT64_MAX, &why), 0);
	threads_begin(16, 1);
	t = threads_new();
	chores_reset();
	count_looks(t, 1000, 1000 + 2560);
	ck_assert_uint_gt(nr_rss, 170);
	ck_assert_uint_lt(nr_rss, 190);
	/* At most a second apart. */
	count_looks(t, 1000 + 2560, 3600 * 1000);
	ck_assert_uint_gt(nr_rss, 4300);
	ck_assert_uint_lt(nr_rss, 4800);
}
END_TEST

Suite *log_suite(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, events_of_two_lanes_come_back);
	tcase_add_test(t, no_more_is_mapped_than_needed);
	tcase_add_test(t, header_and_state_are_there_at_once);
	tcase_add_test(t, long_arguments_are_cut);
	tcase_add_test(t, nothing_is_followed_or_kept_of_an_old_profile);
	tcase_add_test(t, max_size_stops_recording);
	tcase_add_test(t, file_size_limit_stops_recording);
	tcase_add_test(t, recording_goes_on_when_descriptors_are_back);
	tcase_add_test(t, replaced_file_stops_recording);
	tcase_add_test(t, unwritable_directory_is_an_error);
	tcase_add_test(t, traces_are_a_tree_in_the_file);
	tcase_add_test(t, many_traces_are_told_apart);
	tcase_add_test(t, threads_find_the_same_traces);
	tcase_add_test(t, states_of_threads_are_used_again);
	tcase_add_test(t, memory_is_looked_at_ever_less_often);
	suite_add_tcase(s, t);
	return s;
}
