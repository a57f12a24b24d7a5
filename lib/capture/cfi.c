/* SPDX-License-Identifier: MIT */

/*
 * The layout is that of the Linux Standard Base, "DWARF Extensions": a CIE
 * holds what many FDEs have in common, both hold instructions for a machine
 * whose state is one row of the table.  All reads go through a cursor that
 * stops at the end of its entry and remembers that it had to.
 */

#include <string.h>

#include "cfi.h"
#include "dwarf.h"

/* remember_state inside remember_state: compilers do not go beyond one. */
#define NR_REMEMBERED 4

/* Lengths of a CIE or FDE, and where its fields begin. */
struct entry {
	struct dwarf_cursor body; /* behind the CIE pointer */
	const uint8_t *id;	  /* where the CIE pointer is */
	uint32_t cie; /* its value: 0 in a CIE, else distance back */
};

struct cie {
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding; /* of addresses in the FDE */
	bool augmented;	  /* FDEs have a block of augmentation data */
	bool signal;
	struct dwarf_cursor program;
};

struct machine {
	struct cfi row;
	struct cfi initial; /* after the CIE's program, for restore */
	struct cfi remembered[NR_REMEMBERED];
	unsigned nr_remembered;
	uintptr_t loc; /* first address that row holds for */
	uintptr_t at;
	const struct cie *cie;
};

/* The length and the CIE pointer at @p; false where nothing valid is. */
static bool open_entry(const uint8_t *p, struct cfi_span span, struct entry *e)
{
	struct dwarf_cursor c = {.p = p, .end = (const uint8_t *)span.end};
	uint64_t size;

	if ((uintptr_t)p < span.start || (uintptr_t)p >= span.end)
		return false;
	size = dwarf_fixed(&c, 4);
	if (size == UINT32_MAX)
		size = dwarf_fixed(&c, 8);
	if (c.bad || size < 4 || size > (uint64_t)(c.end - c.p))
		return false;
	c.end = c.p + size;
	e->id = c.p;
	e->cie = (uint32_t)dwarf_fixed(&c, 4);
	e->body = c;
	return true;
}

/* The letters after 'z'; what they announce is in @data, in their order. */
static void parse_letters(const char *letters, struct dwarf_cursor *data,
			  struct cie *cie)
{
	for (; *letters; letters++) {
		uint8_t encoding;

		switch (*letters) {
		case 'L':
			dwarf_fixed(data, 1);
			break;
		case 'P':
			encoding = (uint8_t)dwarf_fixed(data, 1);
			if (encoding == 0x50) /* aligned */
				data->bad = true;
			dwarf_format(data, encoding);
			break;
		case 'R':
			cie->encoding = (uint8_t)dwarf_fixed(data, 1);
			break;
		case 'S':
			cie->signal = true;
			break;
		default:
			/* The rest of the block is of unknown meaning. */
			data->bad = true;
			return;
		}
	}
}

static bool parse_cie(const uint8_t *p, struct cfi_span span, struct cie *cie)
{
	struct entry e;
	struct dwarf_cursor *c = &e.body;
	const char *letters;
	uint8_t version;
	uint64_t ra;

	if (!open_entry(p, span, &e) || e.cie != 0)
		return false;
	version = (uint8_t)dwarf_fixed(c, 1);
	letters = (const char *)c->p;
	while (dwarf_fixed(c, 1) != 0)
		;
	if (c->bad || (version != 1 && version != 3))
		return false;
	memset(cie, 0, sizeof(*cie));
	cie->code_align = dwarf_uleb(c);
	cie->data_align = dwarf_sleb(c);
	ra = version == 1 ? dwarf_fixed(c, 1) : dwarf_uleb(c);
	if (letters[0] == 'z') {
		struct dwarf_cursor data = dwarf_block(c);

		cie->augmented = true;
		parse_letters(letters + 1, &data, cie);
		c->bad |= data.bad;
	} else if (letters[0] != '\0') {
		return false;
	}
	cie->program = *c;
	return !c->bad && ra == CFI_RIP;
}

/* Where the rule of a register is kept; NULL for those nobody asks for. */
static struct cfi_rule *rule_of(struct cfi *row, uint64_t reg)
{
	switch (reg) {
	case CFI_RBP:
		return &row->bp;
	case CFI_RSP:
		return &row->sp;
	case CFI_RIP:
		return &row->ip;
	}
	return NULL;
}

