/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "heapprof.h"
#include "limit.h"
#include "profile/digest.h"
#include "profile/reader.h"
#include "profile/say.h"
#include "query/query.h"
#include "relatives.h"
#include "render/render.h"
#include "source.h"

const char *heapprof_version(void)
{
	return PACKAGE_VERSION;
}

const char *heapprof_strerror(int error)
{
	if (error == HEAPPROF_LOSSY)
		return "the profile was damaged or lossy";
	if (error == HEAPPROF_LIMIT)
		return "a limit was passed";
	switch (-error) {
	case 0:
		return "no error";
	case EBADMSG:
		return "the file is not what it should be";
	case ENOTSUP:
		return "a newer version wrote it";
	default:
		return error < 0 && strerrordesc_np(-error)
			       ? strerrordesc_np(-error)
			       : "unknown error";
	}
}

int heapprof_digest(const char *base,
		    const struct heapprof_digest_options *options,
		    const struct heapprof_listener *listener)
{
	return digest_make(base, options, listener);
}

static uint32_t shapes_of(const struct view *view)
{
	uint32_t shapes = 0;

	for (const struct answer *a = view->answers; a->query; a++)
		shapes |= SHAPE_BIT(a->shape);
	return shapes;
}

/* The formats that can draw @view. */
static void list_formats(const struct view *view, char *out, size_t size)
{
	size_t n = 0;

	*out = '\0';
	for (const struct renderer *r = render_formats; r->name; r++)
		if ((render_shapes(r) & shapes_of(view)) && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
					      n ? ", " : "", r->name);
}

/* What a format of other programs cannot tell. */
static const char *useless_option(const struct renderer *r,
				  const struct heapprof_report_options *o)
{
	enum render_scope scope = render_scope(r);

	if (scope == RENDER_ANY)
		return NULL;
	if (o->top)
		return "--top";
	if (o->min_size)
		return "--min-size";
	if (o->at && scope != RENDER_MOMENT)
		return "--at";
	if ((o->from || o->to) && scope == RENDER_RUN)
		return "--from and --to";
	return NULL;
}

static int check_scope(const struct renderer *r,
		       const struct heapprof_report_options *o,
		       const struct heapprof_listener *listener)
{
	const char *option = useless_option(r, o);

	if (!option)
		return 0;
	say(listener, HEAPPROF_ERROR,
	    "the format %s has no use for %s; leave it out", r->name, option);
	return -EINVAL;
}

/* The question, and what will draw the answer. */
static int ask(struct query *q, const struct heapprof_report_options *options,
	       const struct renderer **renderer,
	       const struct heapprof_listener *listener)
{
	const char *format = options->format ? options->format : "text";
	char formats[256];
	int err;

	*renderer = render_find(format);
	err = query_ask(q, options, *renderer ? render_shapes(*renderer) : 0,
			listener);
	if (!err && render_lacks(*renderer)) {
		say(listener, HEAPPROF_ERROR, "the format %s: %s", format,
		    render_lacks(*renderer));
		return -ENOSYS;
	}
	if (!err)
		return check_scope(*renderer, options, listener);
	if (err != -ENOTSUP)
		return err;
	list_formats(q->view, formats, sizeof(formats));
	say(listener, HEAPPROF_ERROR,
	    "the view %s has no format '%s'; it has %s", q->view->name, format,
	    formats);
	return -EINVAL;
}

/* Why recording ended, where that is not how programs end. */
static const char *end_of(const struct digest *d, struct arena *a)
{
	switch (d->end) {
	case HPM_STOPPED:
		return "by heapprof_stop()";
	case HPM_NO_SPACE:
		return arena_printf(a, "early: the file could not grow: %s",
				    strerrordesc_np((int)d->end_error)
					    ? strerrordesc_np((int)d->end_error)
					    : "unknown error");
	case HPM_SIZE_LIMIT:
		return "early: the file reached its --max-size";
	case HPM_REPLACED:
		return "by executing another program in its place (see "
		       "--children)";
	default:
		return NULL;
	}
}

