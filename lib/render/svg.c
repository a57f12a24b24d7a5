/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"
#include "utf8.h"

#include "name.h"
#include "svg.h"

/*
 * Colours are Okabe and Ito's, which people tell apart whatever colours they
 * see.
 */
static const char style[] =
	":root{--b:#fff;--f:#1a1a1a;--d:#666;--g:#e2e2e2}"
	"@media(prefers-color-scheme:dark)"
	"{:root{--b:#16181d;--f:#e8e8e8;--d:#a0a0a0;--g:#33363d}}"
	"text{font:12px system-ui,sans-serif;fill:var(--f)}"
	".b{font-weight:600}.d{fill:var(--d)}"
	".n{font:11px ui-monospace,monospace;fill:#1a1a1a}"
	".bg{fill:var(--b)}.grid{stroke:var(--g)}.axis{stroke:var(--d)}"
	".live{fill:#0072b2;fill-opacity:.2}"
	".liveline{stroke:#0072b2;stroke-width:1.5;fill:none}"
	".mostline{stroke:#56b4e9;fill:none}"
	".band{fill:#56b4e9;fill-opacity:.45}"
	".rss{stroke:#cc79a7;stroke-width:1.5;stroke-dasharray:5 3;fill:none}"
	".rate{fill:#d55e00;fill-opacity:.55}"
	".peak{stroke:var(--f);stroke-dasharray:2 2}"
	".mark{stroke:var(--d);stroke-dasharray:4 3}"
	".line{stroke-width:1.5;fill:none}"
	".frame{stroke:var(--b);stroke-width:.5}";

void svg_escape(FILE *out, const char *text)
{
	char plain[NAME_BYTES];

	utf8_escape(plain, sizeof(plain), text, true);
	for (const char *p = plain; *p; p++)
		switch (*p) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*p, out);
		}
}

void svg_text(FILE *out, const char *class, double x, double y,
	      enum svg_anchor anchor, const char *text)
{
	static const char *const anchors[] = {
		[SVG_START] = "",
		[SVG_MIDDLE] = " text-anchor=\"middle\"",
		[SVG_END] = " text-anchor=\"end\"",
	};

	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"%s>", class, x, y,
		anchors[anchor]);
	svg_escape(out, text);
	fputs("</text>\n", out);
}

void svg_line(FILE *out, const char *class, double x1, double y1, double x2,
	      double y2)
{
	fprintf(out,
		"<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
		"y2=\"%.1f\"/>\n",
		class, x1, y1, x2, y2);
}

void svg_command(FILE *out, double x, double y, size_t columns,
		 const struct basis *b)
{
	char line[NAME_BYTES], command[NAME_BYTES] = "";
	size_t n = 0;

	for (size_t i = 0; b->argv && b->argv[i] && n < sizeof(command); i++)
		n += (size_t)snprintf(command + n, sizeof(command) - n, "%s%s",
				      i ? " " : "", b->argv[i]);
	name_text(line, command, columns, true);
	svg_text(out, "d", x, y, SVG_START, line);
}

void svg_begin(FILE *out, double width, double height, const struct basis *b)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f "
		"%.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\">\n<title>",
		width, height, width, height);
	for (size_t i = 0; b->argv && b->argv[i]; i++) {
		fputs(i ? " " : "", out);
		svg_escape(out, b->argv[i]);
	}
	fprintf(out,
		"</title>\n<style>%s</style>\n<rect class=\"bg\" "
		"width=\"100%%\" height=\"100%%\"/>\n",
		style);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}