static void set_rule(struct machine *m, uint64_t reg, struct cfi_rule rule)
{
	struct cfi_rule *r = rule_of(&m->row, reg);

	if (r)
		*r = rule;
}

static void set_offset(struct machine *m, uint64_t reg, int64_t factored)
{
	int64_t offset;
	bool over =
		__builtin_mul_overflow(factored, m->cie->data_align, &offset);

	set_rule(m, reg,
		 (struct cfi_rule){.how = over ? CFI_OTHER : CFI_OFFSET,
				   .offset = offset});
}

static void restore_rule(struct machine *m, uint64_t reg)
{
	struct cfi_rule *r = rule_of(&m->initial, reg);

	if (r)
		set_rule(m, reg, *r);
}

static void set_cfa(struct machine *m, uint64_t reg, int64_t offset)
{
	m->row.is_expr = false;
	m->row.cfa_reg = reg;
	m->row.cfa_offset = offset;
}

static struct cfi_expr get_expr(struct dwarf_cursor *c)
{
	struct dwarf_cursor block = dwarf_block(c);

	return (struct cfi_expr){.ops = block.p,
				 .size = (size_t)(block.end - block.p)};
}

/* The instructions that set the CFA; false if @op is not one. */
static bool run_cfa(struct machine *m, struct dwarf_cursor *c, uint8_t op)
{
	int64_t align = m->cie->data_align;
	uint64_t reg;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = dwarf_uleb(c);
		set_cfa(m, reg, (int64_t)dwarf_uleb(c));
		return true;
	case 0x0d: /* def_cfa_register */
		set_cfa(m, dwarf_uleb(c), m->row.cfa_offset);
		return true;
	case 0x0e: /* def_cfa_offset */
		m->row.cfa_offset = (int64_t)dwarf_uleb(c);
		return true;
	case 0x0f: /* def_cfa_expression */
		m->row.is_expr = true;
		m->row.cfa_expr = get_expr(c);
		return true;
	case 0x12: /* def_cfa_sf */
		reg = dwarf_uleb(c);
		set_cfa(m, reg,
			(int64_t)((uint64_t)dwarf_sleb(c) * (uint64_t)align));
		return true;
	case 0x13: /* def_cfa_offset_sf */
		m->row.cfa_offset =
			(int64_t)((uint64_t)dwarf_sleb(c) * (uint64_t)align);
		return true;
	}
	return false;
}

/* The instructions that say where a register is; false if @op is not one. */
static bool run_register(struct machine *m, struct dwarf_cursor *c, uint8_t op)
{
	uint64_t reg = dwarf_uleb(c);
	struct cfi_rule rule = {.how = CFI_OTHER};

	switch (op) {
	case 0x05: /* offset_extended */
		set_offset(m, reg, (int64_t)dwarf_uleb(c));
		return true;
	case 0x06: /* restore_extended */
		restore_rule(m, reg);
		return true;
	case 0x07: /* undefined */
		rule.how = CFI_UNDEFINED;
		break;
	case 0x08: /* same_value */
		rule.how = CFI_SAME;
		break;
	case 0x09: /* register */
	case 0x14: /* val_offset */
		dwarf_uleb(c);
		break;
	case 0x15: /* val_offset_sf */
		dwarf_sleb(c);
		break;
	case 0x10: /* expression */
		rule.how = CFI_EXPR;
		rule.expr = get_expr(c);
		break;
	case 0x16: /* val_expression */
		get_expr(c);
		break;
	case 0x11: /* offset_extended_sf */
		set_offset(m, reg, dwarf_sleb(c));
		return true;
	default:
		return false;
	}
	set_rule(m, reg, rule);
	return true;
}

static void remember(struct machine *m, struct dwarf_cursor *c)
{
	if (m->nr_remembered == NR_REMEMBERED)
		c->bad = true;
	else
		m->remembered[m->nr_remembered++] = m->row;
}

static void recall(struct machine *m, struct dwarf_cursor *c)
{
	if (m->nr_remembered == 0)
		c->bad = true;
	else
		m->row = m->remembered[--m->nr_remembered];
}

static void advance(struct machine *m, uint64_t delta)
{
	m->loc += delta * m->cie->code_align;
}

