/* SPDX-License-Identifier: MIT */
/*
 * Look-ups that go wrong in every way, beside others that do not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "profile/lookup.h"

#include "unit.h"

#define MODULES 6
#define ADDRESSES 900

/* What is said and answered, as text, and what the listener did. */
struct heard {
	char text[8192];
	size_t questions; /* whether to stop */
	size_t stop_at;	  /* this question; 0: never */
	uint64_t done;	  /* the last progress */
};

static uint64_t addresses[MODULES][ADDRESSES];
static struct lookup_module modules[MODULES];

__attribute__((format(printf, 2, 3))) static void hear(struct heard *h,
						       const char *format, ...)
{
	size_t n = strlen(h->text);
	va_list args;

	va_start(args, format);
	vsnprintf(h->text + n, sizeof(h->text) - n, format, args);
	va_end(args);
}

static void hear_warning(void *arg, const char *text)
{
	hear(arg, "<%s>\n", text);
}

struct sum {
	size_t n;
	uint64_t lines;
};

static void add_up(void *arg, size_t index, const struct symbols_frame *frames,
		   size_t n)
{
	struct sum *sum = arg;

	(void)index;
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(frames[1].function, "caller");
	ck_assert_ptr_null(frames[1].file);
	sum->n++;
	sum->lines += frames[0].line;
}

static int hear_module(void *arg, size_t i, const struct answers *answers)
{
	struct sum sum = {0};

	if (answers)
		answers_each(answers, add_up, &sum);
	hear(arg, "%zu: %zu %zu\n", i, sum.n, (size_t)sum.lines);
	return 0;
}

static bool hear_stop(void *arg)
{
	struct heard *h = arg;

	return ++h->questions == h->stop_at;
}

static void hear_progress(void *arg, const struct heapprof_progress *progress)
{
	struct heard *h = arg;

	ck_assert_uint_ge(progress->done, h->done);
	h->done = progress->done;
}

/* Each address has two frames; module 0 and such with no address have none. */
static int answer(const struct symbols_module *module, const uint64_t *v,
		  size_t n, const struct symbols_options *options,
		  symbols_fn *fn, void *arg)
{
	char name[64];

	if (strcmp(module->path, "module2") == 0)
		options->warn(options->arg, "module2: a warning");
	for (size_t i = n; i-- > 0;) {
		struct symbols_frame f[] = {{name, "a.c", (uint32_t)v[i], true},
					    {"caller", NULL, 0, false}};

		snprintf(name, sizeof(name), "function %zu of %s", i,
			 module->path);
		fn(arg, i, f, 2);
	}
	return 0;
}

static void set_up(void)
{
	static char names[MODULES][16];

	for (size_t i = 0; i < MODULES; i++) {
		/* 150, 300 ... but none for module 4 */
		size_t n = i == 4 ? 0 : 150 * (i + 1);

		snprintf(names[i], sizeof(names[i]), "module%zu", i);
		for (size_t j = 0; j < n; j++)
			addresses[i][j] = i + 1;
		modules[i] = (struct lookup_module){
			.module.path = names[i],
			.addresses = addresses[i],
			.nr = n,
		};
	}
}

static void count_descriptors(size_t *n)
{
	DIR *dir = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(dir);
	for (*n = 0; readdir(dir);)
		++*n;
	closedir(dir);
}

/* Leaves neither a descriptor nor a process. */
static struct heard look_up(struct lookup_options *o, size_t stop_at)
{
	struct heard h = {.stop_at = stop_at};
	struct heapprof_listener listener = {
		.stop = hear_stop, .progress = hear_progress, .arg = &h};
	size_t before, after;

	o->symbols.warn = hear_warning;
	o->symbols.arg = &h;
	count_descriptors(&before);
	ck_assert_int_eq(
		lookup_modules(modules, MODULES, o, &listener, hear_module, &h),
		0);
	count_descriptors(&after);
	ck_assert_uint_eq(before, after);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	return h;
}

