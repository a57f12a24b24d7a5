/* SPDX-License-Identifier: MIT */

/*
 * What a child that looks up symbols answers, as pieces.
 *
 * Input: a byte with the number of addresses, one with the length of the
 * pieces, and the answers.
 */

#include <stdlib.h>
#include <string.h>

#include "profile/answers.h"

#include "fuzz.h"
#include "module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = {data, data + size, false};
	size_t nr = fuzz_number(&in, 1), piece = fuzz_number(&in, 1) + 1;
	bool seen[256] = {false};
	struct answers a;
	int error = answers_init(&a, nr);

	fuzz_begin();
	while (error == 0 && in.p < in.end) {
		struct cursor part = fuzz_take(&in, piece);

		error = answers_add(&a, part.p, (size_t)(part.end - part.p));
	}
	answers_each(&a, module_take_frames, seen);
	answers_warnings(&a, module_take_warning, NULL);
	for (size_t i = 0; i < 256; i++)
		if (seen[i] != (i < nr && a.known[i]))
			abort();
	answers_fini(&a);
	fuzz_end(size);
	return 0;
}
