/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "truth.h"

/*
 * churning ROUNDS [RESTRICTION]: each round allocates and frees 100,000 blocks,
 * ten live at a time, about a megabyte of log; then says "round N" and waits
 * for a line on standard input, until that ends.  After the first round it
 * deprives itself of what RESTRICTION says; 77 if it cannot.  Prints the truth.
 */

#define BLOCKS 100000
#define LIVE 10

static struct truth truth;
static int strict;

static void churn(void)
{
	void *blocks[LIVE] = {0};
	size_t sizes[LIVE] = {0};

	for (int i = 0; i < BLOCKS + LIVE; i++) {
		int n = i % LIVE;

		free(blocks[n]);
		if (blocks[n])
			truth_free(&truth, sizes[n]);
		blocks[n] = NULL;
		if (i >= BLOCKS)
			continue;
		sizes[n] = 1 + (size_t)i * 7 % 2000;
		blocks[n] = malloc(sizes[n]);
		truth_alloc(&truth, sizes[n]);
	}
}

static void wait_for_line(void)
{
	char c = 0;

	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		;
}

/* Only what malloc(), write() and exit() need themselves; @else_do of others.
 */
static int filter(unsigned else_do, int by_syscall)
{
#define ALLOW(name)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                 \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		ALLOW(read),
		ALLOW(write),
		ALLOW(brk),
		ALLOW(mmap),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(madvise),
		ALLOW(futex),
		ALLOW(exit),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, else_do),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	if (by_syscall)
		return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				    &program);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int forbid_deadly(void)
{
	return filter(SECCOMP_RET_KILL_PROCESS, 0);
}

static int forbid_by_syscall(void)
{
	return filter(SECCOMP_RET_KILL_PROCESS, 1);
}

static int forbid(void)
{
	return filter(SECCOMP_RET_ERRNO | EPERM, 0);
}

static int forbid_all(void)
{
	strict = 1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
}

static int drop_root(void)
{
	return setgroups(0, NULL) || setgid(65534) || setuid(65534);
}

static int change_root(void)
{
	return chroot("/usr/share") || chdir("/");
}

/* As daemons do. */
static int close_all(void)
{
	closefrom(3);
	return 0;
}

static int limit(int resource, rlim_t n)
{
	struct rlimit limit = {n, n};

	return setrlimit(resource, &limit);
}

static int limit_files(void)
{
	return limit(RLIMIT_FSIZE, 2 << 20);
}

static int limit_descriptors(void)
{
	return limit(RLIMIT_NOFILE, 3);
}

/* What is mapped now is more: nothing can be added. */
static int limit_memory(void)
{
	return limit(RLIMIT_AS, 1 << 20);
}

static const struct {
	const char *name;
	int (*apply)(void);
} restrictions[] = {
	{"seccomp-kill", forbid_deadly}, {"seccomp-syscall", forbid_by_syscall},
	{"seccomp-errno", forbid},	 {"seccomp-strict", forbid_all},
	{"setuid", drop_root},		 {"chroot", change_root},
	{"closefrom", close_all},	 {"fsize", limit_files},
	{"nofile", limit_descriptors},	 {"as", limit_memory},
};

static void restrict_to(const char *name)
{
	size_t i = 0;

	while (strcmp(restrictions[i].name, name) != 0)
		i++;
	if (restrictions[i].apply() == 0)
		return;
	perror(name);
	_exit(77);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	char line[32];

	alarm(100);
	for (int i = 1; i <= rounds; i++) {
		churn();
		snprintf(line, sizeof(line), "round %d\n", i);
		say(line);
		wait_for_line();
		if (i == 1 && argc > 2)
			restrict_to(argv[2]);
	}
	truth_print(&truth);
	if (strict)
		syscall(SYS_exit, 0); /* and not exit_group() */
	return 0;
}