#define GOOD                                                                   \
	"0: 150 150\n1: 300 600\n<module2: a warning>\n2: 450 1350\n"          \
	"3: 600 2400\n4: 0 0\n5: 900 5400\n"

START_TEST(test_jobs)
{
	static const unsigned jobs[] = {0, 1, 2, 3, 8, 1000};
	struct lookup_options o = {.find = answer, .jobs = jobs[_i]};
	struct heard h = look_up(&o, 0);

	ck_assert_str_eq(h.text, GOOD);
	ck_assert_uint_eq(h.done, 2400);
}
END_TEST

/* One goes wrong: module 3. */

static lookup_symbols_fn *wrong; /* what it does */

static int answer_others(const struct symbols_module *module, const uint64_t *v,
			 size_t n, const struct symbols_options *options,
			 symbols_fn *fn, void *arg)
{
	if (strcmp(module->path, "module3") == 0)
		return wrong(module, v, n, options, fn, arg);
	return answer(module, v, n, options, fn, arg);
}

#define PARAMETERS                                                             \
	const struct symbols_module *module, const uint64_t *v, size_t n,      \
		const struct symbols_options *options, symbols_fn *fn,         \
		void *arg
#define UNUSED                                                                 \
	(void)module, (void)v, (void)n, (void)options, (void)fn, (void)arg

static int crash(PARAMETERS)
{
	UNUSED;
	raise(SIGSEGV);
	return 0;
}

static int crash_later(PARAMETERS)
{
	answer(module, v, n / 2, options, fn, arg);
	options->warn(options->arg, "module3: before");
	abort();
}

static int leave(PARAMETERS)
{
	UNUSED;
	_exit(3);
}

static int leave_well(PARAMETERS)
{
	UNUSED;
	_exit(0);
}

static int answer_half(PARAMETERS)
{
	return answer(module, v, n / 2, options, fn, arg);
}

static int answer_twice(PARAMETERS)
{
	answer(module, v, n, options, fn, arg);
	return answer(module, v, n, options, fn, arg);
}

static int answer_beyond(PARAMETERS)
{
	fn(arg, n, NULL, 0);
	return answer(module, v, n, options, fn, arg);
}

/* The pipe is the only descriptor beside the standard ones. */
__attribute__((noreturn)) static int write_garbage(PARAMETERS)
{
	static const char garbage[] = "\x03\xff\xff\xff\xff\xff\xff\xff\xff";

	UNUSED;
	for (;;)
		if (write(3, garbage, sizeof(garbage)) < 0)
			_exit(1);
}

__attribute__((noreturn)) static int close_pipe(PARAMETERS)
{
	UNUSED;
	close(3);
	for (;;)
		pause();
}

__attribute__((noreturn)) static int loop(PARAMETERS)
{
	UNUSED;
	for (volatile unsigned i = 0;; i++)
		;
}

__attribute__((noreturn)) static int hang(PARAMETERS)
{
	UNUSED;
	for (;;)
		pause();
}

static int no_memory(PARAMETERS)
{
	UNUSED;
	return -ENOMEM;
}

#ifndef __SANITIZE_ADDRESS__ /* address space is no measure then */
static int allocate(PARAMETERS)
{
	UNUSED;
	for (;;) {
		char *p = malloc(1 << 20);

		if (!p)
			return -ENOMEM;
		memset(p, 1, 1 << 20);
		__asm__ volatile("" : : "r"(p) : "memory");
	}
}
#endif

#define LOOKUP "the look-up of its symbols "

