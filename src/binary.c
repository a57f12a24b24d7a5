/* SPDX-License-Identifier: MIT */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "binary.h"
#include "cli.h"
#include "sanitizer.h"

/* What both classes of ELF header begin with. */
struct head {
	unsigned char ident[EI_NIDENT];
	uint16_t type;
	uint16_t machine;
};

static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{EM_386, "i386"},	 {EM_X86_64, "x86-64"}, {EM_ARM, "arm"},
	{EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},	{EM_PPC, "powerpc"},
	{EM_PPC64, "powerpc64"}, {EM_S390, "s390"},	{EM_MIPS, "mips"},
};

static const char *machine_name(const struct head *h)
{
	static char other[32];

	if (h->machine == EM_X86_64 && h->ident[EI_CLASS] == ELFCLASS32)
		return "x32";
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == h->machine)
			return machines[i].name;
	snprintf(other, sizeof(other), "machine %u", h->machine);
	return other;
}

/* Our own file says which class, byte order and machine preload can be. */
static bool same_architecture(const struct head *h, struct head *own)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 &&
		     pread(fd, own, sizeof(*own), 0) == (ssize_t)sizeof(*own);

	if (fd >= 0)
		close(fd);
	if (!known)
		return true;
	return h->machine == own->machine &&
	       h->ident[EI_CLASS] == own->ident[EI_CLASS] &&
	       h->ident[EI_DATA] == own->ident[EI_DATA];
}

static void check_head(const char *path, int fd)
{
	struct head h, own;

	if (pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    memcmp(h.ident, ELFMAG, SELFMAG) != 0)
		cli_die(CLI_NOT_EXECUTABLE,
			"%s: neither an ELF program nor a script with a #! "
			"line; name its interpreter, as in heapprof-run sh %s",
			path, path);
	if (!same_architecture(&h, &own)) {
		char theirs[32];

		snprintf(theirs, sizeof(theirs), "%s", machine_name(&h));
		cli_die(CLI_OWN,
			"%s: built for %s, but this heapprof for %s; use a "
			"heapprof built for %s",
			path, theirs, machine_name(&own), theirs);
	}
	if (h.type != ET_EXEC && h.type != ET_DYN)
		cli_die(CLI_NOT_EXECUTABLE,
			"%s: an object or core file, not a program; link it",
			path);
}

/* Reads the path of the loader.  False: there is none. */
static bool read_interpreter(int fd, char *out, size_t size)
{
	ElfW(Ehdr) e;
	ElfW(Phdr) p;

	if (pread(fd, &e, sizeof(e), 0) != (ssize_t)sizeof(e) ||
	    e.e_phentsize != sizeof(p) || e.e_phoff > INT64_MAX / 2)
		return false;
	for (unsigned i = 0; i < e.e_phnum; i++) {
		off_t at = (off_t)(e.e_phoff + i * sizeof(p));
		ssize_t n;

		if (pread(fd, &p, sizeof(p), at) != (ssize_t)sizeof(p))
			return false;
		if (p.p_type != PT_INTERP)
			continue;
		if (p.p_filesz >= size || p.p_offset > INT64_MAX)
			return false;
		n = pread(fd, out, p.p_filesz, (off_t)p.p_offset);
		out[MAX(n, 0)] = '\0';
		return n > 0;
	}
	return false;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* It has no loader either. */
static void check_no_loader(const char *path)
{
	if (strncmp(name_of(path), "ld-linux", strlen("ld-linux")) == 0)
		cli_die(CLI_OWN,
			"%s: the loader itself; give the program that it is to "
			"start",
			path);
	cli_die(CLI_OWN,
		"%s: statically linked, so nothing can be preloaded "
		"into it; link it dynamically, without -static",
		path);
}

static void check_loader(const char *path, int fd)
{
	static const char *const others[] = {"musl", "uClibc", "linker"};
	char loader[PATH_MAX];
	const char *name;

	if (!read_interpreter(fd, loader, sizeof(loader)))
		check_no_loader(path);
	name = name_of(loader);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strstr(name, others[i]) != NULL)
			cli_die(CLI_OWN,
				"%s: made for another C library (%s), but "
				"heapprof needs glibc; build it for glibc",
				path, loader);
	if (access(loader, F_OK) != 0)
		cli_die(CLI_NOT_FOUND,
			"%s: its loader %s: %s; install the C library that it "
			"was built for",
			path, loader, strerror(errno));
}

/* Does the kernel heed set-uid bits and capabilities of this file at all? */
static bool gives_privileges(int fd)
{
	struct statvfs fs;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	return fstatvfs(fd, &fs) != 0 || (fs.f_flag & ST_NOSUID) == 0;
}

static void check_privileges(const char *path, int fd)
{
	struct stat st;
	const char *bit = NULL;

	if (!gives_privileges(fd) || fstat(fd, &st) != 0)
		return;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		bit = "set-user-ID of another user";
	else if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) &&
		 st.st_gid != getgid())
		bit = "set-group-ID of another group";
	else if (getuid() != 0 &&
		 fgetxattr(fd, "security.capability", NULL, 0) > 0)
		bit = "it has file capabilities";
	if (bit != NULL)
		cli_die(CLI_OWN,
			"%s: %s, so the loader preloads nothing into it; "
			"profile a plain copy of it, made with cp",
			path, bit);
}

static void check_sanitizer(const char *path, int fd)
{
	if (sanitizer_is_in(fd))
		cli_die(CLI_OWN,
			"%s: built with a sanitizer that has a malloc of its "
			"own; build it without -fsanitize=address, leak, "
			"thread or memory",
			path);
}

void binary_check(const char *path, int fd)
{
	check_head(path, fd);
	check_loader(path, fd);
	check_privileges(path, fd);
	check_sanitizer(path, fd);
}
