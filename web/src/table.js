// SPDX-License-Identifier: MIT

// Places with their figures, sorted by any of them.

import { isSignificant } from "./difference.js";
import { el } from "./dom.js";
import { trendClass } from "./flame.js";
import { REST, UNKNOWN } from "./grouping.js";
import {
	estimate,
	formatChange,
	formatError,
	formatPrecise,
	formatShare,
	formatValue,
	shortenPath,
} from "./number.js";

const ROWS = 24;

// A figure, its error apart so that both line up below each other.
function cell(e, unit, text, className) {
	return el(
		"td",
		{ class: `number ${className}`, title: formatPrecise(e, unit) },
		el("span", { class: "value", text }),
		el("span", { class: "error", text: formatError(e) }),
	);
}

export function estimateCell(e, unit) {
	return e.value === 0 && e.error === 0
		? cell(e, unit, "·", "none")
		: cell(e, unit, formatValue(e.value, unit), "");
}

function changeCell(e, unit) {
	if (e.value === 0) return cell(e, unit, "·", "none");
	const text = formatChange({ value: e.value, error: 0 }, unit);
	const look = e.value > 0 ? "grew" : "shrank";
	return cell(e, unit, text, isSignificant(e) ? look : `${look} doubtful`);
}

// A bar as long as @value is of the largest one, and its share of the whole.
export function shareCell(value, most, whole) {
	const bar = el("i", { class: "bar" });
	bar.style.width = `${most ? (100 * value) / most : 0}%`;
	const text = value ? formatShare(value, whole) : "";
	return el("td", { class: "share" }, bar, el("span", { text }));
}

// Of @where the end is what tells: it is cut on the left.
export function nameCell(label, where, title) {
	return el(
		"td",
		{ class: "name" },
		el(
			"div",
			{},
			label,
			el("span", { class: "where", title }, el("bdi", { text: where })),
		),
	);
}

const SINGLE = [
	{ key: "self", title: "Itself", of: (r) => r.self.value },
	{ key: "total", title: "With callees", of: (r) => r.total.value },
];

const COMPARED = [
	{ key: "change", title: "Change", of: (r) => r.change.value },
	{ key: "before", title: "Before", of: (r) => r.before.value },
	{ key: "self", title: "After", of: (r) => r.self.value },
];

export class Table {
	// @onPick(group)
	constructor(element, onPick) {
		this.element = element;
		this.onPick = onPick;
		this.sort = { single: "self", compared: "change" };
		this.rows = ROWS;
		element.addEventListener("click", (e) => this.click(e));
		element.addEventListener("keydown", (e) => this.onKey(e));
	}

	get mode() {
		return this.view.isComparison ? "compared" : "single";
	}

	get columns() {
		return this.view.isComparison ? COMPARED : SINGLE;
	}

	show(view, grouping, { matches, picked }) {
		this.view = view;
		this.grouping = grouping;
		this.matches = matches;
		this.picked = picked;
		this.all = this.makeRows();
		this.draw();
	}

	makeRows() {
		const { view, grouping } = this;
		const a = grouping.bySite(view.a);
		const b = view.b && grouping.bySite(view.b);
		const d = view.d && grouping.bySite(view.d);
		const rows = [];
		for (let k = 0; k < a.self.n; k++) {
			const row = {
				group: k - 3,
				self: view.estimate(a.self.at(k)),
				total: view.estimate(a.cumulative.at(k)),
			};
			if (b) {
				row.before = view.estimate(b.self.at(k));
				row.change = estimate(d.self.at(k), "bytes");
			}
			const figures = [row.self, b ? row.before : row.total];
			if (figures.some((e) => e.value !== 0)) rows.push(row);
		}
		return rows;
	}

	sorted() {
		const column =
			this.columns.find((c) => c.key === this.sort[this.mode]) ??
			this.columns[0];
		const isRest = (r) => (r.group === REST ? 1 : 0);
		const weight = (r) => Math.abs(column.of(r));
		return this.all.sort(
			(x, y) =>
				isRest(x) - isRest(y) ||
				weight(y) - weight(x) ||
				y.total.value - x.total.value ||
				x.group - y.group,
		);
	}