/* Events are not in the digest; @needed: there is nothing to say without. */
static int open_log(struct query *q, const struct source *s,
		    const char *v1_scale, bool needed,
		    const struct heapprof_listener *listener)
{
	if (s->base) {
		int err = reader_open(s->base, listener, &q->log);

		return err ? err : reader_set_v1_scale(q->log, v1_scale);
	}
	if (!needed)
		return 0;
	if (s->family.nr) {
		say(listener, HEAPPROF_ERROR,
		    "the view events is of one process; leave out --merge");
		return -EINVAL;
	}
	say(listener, HEAPPROF_ERROR,
	    "the view events needs the log, which a digest is without; give "
	    "BASE of BASE.hpm");
	return -EINVAL;
}

/* The log has been read again: is less of it there than the digest knows? */
static int check_log(const struct query *q, const struct digest *d,
		     const struct heapprof_listener *listener)
{
	const struct reader_damage *damage =
		q->log ? reader_damage(q->log) : NULL;

	if (!damage || damage->bytes <= d->damaged_bytes)
		return 0;
	say(listener, HEAPPROF_WARNING,
	    "%s: damaged since it was digested, first at offset %" PRIu64
	    "; %" PRIu64 " bytes of it are left out",
	    reader_name(q->log), damage->first, damage->bytes);
	return HEAPPROF_LOSSY;
}

static int report(struct query *q, const struct renderer *renderer,
		  const struct source *s, const struct source *base,
		  const struct heapprof_report_options *o, FILE *out,
		  const struct heapprof_listener *listener)
{
	char why[TARGET_WHY] = "";
	const struct target target = {out, o->width ? o->width : 80, o->utf8,
				      o->color, why};
	struct arena arena = {0};
	struct result result;
	bool needed = q->answer->shape == SHAPE_STREAM;
	int err = 0;

	if (needed || render_wants_log(renderer))
		err = open_log(q, s, o->v1_scale, needed, listener);
	q->ended = end_of(s->digest, &arena);
	q->running = s->digest->end == HPM_RUNNING;
	q->base = base->digest;
	if (!err)
		err = relatives_find(s->base, &arena, &q->children,
				     &q->nr_children);
	if (!err)
		err = query_bind(q, s->digest, &arena, listener);
	if (!err) {
		err = query_run(q, &result);
		if (!err)
			err = render_result(renderer, &target, &result);
		if (!err)
			err = limit_check(o->fail_if, q, o->utf8, listener);
		if (!err)
			err = check_log(q, s->digest, listener);
		/* Nobody is there to read on: not worth a word. */
		if (*why)
			say(listener, HEAPPROF_ERROR, "%s", why);
		else if (err < 0 && err != -EPIPE)
			say(listener, HEAPPROF_ERROR, "writing the report: %s",
			    heapprof_strerror(err));
	}
	arena_fini(&arena);
	if (q->log)
		reader_close(q->log);
	return err;
}

static int open_profile(struct source *s, const char *profile,
			const struct heapprof_report_options *o,
			const struct heapprof_listener *listener)
{
	const struct heapprof_digest_options wanted = {.precision = -1,
						       .v1_scale = o->v1_scale};

	return (o->merge ? source_merge : source_open)(s, profile, &wanted,
						       listener);
}

static int make_report(const char *profile,
		       const struct heapprof_report_options *options, FILE *out,
		       const struct heapprof_listener *listener)
{
	const struct renderer *renderer = NULL;
	struct source source = {0}, base = {0};
	struct query q;
	int lossy = 0, err = ask(&q, options, &renderer, listener);

	if (!err)
		err = limit_parse(options->fail_if, listener);
	if (!err)
		err = open_profile(&source, profile, options, listener);
	if (err >= 0 && options->base)
		err = open_profile(&base, options->base, options, listener);
	if (err >= 0)
		err = report(&q, renderer, &source, &base, options, out,
			     listener);
	if (err >= 0)
		lossy = source_losses(&source, profile, listener);
	if (err >= 0 && options->base)
		lossy |= source_losses(&base, options->base, listener);
	err = err ? err : lossy;
	source_close(&base);
	source_close(&source);
	query_fini(&q);
	return err;
}

int heapprof_report(const char *profile,
		    const struct heapprof_report_options *options, FILE *out,
		    const struct heapprof_listener *listener)
{
	static const struct heapprof_report_options none;
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;
	int err;

	/* The same bytes everywhere: no decimal commas. */
	if (!plain)
		return -ENOMEM;
	before = uselocale(plain);
	err = make_report(profile, options ? options : &none, out, listener);
	uselocale(before);
	freelocale(plain);
	return err;
}