/* One instruction whose operand is not in its own byte. */
static void run_long(struct machine *m, struct dwarf_cursor *c, uint8_t op)
{
	switch (op) {
	case 0x00: /* nop */
		return;
	case 0x01: /* set_loc */
		m->loc = dwarf_address(c, m->cie->encoding);
		return;
	case 0x02: /* advance_loc1, 2, 4 */
	case 0x03:
	case 0x04:
		advance(m, dwarf_fixed(c, (size_t)1 << (op - 2)));
		return;
	case 0x0a:
		remember(m, c);
		return;
	case 0x0b:
		recall(m, c);
		return;
	case 0x2e: /* GNU_args_size: matters to landing pads only */
		dwarf_uleb(c);
		return;
	}
	if (!run_cfa(m, c, op) && !run_register(m, c, op))
		c->bad = true;
}

/* Runs up to the row that holds at m->at, or to the end. */
static bool run(struct machine *m, struct dwarf_cursor c)
{
	while (c.p < c.end && !c.bad) {
		uint8_t op = (uint8_t)dwarf_fixed(&c, 1);
		uint8_t low = op & 0x3f;

		switch (op & 0xc0) {
		case 0x40:
			advance(m, low);
			break;
		case 0x80:
			set_offset(m, low, (int64_t)dwarf_uleb(&c));
			break;
		case 0xc0:
			restore_rule(m, low);
			break;
		default:
			run_long(m, &c, op);
		}
		if (m->loc > m->at)
			break;
	}
	return !c.bad;
}

bool cfi_parse(const uint8_t *fde, struct cfi_span span, uintptr_t at,
	       struct cfi *cfi)
{
	struct machine m;
	struct entry e;
	struct cie cie;
	uintptr_t start, size;

	if (!open_entry(fde, span, &e) || e.cie == 0 ||
	    !parse_cie(e.id - e.cie, span, &cie))
		return false;
	start = dwarf_address(&e.body, cie.encoding);
	size = dwarf_format(&e.body, cie.encoding);
	if (cie.augmented)
		dwarf_block(&e.body);
	if (e.body.bad || at - start >= size)
		return false;

	/* Only what is read before it is written needs a value. */
	memset(&m.row, 0, sizeof(m.row));
	m.row.ip.how = CFI_OTHER; /* until the CIE says where */
	m.initial = m.row;
	m.nr_remembered = 0;
	m.cie = &cie;
	m.at = UINTPTR_MAX;
	m.loc = 0;
	if (!run(&m, cie.program))
		return false;
	m.initial = m.row;
	m.at = at;
	m.loc = start;
	if (!run(&m, e.body))
		return false;
	*cfi = m.row;
	cfi->signal = cie.signal;
	return true;
}

/* The last of @nr pairs (start, entry), relative to @base, not above @at. */
static const uint8_t *search_pairs(const int32_t (*pairs)[2], uint64_t nr,
				   uintptr_t base, uintptr_t at)
{
	uint64_t low = 0, high = nr;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (base + (uintptr_t)(intptr_t)pairs[mid][0] <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return NULL;
	return (const uint8_t *)base + pairs[low - 1][1];
}

enum cfi_found cfi_search(const void *hdr, struct cfi_span span, uintptr_t at,
			  const uint8_t **fde)
{
	struct dwarf_cursor c = {.p = hdr, .end = (const uint8_t *)span.end};
	uint8_t version, encoding[3];
	uint64_t nr;

	if (!hdr || (uintptr_t)hdr < span.start || (uintptr_t)hdr >= span.end)
		return CFI_NO_ENTRY;
	version = (uint8_t)dwarf_fixed(&c, 1);
	encoding[0] =
		(uint8_t)dwarf_fixed(&c, 1); /* of the pointer to .eh_frame */
	encoding[1] = (uint8_t)dwarf_fixed(&c, 1); /* of the number of pairs */
	encoding[2] = (uint8_t)dwarf_fixed(&c, 1); /* of the pairs */
	/* 0x3b: relative to hdr, 4 bytes signed; what every linker writes. */
	if (version != 1 || encoding[1] == 0xff || encoding[2] != 0x3b)
		return CFI_NO_INDEX;
	if (encoding[0] != 0xff)
		dwarf_format(&c, encoding[0]);
	nr = dwarf_format(&c, encoding[1]);
	if (c.bad || nr > (uint64_t)(c.end - c.p) / 8 || (uintptr_t)c.p % 4)
		return CFI_NO_INDEX;
	*fde = search_pairs((const int32_t(*)[2])c.p, nr, (uintptr_t)hdr, at);
	return *fde ? CFI_FOUND : CFI_NO_ENTRY;
}