static const struct {
	lookup_symbols_fn *wrong;
	const char *why;
	struct lookup_options options;
} cases[] = {
	{crash, LOOKUP "was ended by signal 11", {}},
	{crash_later, LOOKUP "was ended by signal 6", {}},
	{leave, LOOKUP "ended early, with status 3", {}},
	{leave_well, LOOKUP "ended early, with status 0", {}},
	{answer_half, LOOKUP "gave answers that cannot be", {}},
	{answer_twice, LOOKUP "gave answers that cannot be", {}},
	{answer_beyond, LOOKUP "gave answers that cannot be", {}},
	{write_garbage, LOOKUP "gave answers that cannot be", {}},
	{close_pipe, LOOKUP "was ended by signal 9", {}},
	{loop, LOOKUP "does not end", {.seconds = 1}},
	{no_memory, LOOKUP "ran out of memory", {}},
#ifndef __SANITIZE_ADDRESS__
	{allocate, LOOKUP "ran out of memory", {.memory = 64 << 20}},
#endif
};

/* The others have their names, and there is one warning, in its place. */
START_TEST(test_wrong)
{
	struct lookup_options o = cases[_i].options;
	const char *before =
		cases[_i].wrong == crash_later ? "<module3: before>\n" : "";
	char wanted[1024];

	wrong = cases[_i].wrong;
	o.find = answer_others;
	for (o.jobs = 1; o.jobs <= 4; o.jobs += 3) {
		struct heard h = look_up(&o, 0);
		char *from = strstr(h.text, "module3: the look-up");
		char *to = from ? strstr(from, ">\n") : NULL;

		ck_assert_msg(to, "%s", h.text);
		ck_assert_msg(strstr(from, cases[_i].why) < to &&
				      strstr(from, cases[_i].why),
			      "%s", h.text);
		memmove(from, to, strlen(to) + 1);
		snprintf(wanted, sizeof(wanted),
			 "0: 150 150\n1: 300 600\n<module2: a warning>\n"
			 "2: 450 1350\n%s<>\n3: 0 0\n4: 0 0\n5: 900 5400\n",
			 before);
		ck_assert_str_eq(h.text, wanted);
	}
}
END_TEST

START_TEST(test_hang)
{
	struct lookup_options o = {.find = hang, .jobs = 8, .patience_ms = 200};
	struct heard h = look_up(&o, 0);
	size_t n = 0;

	for (const char *s = h.text; (s = strstr(s, "symbols hangs;")); s++)
		n++;
	ck_assert_msg(n == 5, "%s", h.text);
}
END_TEST

/* They are killed; what is not done has no names, and no warning. */
START_TEST(test_stop)
{
	struct lookup_options o = {.find = hang, .jobs = 2};
	struct heard h = look_up(&o, 3);

	ck_assert_str_eq(h.text,
			 "0: 0 0\n1: 0 0\n2: 0 0\n3: 0 0\n4: 0 0\n5: 0 0\n");
	ck_assert_uint_eq(h.questions, 3);
}
END_TEST

START_TEST(test_stopped_before)
{
	struct lookup_options o = {.find = answer, .jobs = 2};

	ck_assert_str_eq(look_up(&o, 1).text, GOOD);
}
END_TEST

/* No descriptors, so no pipe: it is done here. */
START_TEST(test_no_process)
{
	struct lookup_options o = {.find = answer};
	struct heard h = {0};
	struct rlimit before, none;

	o.symbols.warn = hear_warning;
	o.symbols.arg = &h;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(
		lookup_modules(modules, MODULES, &o, NULL, hear_module, &h), 0);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_str_eq(h.text, GOOD);
}
END_TEST

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	handled += signal == SIGUSR1;
}

/* Handlers of the parent are not for the child, nor what it has blocked. */
static int check_state(PARAMETERS)
{
	sigset_t blocked;
	struct rlimit core;
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	getrlimit(RLIMIT_CORE, &core);
	sigaction(SIGUSR1, NULL, &action);
	if (!sigisemptyset(&blocked) || core.rlim_cur != 0 ||
	    action.sa_handler != SIG_DFL)
		_exit(1);
	sigaction(SIGINT, NULL, &action);
	if (action.sa_handler != SIG_IGN)
		_exit(2);
	sigaction(SIGHUP, NULL, &action);
	if (action.sa_handler != SIG_IGN)
		_exit(3);
	if (fcntl(4, F_GETFD) >= 0 || fcntl(100, F_GETFD) >= 0)
		_exit(4);
	return answer(module, v, n, options, fn, arg);
}