	draw() {
		const rows = this.sorted();
		const shown = rows
			.slice(0, this.rows)
			.concat(rows.slice(this.rows).filter((r) => r.group === REST));
		this.most = Math.max(...rows.map((r) => Math.abs(this.barOf(r))), 0);
		const more = rows.length - shown.length;
		this.element.replaceChildren(
			el(
				"table",
				{},
				this.drawHead(),
				el("tbody", {}, ...shown.map((row) => this.drawRow(row))),
			),
		);
		if (!rows.length)
			this.element.append(
				el("p", {
					class: "empty",
					text: "Nothing: it was all freed, or not yet allocated.",
				}),
			);
		if (more > 0)
			this.element.append(
				el("button", {
					class: "more",
					type: "button",
					text: `Show ${more} more`,
				}),
			);
	}

	drawHead() {
		const cells = this.columns.map((c) => {
			const isSorted = c.key === this.sort[this.mode];
			return el(
				"th",
				{
					class: "number",
					scope: "col",
					"aria-sort": isSorted ? "descending" : "none",
				},
				el("button", { type: "button", data: { sort: c.key }, text: c.title }),
			);
		});
		const name = { function: "Function", line: "Line", module: "Module" }[
			this.grouping.by
		];
		return el(
			"thead",
			{},
			el(
				"tr",
				{},
				el("th", { class: "share", scope: "col", text: "Share" }),
				...cells,
				el("th", { class: "name", scope: "col", text: name }),
			),
		);
	}

	barOf(row) {
		return this.view.isComparison ? row.change.value : row.self.value;
	}

	drawShare(row) {
		const { view } = this;
		if (!view.isComparison)
			return shareCell(row.self.value, this.most, view.a.whole.value);
		const bar = el("i", { class: "bar" });
		const value = Math.abs(this.barOf(row));
		const most = Math.max(row.self.value, row.before.value);
		bar.style.width = `${this.most ? (100 * value) / this.most : 0}%`;
		bar.classList.add(trendClass(most ? row.change.value / most : 0));
		return el("td", { class: "share" }, bar);
	}

	drawRow(row) {
		const { view, grouping, matches } = this;
		const place = grouping.place(row.group);
		const { unit } = view;
		const hit = !matches ? "" : matches.has(row.group) ? "hit" : "dim";
		const picked = row.group === this.picked ? " current" : "";
		const cells = this.columns.map(({ key }) =>
			key === "change"
				? changeCell(row.change, unit)
				: estimateCell(row[key], unit),
		);
		const isPlace = row.group >= 0 || row.group === UNKNOWN;
		const label = isPlace
			? el("button", {
					type: "button",
					class: "label place",
					data: { group: row.group },
					title: place.name,
					text: place.short,
				})
			: el("span", { class: "label", text: place.name });
		const name = nameCell(label, shortenPath(place.where), place.where);
		return el(
			"tr",
			{ class: hit + picked, data: { row: row.group } },
			this.drawShare(row),
			...cells,
			name,
		);
	}

	click(event) {
		const button = event.target.closest("button");
		if (!button) {
			const row = event.target.closest("tr[data-row]");
			if (row && Number(row.dataset.row) >= 0)
				this.onPick(Number(row.dataset.row));
		} else if (button.dataset.sort) {
			this.sort[this.mode] = button.dataset.sort;
			this.draw();
			this.element
				.querySelector(`[data-sort="${button.dataset.sort}"]`)
				.focus();
		} else if (button.dataset.group) {
			this.onPick(Number(button.dataset.group));
		} else if (button.className === "more") {
			this.rows = Number.POSITIVE_INFINITY;
			this.draw();
		}
	}

	// Up and down from place to place.
	onKey(event) {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || !event.target.dataset.group) return;
		const all = [...this.element.querySelectorAll("button.place")];
		all[all.indexOf(event.target) + step]?.focus();
		event.preventDefault();
	}
}
