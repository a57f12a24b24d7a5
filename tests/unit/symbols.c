/* SPDX-License-Identifier: MIT */
/*
 * The promises of symbols.h that need no debug information; those that do are
 * in tests/integration/symbols.sh, which builds programs to look at.
 */
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "profile/symbols.h"

#include "unit.h"

struct answers {
	int calls[8];
	size_t n[8];
	char function[8][64];
	int warnings;
	char warning[512];
};

static void warn(void *arg, const char *text)
{
	struct answers *a = arg;

	a->warnings++;
	strncpy(a->warning, text, sizeof(a->warning) - 1);
}

static void keep(void *arg, size_t index, const struct symbols_frame *frames,
		 size_t n)
{
	struct answers *a = arg;

	ck_assert_uint_lt(index, ARRAY_SIZE(a->calls));
	a->calls[index]++;
	a->n[index] = n;
	if (n && frames[n - 1].function)
		strncpy(a->function[index], frames[n - 1].function, 63);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(frames[i].inlined, i + 1 < n);
}

static struct answers ask(const struct symbols_module *module,
			  const uint64_t *addresses, size_t n)
{
	struct answers a = {0};
	struct symbols_options options = {.warn = warn, .arg = &a};

	ck_assert_int_eq(
		symbols_module(module, addresses, n, &options, keep, &a), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(a.calls[i], 1);
	return a;
}

/* The address of @function in the file of this program. */
static uint64_t address_of(void (*function)(void))
{
	extern const char __ehdr_start[];
	extern const char __executable_start[];
	const ElfW(Ehdr) *header = (const void *)__ehdr_start;
	uintptr_t at;

	memcpy(&at, &function, sizeof(at));
	return header->e_type == ET_DYN ? at - (uintptr_t)__executable_start
					: at;
}

__attribute__((noinline, noclone, used)) void symbols_test_function(void)
{
	__asm__ volatile("");
}

static struct symbols_module self(void)
{
	struct symbols_module module = {.path = "/proc/self/exe"};
	struct stat st;

	ck_assert_int_eq(stat(module.path, &st), 0);
	module.file_size = (uint64_t)st.st_size;
	module.file_mtime_ns =
		st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	return module;
}

START_TEST(test_self)
{
	struct symbols_module module = self();
	uint64_t at = address_of(symbols_test_function);
	uint64_t addresses[] = {at, UINT64_MAX, 0, at, 1, at};
	struct answers a = ask(&module, addresses, ARRAY_SIZE(addresses));

	ck_assert_int_eq(a.warnings, 0);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		if (addresses[i] == at)
			ck_assert_str_eq(a.function[i],
					 "symbols_test_function");
		else
			ck_assert_uint_eq(a.n[i], 0);
	}
}
END_TEST

static void check_refused(struct symbols_module module, const char *why)
{
	uint64_t addresses[] = {address_of(symbols_test_function), 1};
	struct answers a = ask(&module, addresses, 2);

	ck_assert_int_eq(a.warnings, 1);
	ck_assert_msg(strstr(a.warning, why), "%s", a.warning);
	ck_assert_ptr_null(strchr(a.warning, '\n'));
	ck_assert_uint_eq(a.n[0] + a.n[1], 0);
}

START_TEST(test_not_the_recorded)
{
	struct symbols_module module = self();

	module.file_size++;
	check_refused(module, "size");
	module = self();
	module.file_mtime_ns++;
	check_refused(module, "changed");
	module = self();
	module.build_id = (const uint8_t *)"\x12\x34\x56\x78";
	module.build_id_length = 4;
	check_refused(module, "12345678");
}
END_TEST

START_TEST(test_no_program)
{
	struct symbols_module module = {.path = "/nonexistent/libx.so"};

	check_refused(module, "/nonexistent/libx.so: not found");
	module.path = "/";
	check_refused(module, "/: not found");
	module.path = "/etc/passwd";
	check_refused(module, "not an ELF");
	module.path = "/dev/null";
	check_refused(module, "not found");
}
END_TEST

START_TEST(test_no_file)
{
	static const char *const names[] = {"linux-vdso.so.1", "[vdso]",
					    "[heap]", "", NULL};
	uint64_t address = 4096;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct symbols_module module = {.path = names[i]};
		struct answers a = ask(&module, &address, 1);

		ck_assert_int_eq(a.warnings, 0);
		ck_assert_uint_eq(a.n[0], 0);
	}
}
END_TEST

START_TEST(test_nothing_asked)
{
	struct symbols_module module = {.path = "/nonexistent"};
	struct answers a = ask(&module, NULL, 0);

	ck_assert_int_eq(a.warnings, 0);
}
END_TEST

Suite *symbols_suite(void)
{
	Suite *suite = suite_create("symbols");
	TCase *cases = tcase_create("symbols");

	tcase_add_test(cases, test_self);
	tcase_add_test(cases, test_not_the_recorded);
	tcase_add_test(cases, test_no_program);
	tcase_add_test(cases, test_no_file);
	tcase_add_test(cases, test_nothing_asked);
	suite_add_tcase(suite, cases);
	return suite;
}
