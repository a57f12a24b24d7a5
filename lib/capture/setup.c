/* SPDX-License-Identifier: MIT */

#include "setup.h"

#include <assert.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

#include "environment.h"
#include "follow.h"
#include "ldpreload.h"
#include "log.h"
#include "message.h"
#include "modules.h"
#include "options.h"
#include "sys.h"
#include "threads.h"

#define ARGUMENTS_MAX 4096u
#define IMAGES_MAX 9999u /* programs of one pid, one after the other */

static uint64_t draw_seed(void)
{
	uint64_t seed = 0;

	syscall(SYS_getrandom, &seed, sizeof(seed), 0);
	return seed != 0 ? seed : sys_now_ns();
}

static bool parse_numbers(struct setup *s)
{
	const char *depth = environment_get(OPTIONS_DEPTH),
		   *seed = environment_get(OPTIONS_SEED);
	const char *max_size = environment_get(OPTIONS_MAX_SIZE);
	uint64_t n = s->depth;

	static_assert(OPTIONS_DEPTH_MAX <= HPM_DEPTH_MAX,
		      "what is recorded can be read");

	if (depth != NULL && (options_parse_size(depth, &n) != 0 || n == 0 ||
			      n > OPTIONS_DEPTH_MAX)) {
		message_say("heapprof: " OPTIONS_DEPTH, depth,
			    "is not a number of frames; not recorded", NULL);
		return false;
	}
	s->depth = s->header.depth = (uint32_t)n;
	if (max_size != NULL && options_parse_size(max_size, &s->max_size)) {
		message_say("heapprof: " OPTIONS_MAX_SIZE, max_size,
			    "is not a size; not recorded", NULL);
		return false;
	}
	if (seed != NULL && options_parse_size(seed, &s->header.seed) != 0) {
		message_say("heapprof: " OPTIONS_SEED, seed,
			    "is not a number; not recorded", NULL);
		return false;
	}
	if (s->header.seed != 0)
		s->seed = s->header.seed;
	return true;
}

