/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <unistd.h>

#include "jobs.h"

unsigned jobs_number(unsigned wanted)
{
	cpu_set_t set;
	long n;

	if (wanted > 0)
		return wanted;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}
