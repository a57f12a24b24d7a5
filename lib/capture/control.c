/* SPDX-License-Identifier: MIT */

#include "control.h"

#include <string.h>

#include "message.h"
#include "recorder.h"
#include "setup.h"

/* Kept off the stack: it has two paths in it. */
static struct setup setup;

void control_begin(void)
{
	const char *about;
	int error;

	if (setup_read(&setup) != SETUP_RECORD)
		return;
	error = recorder_begin(&setup, &about);
	if (error != 0)
		message_say("heapprof", about, message_error(error),
			    "not recorded", NULL);
}
