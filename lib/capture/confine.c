/* SPDX-License-Identifier: MIT */

/*
 * The two functions through which a program puts itself under seccomp.  Its
 * filter expects what the program does, and malloc(); that malloc() opens a
 * file, to let a log grow, can be the end of it.  So what we need is done
 * before, as far as it can be, and then no more is: see sys_confined.
 *
 * Filters that were there before the program began, such as those of
 * containers, let us open the files then, and are no reason.
 *
 * Arguments that the caller did not pass are handed on all the same, as libc
 * does.  The call is made here: passing on to libc would write the seventh one
 * to where the caller may have something else, that other threads use.
 */

#include <errno.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "recorder.h"

#if defined(__x86_64__)

#define EXPORT __attribute__((visibility("default")))

/* Does the call put us under seccomp? */
static bool confines(long number, long first)
{
	if (number == SYS_prctl)
		return first == PR_SET_SECCOMP;
	return number == SYS_seccomp && (first == SECCOMP_SET_MODE_STRICT ||
					 first == SECCOMP_SET_MODE_FILTER);
}

static bool is_strict(long number, long first, long second)
{
	return number == SYS_seccomp ? first == SECCOMP_SET_MODE_STRICT
				     : second == SECCOMP_MODE_STRICT;
}

/* Apart, so that the way without it needs no frame. */
static cold __attribute__((noinline)) long fail(long result)
{
	errno = (int)-result;
	return -1;
}

/* As libc does it; the seventh argument is on the caller's stack. */
static inline long call(long number, long a, long b, long c, long d, long e,
			long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e,
			  r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return likely((unsigned long)result < -4095ul) ? result : fail(result);
}

static cold long call_confining(long number, long a, long b, long c, long d,
				long e, long f)
{
	bool noted = recorder_confine(is_strict(number, a, b));
	long result = call(number, a, b, c, d, e, f);

	if (result < 0 && noted)
		recorder_release();
	return result;
}

EXPORT long syscall(long number, long a, long b, long c, long d, long e,
		    long f);
long syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (unlikely(confines(number, a)))
		return call_confining(number, a, b, c, d, e, f);
	return call(number, a, b, c, d, e, f);
}

EXPORT int prctl(int option, long a, long b, long c, long d);
int prctl(int option, long a, long b, long c, long d)
{
	return (int)syscall(SYS_prctl, option, a, b, c, d, 0);
}

#endif
