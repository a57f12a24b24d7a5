/* SPDX-License-Identifier: MIT */
#pragma once

/* How the records of answers.h begin. */
enum answers_tag {
	ANSWERS_STRING = 1,
	ANSWERS_WARNING,
	ANSWERS_FRAMES,
	ANSWERS_END,
};