static bool parse_sampling(struct setup *s)
{
	const char *spec = environment_get(OPTIONS_SAMPLE);
	char why[160];

	if (options_parse_sample(spec ? spec : OPTIONS_DEFAULT_SAMPLE,
				 &s->header, why, sizeof(why)) == 0)
		return true;
	message_say("heapprof: " OPTIONS_SAMPLE, why, "not recorded", NULL);
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Writes it with a slash behind it; returns its length. */
static size_t current_directory(char *out, size_t size)
{
	long got = syscall(SYS_getcwd, out, size - 1);
	size_t n = got > 1 ? (size_t)got - 1 : 0;

	/* Of the root it has the slash already. */
	if (n == 0 || out[n - 1] != '/')
		out[n++] = '/';
	return n;
}

/* Absolute, since the program may change its directory. */
int setup_make_base(struct setup *s, const char *pattern)
{
	struct options_names names = {.pid = s->header.pid};
	struct utsname host;
	struct timespec now;
	size_t n = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	names.time_s = (uint64_t)now.tv_sec;
	names.host = uname(&host) == 0 ? host.nodename : "";
	names.program =
		environment_argc() > 0 ? base_name(environment_argv()[0]) : "";
	if (pattern[0] != '/')
		n = current_directory(s->base, sizeof(s->base));
	int error;
	error = options_expand(pattern, &names, s->base + n,
			       sizeof(s->base) - n - 4);
	s->base_length = strlen(s->base);
	return error;
}

static bool read_base(struct setup *s)
{
	const char *pattern = environment_get(OPTIONS_OUTPUT);

	if (pattern == NULL)
		pattern = OPTIONS_DEFAULT_OUTPUT;
	if (setup_make_base(s, pattern) == 0)
		return true;
	message_say("heapprof: " OPTIONS_OUTPUT, pattern,
		    "is too long or has an unknown % sequence; not recorded",
		    NULL);
	return false;
}

/* Writes ".N" at @p; returns its end. */
static char *append_number(char *p, uint32_t n)
{
	char digits[16];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	*p++ = '.';
	memcpy(p, digits + at, sizeof(digits) - at);
	return p + sizeof(digits) - at;
}

/*
 * The name of a child's files; the second program that one process executes in
 * its place gets ".2" behind that, and so on.  False: there is none left.
 */
static bool name_by_pid(struct setup *s)
{
	char *end = s->base + s->base_length;
	size_t room = sizeof(s->base) - 4 - s->base_length;
	struct stat st;

	for (uint32_t n = 1; n <= IMAGES_MAX && room > 32; n++) {
		char *p = append_number(end, s->header.pid);

		if (n > 1)
			p = append_number(p, n);
		memcpy(p, ".hpm", 5);
		if (syscall(SYS_newfstatat, AT_FDCWD, s->base, &st,
			    AT_SYMLINK_NOFOLLOW) != 0) {
			*p = '\0';
			return true;
		}
	}
	return false;
}

/* If all drew the same, their errors would not cancel but add up. */
static void draw_of_its_own(struct setup *s)
{
	s->seed = s->header.seed != 0
			  ? s->header.seed + s->header.pid * 0x9e3779b97f4a7c15u
			  : draw_seed();
}

/* False: this is a child that cannot be given a name. */
static bool follow_parent(struct setup *s)
{
	const char *from = environment_get(OPTIONS_CHILDREN);

	s->children = from != NULL;
	if (from == NULL ||
	    !follow_parse(from, &s->header.parent_pid, &s->parent))
		return true;
	s->origin = HPM_EXECUTED;
	s->quiet = true;
	draw_of_its_own(s);
	return name_by_pid(s);
}

static void tell_output(const struct setup *s)
{
	static char pattern[2 * PATH_MAX];
	char *p = pattern;

	/* It is expanded already. */
	for (size_t i = 0; i < s->base_length; i++) {
		*p++ = s->base[i];
		if (s->base[i] == '%')
			*p++ = '%';
	}
	environment_set(follow_add(OPTIONS_OUTPUT, pattern));
}

static void tell_children(const struct setup *s)
{
	static const char *const same[] = {OPTIONS_SAMPLE, OPTIONS_SEED,
					   OPTIONS_DEPTH,  OPTIONS_MAX_SIZE,
					   OPTIONS_WAIT,   OPTIONS_QUIET};
	const char *library = NULL;

	ldpreload_has(environment_get("LD_PRELOAD"), &library);
	follow_begin(library);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		if (environment_get(same[i]) != NULL)
			follow_add(same[i], environment_get(same[i]));
	tell_output(s);
	follow_name(s->header.pid, s->profile);
	environment_set(follow_variable());
}

bool setup_follow(struct setup *s)
{
	s->quiet = true;
	s->header.parent_pid = s->header.pid;
	s->header.pid = (uint32_t)syscall(SYS_getpid);
	s->parent = s->profile;
	s->profile = draw_seed();
	s->origin = HPM_FORKED;
	draw_of_its_own(s);
	follow_name(s->header.pid, s->profile);
	return name_by_pid(s);
}

static void remember_stderr(struct setup *s)
{
	struct stat st;

	if (sys_fstat(STDERR_FILENO, &st) != 0)
		return;
	s->error_device = st.st_dev;
	s->error_inode = st.st_ino;
	sys_readlink("/proc/self/fd/2", s->error_path,
		     sizeof(s->error_path) - 1);
}

/* Where the table goes; made absolute, it may be opened after a chdir(). */
static bool read_stats(struct setup *s)
{
	const char *file = environment_get(OPTIONS_STATS);
	size_t n = 0;

	if (file == NULL || strcmp(file, "-") == 0)
		return true;
	if (file[0] != '/')
		n = current_directory(s->stats_path, sizeof(s->stats_path));
	if (strlen(file) >= sizeof(s->stats_path) - n) {
		message_say("heapprof: " OPTIONS_STATS, "the name is too long",
			    "not counted", NULL);
		return false;
	}
	memcpy(s->stats_path + n, file, strlen(file) + 1);
	return true;
}

/* Preloaded, or only linked with a program that will say when to start? */
static bool is_wanted(void)
{
	return ldpreload_has(environment_get("LD_PRELOAD"), NULL) ||
	       environment_get(OPTIONS_OUTPUT) != NULL ||
	       environment_get(OPTIONS_STATS) != NULL;
}

static enum setup_mode read_mode(void)
{
	if (getauxval(AT_SECURE) != 0)
		return SETUP_OFF;
	if (!is_wanted() || environment_get(OPTIONS_WAIT) != NULL)
		return SETUP_DORMANT;
	return environment_get(OPTIONS_STATS) != NULL ? SETUP_STATS
						      : SETUP_RECORD;
}

void setup_default(struct setup *s)
{
	s->header.pid = (uint32_t)syscall(SYS_getpid);
	s->header.parent_pid = (uint32_t)syscall(SYS_getppid);
	s->header.page_size = (uint32_t)getauxval(AT_PAGESZ);
	s->depth = s->header.depth = OPTIONS_DEFAULT_DEPTH;
	s->seed = draw_seed();
	s->profile = draw_seed();
	s->max_size = UINT64_MAX;
	remember_stderr(s);
}

enum setup_mode setup_read(struct setup *s)
{
	enum setup_mode mode = read_mode();
	bool good;

	setup_default(s);
	s->quiet = environment_get(OPTIONS_QUIET) != NULL;
	good = parse_numbers(s) && parse_sampling(s) && read_base(s) &&
	       read_stats(s) && follow_parent(s);
	if (!s->children)
		environment_clean();
	else if (good && mode != SETUP_OFF)
		tell_children(s);
	return good ? mode : SETUP_OFF;
}

int setup_open_log(const struct setup *s, const char **file)
{
	static const char *strings[3 + ARGUMENTS_MAX];
	static char directory[PATH_MAX];
	struct utsname host;
	struct log_options o = {.base = s->base,
				.max_size = s->max_size,
				.profile = (const uint8_t *)&s->profile,
				.parent = s->parent,
				.origin = s->origin,
				.header = s->header,
				.strings = strings,
				.nr_strings = 3};

	if (syscall(SYS_getcwd, directory, sizeof(directory)) < 0)
		directory[0] = '\0';
	strings[0] = modules_program();
	strings[1] = directory;
	strings[2] = uname(&host) == 0 ? host.nodename : "";
	for (int i = 0; i < environment_argc() && i < (int)ARGUMENTS_MAX; i++)
		strings[o.nr_strings++] = environment_argv()[i];
	return log_open(&o, file);
}

static bool is_our_stderr(const struct setup *s, int fd)
{
	struct stat st;

	return fd >= 0 && sys_fstat(fd, &st) == 0 &&
	       st.st_dev == s->error_device && st.st_ino == s->error_inode;
}

/*
 * Many a program closes its standard error before it exits, to see whether all
 * was written; others make it a file that is none of our business.  -1: there
 * is no way to the standard error that we started with.
 */
static int open_stderr(const struct setup *s)
{
	int fd;

	if (is_our_stderr(s, STDERR_FILENO))
		return STDERR_FILENO;
	if (s->error_path[0] != '/')
		return -1;
	fd = sys_open(s->error_path, O_WRONLY | O_APPEND | O_NOCTTY, 0);
	if (fd >= 0 && !is_our_stderr(s, fd)) {
		sys_close(fd);
		return -1;
	}
	return fd;
}

static void say_goodbye(const struct setup *s)
{
	const struct hpm_state *state = log_state();
	struct hpm_thread sum;
	uint64_t lost = state->lost[HPM_LOST_NESTED] +
			state->lost[HPM_LOST_MEMORY] +
			state->lost[HPM_LOST_BLOCKED];

	threads_count(&sum);
	if (sum.seen == 0 && state->foreign_malloc) {
		message_say("heapprof", modules_program(),
			    "nothing was seen: the program has a malloc of its "
			    "own; link it without, or against the shared "
			    "library of its allocator",
			    NULL);
		return;
	}
	if (log_full()) {
		message_say("heapprof", s->base,
			    state->end == HPM_SIZE_LIMIT
				    ? "the profile has reached its size limit"
				    : message_error((int)state->error),
			    "recording ended before the program; "
			    "heapprof-report shows what there is",
			    NULL);
		return;
	}
	message_goodbye(s->base, sum.seen, sum.recorded, lost);
}

static void close_stderr(int fd)
{
	if (fd >= 0 && fd != STDERR_FILENO)
		sys_close(fd);
}

static void say_replaced(const struct setup *s)
{
	message_say("heapprof", s->base,
		    "another program takes the place of this one, and is not "
		    "recorded; heapprof-run --children does",
		    NULL);
}

static void say_last(const struct setup *s, void (*say)(const struct setup *s))
{
	int fd = s->quiet ? -1 : open_stderr(s);

	if (fd < 0)
		return;
	message_to(fd);
	say(s);
	close_stderr(fd);
}

void setup_say_goodbye(const struct setup *s)
{
	say_last(s, say_goodbye);
}

void setup_say_replaced(const struct setup *s)
{
	say_last(s, say_replaced);
}

bool setup_is_this_process(uint32_t pid)
{
	return sys_may() && (uint32_t)syscall(SYS_getpid) == pid;
}

void setup_write(const struct setup *s, const char *text, size_t n)
{
	int fd = s->stats_path[0] == '\0'
			 ? open_stderr(s)
			 : sys_open(s->stats_path, O_WRONLY | O_CREAT | O_TRUNC,
				    0666);

	if (fd < 0 || sys_write(fd, text, n) != (ssize_t)n)
		message_say("heapprof", s->stats_path, message_error(errno),
			    "the table is lost", NULL);
	close_stderr(fd);
}
