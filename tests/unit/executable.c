/* SPDX-License-Identifier: MIT */

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "capture/executable.h"

#include "scratch.h"
#include "unit.h"

static struct scratch scratch;

static void setup(void)
{
	scratch_init(&scratch);
}

static void teardown(void)
{
	scratch_fini(&scratch);
}

static void put(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

/* A program with this loader (NULL: none), and nothing in it. */
static void put_program(unsigned char class, uint16_t machine,
			const char *loader)
{
	struct {
		ElfW(Ehdr) e;
		ElfW(Phdr) p[2];
		char loader[300];
	} f = {
		.e = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, class,
				  ELFDATA2LSB, EV_CURRENT},
		      .e_type = ET_DYN,
		      .e_machine = machine,
		      .e_phoff = sizeof(f.e),
		      .e_phentsize = sizeof(f.p[0]),
		      .e_phnum = loader ? 2 : 1},
		.p = {{.p_type = PT_LOAD},
		      {.p_type = PT_INTERP,
		       .p_offset = offsetof(__typeof__(f), loader)}},
	};

	if (loader) {
		strcpy(f.loader, loader);
		f.p[1].p_filesz = strlen(loader) + 1;
	}
	put(scratch.base, &f, sizeof(f));
}

#ifdef __x86_64__
static const struct {
	unsigned char class;
	uint16_t machine;
	const char *loader;
	enum executable wanted;
} programs[] = {
	{ELFCLASS64, EM_X86_64, "/lib64/ld-linux-x86-64.so.2", EXECUTABLE_FITS},
	{ELFCLASS64, EM_X86_64, NULL, EXECUTABLE_FITS},
	{ELFCLASS64, EM_X86_64, "/lib/ld-musl-x86_64.so.1", EXECUTABLE_FOREIGN},
	{ELFCLASS64, EM_X86_64, "ld-linux/ld-musl-x86_64.so.1",
	 EXECUTABLE_FOREIGN},
	{ELFCLASS64, EM_X86_64, "/system/bin/linker64", EXECUTABLE_FOREIGN},
	{ELFCLASS64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1",
	 EXECUTABLE_FOREIGN},
	{ELFCLASS32, EM_X86_64, "/libx32/ld-linux-x32.so.2",
	 EXECUTABLE_FOREIGN},
	{ELFCLASS32, EM_386, "/lib/ld-linux.so.2", EXECUTABLE_FOREIGN},
};

START_TEST(loaders)
{
	char script[400], path[128];
	int n, fd;

	put_program(programs[_i].class, programs[_i].machine,
		    programs[_i].loader);
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 programs[_i].wanted);
	fd = open(scratch.base, O_PATH);
	ck_assert_int_eq(executable_check(fd, "", AT_EMPTY_PATH),
			 EXECUTABLE_FITS);
	close(fd);
	fd = open(scratch.base, O_RDONLY);
	ck_assert_int_eq(executable_check(fd, "", AT_EMPTY_PATH),
			 programs[_i].wanted);
	close(fd);
	/* as the interpreter of a script */
	n = sprintf(script, "#! %s -x\nexit 0\n", scratch.base);
	sprintf(path, "%s/script", scratch.folder);
	put(path, script, (size_t)n);
	ck_assert_int_eq(executable_check(AT_FDCWD, path, 0),
			 programs[_i].wanted);
}
END_TEST

START_TEST(path_is_searched)
{
	char path[256];

	put_program(ELFCLASS32, EM_386, NULL);
	ck_assert_int_eq(executable_find(scratch.base), EXECUTABLE_FOREIGN);
	sprintf(path, "/nowhere:%s:/bin", scratch.folder);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	ck_assert_int_eq(executable_find(strrchr(scratch.base, '/') + 1),
			 EXECUTABLE_FOREIGN);
	ck_assert_int_eq(executable_find("sh"), EXECUTABLE_FITS);
	/* an empty entry is the current directory */
	ck_assert_int_eq(setenv("PATH", "/nowhere:", 1), 0);
	ck_assert_int_eq(chdir(scratch.folder), 0);
	ck_assert_int_eq(executable_find(strrchr(scratch.base, '/') + 1),
			 EXECUTABLE_FOREIGN);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(executable_find(strrchr(scratch.base, '/') + 1),
			 EXECUTABLE_MISSING);
}
END_TEST
#endif

START_TEST(what_gains_privileges)
{
	uid_t other = getuid() ? 0 : 1;

	put(scratch.base, "", 0);
	ck_assert_int_eq(chmod(scratch.base, 04755), 0);
	/* Set-user-ID of oneself is nothing. */
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 EXECUTABLE_FITS);
	/* Only root can give files away. */
	if (chown(scratch.base, other, (gid_t)-1) != 0)
		return;
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 EXECUTABLE_FITS);
	ck_assert_int_eq(chmod(scratch.base, 04755), 0);
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 EXECUTABLE_PRIVILEGED);
	ck_assert_int_eq(chmod(scratch.base, 02755), 0);
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 EXECUTABLE_FITS);
	ck_assert_int_eq(chown(scratch.base, (uid_t)-1, getgid() ? 0 : 1), 0);
	ck_assert_int_eq(chmod(scratch.base, 02755), 0);
	ck_assert_int_eq(executable_check(AT_FDCWD, scratch.base, 0),
			 EXECUTABLE_PRIVILEGED);
}
END_TEST

START_TEST(what_is_not_there_or_no_program)
{
	char self[128], script[200];
	int n;

	ck_assert_int_eq(executable_check(AT_FDCWD, "/nowhere/x", 0),
			 EXECUTABLE_MISSING);
	ck_assert_int_eq(executable_check(AT_FDCWD, "/", 0),
			 EXECUTABLE_MISSING);
	ck_assert_int_eq(executable_check(-1, "", AT_EMPTY_PATH),
			 EXECUTABLE_MISSING);
	sprintf(self, "%s/fifo", scratch.folder);
	ck_assert_int_eq(mkfifo(self, 0700), 0);
	ck_assert_int_eq(executable_check(AT_FDCWD, self, 0),
			 EXECUTABLE_MISSING);
	/* a script that is its own interpreter, and one without any */
	sprintf(self, "%s/self", scratch.folder);
	n = sprintf(script, "#!%s\n", self);
	put(self, script, (size_t)n);
	ck_assert_int_eq(executable_check(AT_FDCWD, self, 0), EXECUTABLE_FITS);
	put(self, "#!", 2);
	ck_assert_int_eq(executable_check(AT_FDCWD, self, 0), EXECUTABLE_FITS);
	put(self, "#! \n", 4);
	ck_assert_int_eq(executable_check(AT_FDCWD, self, 0), EXECUTABLE_FITS);
}
END_TEST

Suite *executable_suite(void)
{
	Suite *s = suite_create("executable");
	TCase *t = tcase_create("executable");

	tcase_add_checked_fixture(t, setup, teardown);
#ifdef __x86_64__
	tcase_add_loop_test(t, loaders, 0, ARRAY_SIZE(programs));
	tcase_add_test(t, path_is_searched);
#endif
	tcase_add_test(t, what_gains_privileges);
	tcase_add_test(t, what_is_not_there_or_no_program);
	suite_add_tcase(s, t);
	return s;
}
