/* SPDX-License-Identifier: MIT */

#include "executable.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "base.h"

#include "sys.h"

#define LINE_SIZE 256 /* bytes of a script that the kernel looks at */
#define LEVELS_MAX 5  /* scripts whose interpreter is a script */
#define FILE_MAX 512  /* of $PATH; longer ones are not asked about */

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static ssize_t read_at(int fd, void *out, size_t n, uint64_t at)
{
	return syscall(SYS_pread64, fd, out, n, at);
}

/* Does the kernel heed set-uid bits and capabilities of this file at all? */
static bool gives_privileges(int fd)
{
	struct statfs fs;

	if (syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	return fd < 0 || syscall(SYS_fstatfs, fd, &fs) != 0 ||
	       (fs.f_flags & ST_NOSUID) == 0;
}

static bool is_privileged(const struct stat *st, int fd)
{
	uid_t uid = (uid_t)syscall(SYS_getuid);

	if (!((st->st_mode & S_ISUID) && st->st_uid != uid) &&
	    !((st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP) &&
	      st->st_gid != (gid_t)syscall(SYS_getgid)) &&
	    !(uid != 0 && fd >= 0 &&
	      syscall(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0))
		return false;
	return gives_privileges(fd);
}

static bool is_of_glibc(int fd, const ElfW(Phdr) * p)
{
	char loader[LINE_SIZE];
	const char *name;
	ssize_t n = read_at(fd, loader, MIN(p->p_filesz, sizeof(loader) - 1),
			    p->p_offset);

	if (n <= 0)
		return true;
	loader[n] = '\0';
	name = strrchr(loader, '/');
	name = name != NULL ? name + 1 : loader;
	return strncmp(name, "ld-linux", 8) == 0 ||
	       strncmp(name, "ld64.so", 7) == 0 ||
	       strncmp(name, "ld.so", 5) == 0;
}

/* Its architecture and its loader are ours, or it has none. */
static bool can_load(int fd)
{
	ElfW(Ehdr) e;
	ElfW(Phdr) p;

	if (read_at(fd, &e, sizeof(e), 0) != (ssize_t)sizeof(e) ||
	    memcmp(e.e_ident, ELFMAG, SELFMAG) != 0)
		return true;
	if (e.e_machine != __ehdr_start.e_machine ||
	    memcmp(e.e_ident, __ehdr_start.e_ident, EI_VERSION) != 0)
		return false;
	for (unsigned i = 0; i < e.e_phnum && e.e_phentsize == sizeof(p); i++) {
		if (read_at(fd, &p, sizeof(p), e.e_phoff + i * sizeof(p)) !=
		    (ssize_t)sizeof(p))
			break;
		if (p.p_type == PT_INTERP)
			return is_of_glibc(fd, &p);
	}
	return true;
}

/* Cuts the interpreter out of the first @n bytes of a script; NULL: none. */
static const char *find_interpreter(char *line, ssize_t n)
{
	char *p = line + 2;

	if (n < 3 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[n] = '\0';
	p += strspn(p, " \t");
	p[strcspn(p, " \t\r\n")] = '\0';
	return *p != '\0' ? p : NULL;
}

static int open_file(int dir, const char *path, int flags)
{
	if (*path == '\0' && (flags & AT_EMPTY_PATH))
		return (int)syscall(SYS_fcntl, dir, F_DUPFD_CLOEXEC, 3);
	return (int)syscall(SYS_openat, dir, path,
			    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* @line has its beginning, @n bytes of it, where it may be a script. */
static enum executable check_file(int dir, const char *path, int flags,
				  char *line, ssize_t *n)
{
	enum executable kind = EXECUTABLE_FITS;
	struct stat st;
	int fd;

	*n = 0;
	if (!sys_may())
		return EXECUTABLE_FITS;
	if (syscall(SYS_newfstatat, dir, path, &st, flags & AT_EMPTY_PATH) ||
	    !S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return EXECUTABLE_MISSING;
	/* One that may be executed, but not read, can still be privileged. */
	fd = open_file(dir, path, flags);
	if (is_privileged(&st, fd))
		kind = EXECUTABLE_PRIVILEGED;
	else if (fd >= 0 && !can_load(fd))
		kind = EXECUTABLE_FOREIGN;
	else if (fd >= 0)
		*n = read_at(fd, line, LINE_SIZE - 1, 0);
	if (fd >= 0)
		sys_close(fd);
	return kind;
}

enum executable executable_check(int dir, const char *path, int flags)
{
	char line[LINE_SIZE], interpreter[LINE_SIZE];

	for (int level = 0; path != NULL && level < LEVELS_MAX; level++) {
		ssize_t n;
		enum executable kind = check_file(dir, path, flags, line, &n);

		if (kind != EXECUTABLE_FITS)
			return kind;
		path = find_interpreter(line, n);
		if (path != NULL)
			path = strcpy(interpreter, path);
		dir = AT_FDCWD;
		flags = 0;
	}
	return EXECUTABLE_FITS;
}

static bool is_program(const char *path)
{
	struct stat st;

	return sys_may() &&
	       syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0 &&
	       S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

enum executable executable_find(const char *name)
{
	const char *path = getenv("PATH");
	size_t length = strlen(name);
	char file[FILE_MAX];

	if (strchr(name, '/') != NULL)
		return executable_check(AT_FDCWD, name, 0);
	if (path == NULL)
		path = "/bin:/usr/bin";
	for (const char *p = path; p != NULL;) {
		size_t n = strcspn(p, ":");

		if (n + length + 2 <= sizeof(file)) {
			memcpy(file, p, n);
			file[n] = '/';
			/* An empty one is the directory that we are in. */
			memcpy(file + n + (n > 0), name, length + 1);
			if (is_program(file))
				return executable_check(AT_FDCWD, file, 0);
		}
		p = p[n] == ':' ? p + n + 1 : NULL;
	}
	return sys_may() ? EXECUTABLE_MISSING : EXECUTABLE_FITS;
}