START_TEST(test_child_state)
{
	struct lookup_options o = {.find = check_state, .jobs = 3};
	sigset_t usr2, blocked;

	signal(SIGUSR1, handle);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	ck_assert_int_eq(dup2(2, 100), 100);
	ck_assert_str_eq(look_up(&o, 0).text, GOOD);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	ck_assert_int_eq(sigismember(&blocked, SIGUSR2), 1);
	ck_assert_int_eq(sigismember(&blocked, SIGUSR1), 0);
	raise(SIGUSR1);
	ck_assert_int_eq(handled, 1);
}
END_TEST

static volatile sig_atomic_t stolen;

static void reap_all(int signal)
{
	(void)signal;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		stolen++;
}

/* A program that reaps whatever ends, or has the kernel do it. */
START_TEST(test_reaped_by_others)
{
	struct lookup_options o = {.find = answer, .jobs = 2};

	signal(SIGCHLD, _i ? reap_all : SIG_IGN);
	ck_assert_str_eq(look_up(&o, 0).text, GOOD);
	wrong = crash;
	o.find = answer_others;
	ck_assert_ptr_nonnull(strstr(look_up(&o, 0).text, "<module3: the "));
}
END_TEST

/* A child of the program's own is left to it. */
START_TEST(test_other_children)
{
	struct lookup_options o = {.find = answer, .jobs = 2};
	struct heard h = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(9);
	o.symbols.warn = hear_warning;
	o.symbols.arg = &h;
	ck_assert_int_eq(
		lookup_modules(modules, MODULES, &o, NULL, hear_module, &h), 0);
	ck_assert_str_eq(h.text, GOOD);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 9);
}
END_TEST

/* As the file becomes known to be larger, it may have more. */
static int ask_for_more(PARAMETERS)
{
	struct rlimit before, after;

	getrlimit(RLIMIT_AS, &before);
	options->opened(options->arg, 100 << 20);
	getrlimit(RLIMIT_AS, &after);
#ifndef __SANITIZE_ADDRESS__
	if (before.rlim_cur == RLIM_INFINITY ||
	    after.rlim_cur < before.rlim_cur + (100 << 20))
		_exit(1);
#endif
	getrlimit(RLIMIT_CPU, &before);
	options->opened(options->arg, 200 << 20);
	getrlimit(RLIMIT_CPU, &after);
	if (after.rlim_cur <= before.rlim_cur)
		_exit(2);
	options->opened(options->arg, UINT64_MAX);
	return answer(module, v, n, options, fn, arg);
}

START_TEST(test_limits)
{
	struct lookup_options o = {.find = ask_for_more};

	ck_assert_str_eq(look_up(&o, 0).text, GOOD);
}
END_TEST

START_TEST(test_nothing)
{
	struct lookup_options o = {0};
	struct heard h = {0};

	ck_assert_int_eq(lookup_modules(NULL, 0, &o, NULL, hear_module, &h), 0);
	ck_assert_str_eq(h.text, "");
}
END_TEST

Suite *lookup_suite(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tests = tcase_create("lookup");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_loop_test(tests, test_jobs, 0, 6);
	tcase_add_loop_test(tests, test_wrong, 0, ARRAY_SIZE(cases));
	tcase_add_test(tests, test_hang);
	tcase_add_test(tests, test_stop);
	tcase_add_test(tests, test_stopped_before);
	tcase_add_test(tests, test_no_process);
	tcase_add_test(tests, test_child_state);
	tcase_add_loop_test(tests, test_reaped_by_others, 0, 2);
	tcase_add_test(tests, test_other_children);
	tcase_add_test(tests, test_limits);
	tcase_add_test(tests, test_nothing);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
