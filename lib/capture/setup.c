/* SPDX-License-Identifier: MIT */

#include "setup.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

#include "log.h"
#include "message.h"
#include "modules.h"
#include "options.h"
#include "preload.h"
#include "sys.h"
#include "threads.h"

#define ARGUMENTS_MAX 4096u

/* Set by the loader: argc, argv, NULL, environment, NULL. */
extern void *__libc_stack_end;

static int argument_count(void)
{
	return *(int *)__libc_stack_end;
}

static char **arguments(void)
{
	return (char **)__libc_stack_end + 1;
}

static char **environment(void)
{
	return arguments() + argument_count() + 1;
}

/* The value if @variable is @name=value, else NULL. */
static char *value_of(char *variable, const char *name)
{
	size_t n = strlen(name);

	return strncmp(variable, name, n) == 0 && variable[n] == '='
		       ? variable + n + 1
		       : NULL;
}

static const char *get(const char *name)
{
	for (char **e = environment(); *e != NULL; e++) {
		char *value = value_of(*e, name);

		if (value != NULL)
			return value[0] != '\0' ? value : NULL;
	}
	return NULL;
}

static bool is_ours(const char *entry, size_t n)
{
	static const char name[] = "libheapprof-preload.so";

	return n >= sizeof(name) - 1 && memcmp(entry + n - (sizeof(name) - 1),
					       name, sizeof(name) - 1) == 0;
}

/* Takes our entry out of @list, in place; what is left keeps its order. */
static void clean_preload(char *list)
{
	char *out = list;

	for (char *p = list; *p != '\0';) {
		size_t n = strcspn(p, ": ");
		char separator = p[n];

		if (!is_ours(p, n)) {
			memmove(out, p, n);
			out += n;
			if (separator != '\0')
				*out++ = separator;
		}
		p += n + (separator != '\0');
	}
	while (out > list && (out[-1] == ':' || out[-1] == ' '))
		out--;
	*out = '\0';
}

/* Not to be seen by the programs that this one executes? */
static bool is_private(char *variable)
{
	char *list = value_of(variable, "LD_PRELOAD");

	if (list != NULL) {
		clean_preload(list);
		return *list == '\0';
	}
	return strncmp(variable, "HEAPPROF_", 9) == 0;
}

static void clean_environment(void)
{
	char **out = environment();

	for (char **e = out; *e != NULL; e++)
		if (!is_private(*e))
			*out++ = *e;
	*out = NULL;
}

static uint64_t draw_seed(void)
{
	uint64_t seed = 0;

	syscall(SYS_getrandom, &seed, sizeof(seed), 0);
	return seed != 0 ? seed : sys_now_ns();
}

static bool parse_numbers(struct setup *s)
{
	const char *depth = get(OPTIONS_DEPTH), *seed = get(OPTIONS_SEED);
	const char *max_size = get(OPTIONS_MAX_SIZE);
	uint64_t n = s->depth;

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
	const char *spec = get(OPTIONS_SAMPLE);
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
	names.program = argument_count() > 0 ? base_name(arguments()[0]) : "";
	if (pattern[0] != '/')
		n = current_directory(s->base, sizeof(s->base));
	return options_expand(pattern, &names, s->base + n,
			      sizeof(s->base) - n - 4);
}

static bool read_base(struct setup *s)
{
	const char *pattern = get(OPTIONS_OUTPUT);

	if (pattern == NULL)
		pattern = OPTIONS_DEFAULT_OUTPUT;
	if (setup_make_base(s, pattern) == 0)
		return true;
	message_say("heapprof: " OPTIONS_OUTPUT, pattern,
		    "is too long or has an unknown % sequence; not recorded",
		    NULL);
	return false;
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

/* Preloaded, or only linked with a program that will say when to start? */
static bool is_preloaded(void)
{
	const char *list = get("LD_PRELOAD");

	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ": ");

		if (is_ours(p, n))
			return true;
		p += n + (p[n] != '\0');
	}
	return get(OPTIONS_OUTPUT) != NULL;
}

/* Where the table goes; made absolute, it may be opened after a chdir(). */
static bool read_stats(struct setup *s)
{
	const char *file = get(OPTIONS_STATS);
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

static enum setup_mode read_mode(void)
{
	if (getauxval(AT_SECURE) != 0)
		return SETUP_OFF;
	if (!is_preloaded() || get(OPTIONS_WAIT) != NULL)
		return SETUP_DORMANT;
	return get(OPTIONS_STATS) != NULL ? SETUP_STATS : SETUP_RECORD;
}

void setup_default(struct setup *s)
{
	s->header.pid = (uint32_t)syscall(SYS_getpid);
	s->header.parent_pid = (uint32_t)syscall(SYS_getppid);
	s->header.page_size = (uint32_t)getauxval(AT_PAGESZ);
	s->depth = s->header.depth = OPTIONS_DEFAULT_DEPTH;
	s->seed = draw_seed();
	s->max_size = UINT64_MAX;
	remember_stderr(s);
}

enum setup_mode setup_read(struct setup *s)
{
	enum setup_mode mode = read_mode();
	bool good;

	setup_default(s);
	s->quiet = get(OPTIONS_QUIET) != NULL;
	good = parse_numbers(s) && parse_sampling(s) && read_base(s) &&
	       read_stats(s);
	clean_environment();
	return good ? mode : SETUP_OFF;
}

int setup_open_log(const struct setup *s, const char **file)
{
	static const char *strings[3 + ARGUMENTS_MAX];
	static char directory[PATH_MAX];
	struct utsname host;
	uint64_t profile = draw_seed();
	struct log_options o = {.base = s->base,
				.max_size = s->max_size,
				.profile = (uint8_t *)&profile,
				.header = s->header,
				.strings = strings,
				.nr_strings = 3};

	if (syscall(SYS_getcwd, directory, sizeof(directory)) < 0)
		directory[0] = '\0';
	strings[0] = modules_program();
	strings[1] = directory;
	strings[2] = uname(&host) == 0 ? host.nodename : "";
	for (int i = 0; i < argument_count() && i < (int)ARGUMENTS_MAX; i++)
		strings[o.nr_strings++] = arguments()[i];
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
	uint64_t lost =
		state->lost[HPM_LOST_NESTED] + state->lost[HPM_LOST_MEMORY];

	threads_count(&sum);
	if (sum.seen == 0 && state->foreign_malloc) {
		message_say("heapprof", modules_program(),
			    "nothing was seen: the program has a malloc of its "
			    "own; link it without, or against the shared "
			    "library of its allocator",
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

void setup_say_goodbye(const struct setup *s)
{
	int fd = s->quiet ? -1 : open_stderr(s);

	if (fd < 0)
		return;
	message_to(fd);
	say_goodbye(s);
	close_stderr(fd);
}

bool setup_is_this_process(uint32_t pid)
{
	return (uint32_t)syscall(SYS_getpid) == pid;
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
