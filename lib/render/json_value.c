/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "base.h"

#include "json_value.h"
#include "utf8.h"

static void put_escape(FILE *out, uint32_t c)
{
	if (c > 0xffff) {
		c -= 0x10000;
		fprintf(out, "\\u%04x", 0xd800 + (c >> 10));
		c = 0xdc00 + (c & 0x3ff);
	}
	fprintf(out, "\\u%04x", c);
}

/* What a terminal would act on is escaped even where JSON does not ask. */
void json_string(FILE *out, const char *s)
{
	if (!s) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	while (*s) {
		uint32_t c;
		size_t n = utf8_get(s, &c);

		if (!n)
			put_escape(out, 0xfffd);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (char)c);
		else if (!utf8_is_plain(c))
			put_escape(out, c);
		else
			fwrite(s, 1, n, out);
		s += MAX(n, 1u);
	}
	fputc('"', out);
}

void json_number(FILE *out, double x)
{
	char text[40];

	if (!isfinite(x)) {
		fputs("null", out);
		return;
	}
	if (x == rint(x) && fabs(x) < 9007199254740992.0) {
		fprintf(out, "%.0f", x == 0 ? 0.0 : x);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	fputs(text, out);
}

void json_seconds(FILE *out, uint64_t ns)
{
	char fraction[16];
	size_t n = (size_t)snprintf(fraction, sizeof(fraction), "%09u",
				    (unsigned)(ns % 1000000000));

	while (n && fraction[n - 1] == '0')
		fraction[--n] = '\0';
	fprintf(out, "%llu%s%s", (unsigned long long)(ns / 1000000000),
		n ? "." : "", fraction);
}

void json_estimate(FILE *out, struct estimate e)
{
	fputs("{\"value\": ", out);
	json_number(out, e.value);
	fputs(", \"error\": ", out);
	json_number(out, e.error);
	fputc('}', out);
}

void json_estimates(FILE *out, const char *key, const struct estimate *e,
		    size_t n)
{
	fprintf(out, "\"%s\": [", key);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		json_estimate(out, e[i]);
	}
	fputc(']', out);
}
